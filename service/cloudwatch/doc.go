// Package cloudwatch is Amazon CloudWatch: metrics and what is made of them,
// alarms, dashboards and pictures.
//
// Languages have packages of their own: expression is metric math, search is
// what SEARCH takes, insights is the query language of Metrics Insights, rule is
// that of composite alarms, and widget reads graphs and dashboards, which draw
// draws. They know nothing of storage.
//
// # Storage
//
// Under (account, region, "cloudwatch"):
//
//	m namespace name dimensions          → metric; dimensions that are too long for a key are in the row
//	d hash seconds time unit             → bucket: a metric's data in that many seconds
//	a name                               → alarm, on a metric, on metric math or composite
//	p child parent                       → link: a composite alarm that looks at an alarm
//	t name                               → what is expected of an alarm's expression
//	h name time version type summary     → record of an alarm's history
//	n type …                             → anomaly detector
//	o day name                           → a call that has a name was made
//
// and under (account, "", "cloudwatch"), as they are in no region:
//
//	w name                               → dashboard
//	b name part                          → a part of its body
//
// Each datum is in buckets of a minute, five minutes and an hour, and of a
// second where its resolution is high. So nothing is rolled up later, and a
// read takes the longest buckets that its periods are made of. A bucket has
// sum, minimum, maximum, count and the values in bins that are two percent
// wide, from which percentiles are told within one percent. Values that differ
// by more than seventeen powers of ten have wider ones: a bucket has at most 2000.
// What requests read becomes points as it is read, and all requests at a time hold
// 512 MiB of them; one that does not fit is throttled. A batch is one
// transaction: its data are in all of their buckets, once, or in none. Record
// is the way in for the services' own metrics; it works in chunks.
//
// A call of PutMetricData that another service repeats until it knows that it
// was made leaves its name for two days; a task of each day removes them.
//
// A metric has one task, which removes what is too old: seconds after three
// hours, minutes after 15 days, five minutes after 63 days, hours after 455.
//
// A metric alarm has one task, which evaluates it each minute (each period,
// where that is shorter). A composite alarm has one while there is reason to
// evaluate it: an alarm that it looks at has changed, or it waits. A change of
// state is one transaction with its record in the history, the deliveries of
// its actions, the event, the tasks of the composite alarms above it and the
// next run. Links are written with their alarm, and go with it.
//
// History is kept for thirty days: each record removes what is older, and one
// task the rest.
//
// # Differences from AWS
//
//   - Data can be read as soon as PutMetricData returns.
//   - A percentile of several data is within one percent of AWS's.
//   - What is expected of a metric or expression (ANOMALY_DETECTION_BAND) is the
//     mean and the standard deviation of the two weeks before, by hour of the
//     week in the detector's time zone; by hour of the day, and then of all,
//     where fewer than three points have been seen. An alarm learns it anew
//     each hour. It needs no detector; one adds a time zone and times that are
//     not learnt from. PeriodicSpikes is kept and has no effect.
//   - DB_PERF_INSIGHTS, INSIGHT_RULE_METRIC, LAMBDA and SERVICE_QUOTA are not
//     implemented, and say so.
//   - Metrics Insights looks at all the time that is asked for, and its WHERE
//     knows OR; tags are not among its labels.
//   - A search finds up to 500 metrics, and says in Messages when there are more.
//   - The queries of a request may look at and make ten million data points; one
//     that needs more is a ValidationError. A label has up to 2,048 characters,
//     and as many may be filled into it. A graph has up to 500 lines.
//   - Of data of several units, when no unit is asked for, GetMetricData and
//     alarms take those of the first in alphabetical order.
//   - Metrics of other accounts (AccountId) are not looked for; the caller's are
//     told.
//   - Numbers in labels have up to three digits after the point.
//   - Entities are read and not kept.
//   - Alarms act on SNS topics and Lambda functions. Actions of EC2, Auto
//     Scaling, Systems Manager and Incident Manager are accepted, and when they
//     are due the history says that they failed. An action is noted as executed
//     when its delivery is written, not when it has arrived.
//   - PromQL alarms, alarms with several contributors, alarm mute rules, insight
//     rules, metric streams and OpenTelemetry enrichment are not implemented.
//   - Alarms alone have tags.
//   - GetMetricWidgetImage answers OutputFormat png only; gauges and tables are
//     drawn as single values.
//   - A dashboard's body is checked for its structure, required members and
//     values; the words of some messages are maru's own.
//   - Regions whose long name is not known stand in messages by their code.
package cloudwatch
