// Package cloudwatch is Amazon CloudWatch: metrics, and alarms on a metric.
//
// # Storage
//
// Under (account, region, "cloudwatch"):
//
//	m namespace name dimensions          → metric
//	a name                               → alarm
//	h name time version type summary     → record of an alarm's history
//	d hash seconds time unit             → bucket: a metric's data in that many seconds
//
// Each datum is in buckets of a minute, five minutes and an hour, and of a
// second where its resolution is high. So nothing is rolled up later, and a
// read takes the longest buckets that its periods are made of. A bucket has
// sum, minimum, maximum, count and the values in bins that are two percent
// wide, from which percentiles are told within one percent. A batch is one
// transaction: its data are in all of their buckets, once, or in none.
//
// A metric has one task, which removes what is too old: seconds after three
// hours, minutes after 15 days, five minutes after 63 days, hours after 455.
//
// An alarm has one task, which evaluates it each minute (each period, where
// that is shorter). A change of state is one transaction with its record in the
// history, the deliveries of its actions, the event and the next run.
//
// # Differences from AWS
//
//   - Data can be read as soon as PutMetricData returns.
//   - A percentile of several data is within one percent of AWS's.
//   - GetMetricData answers no expressions, and no more points than one reply
//     holds: it says that this is not implemented.
//   - Entities are read and not kept.
//   - Alarms act on SNS topics and Lambda functions; other actions are refused.
//   - Alarms on metric math, EvaluateLowSampleCountPercentile and PromQL say
//     that they are not implemented, and so do composite alarms,
//     DescribeAlarmsForMetric, tags of alarms (those given at creation are kept
//     and not told), dashboards, anomaly detectors, insight rules, metric
//     streams and images.
//   - History is kept without end. An action is noted there as executed when
//     its delivery is written, not when it has arrived.
//   - An alarm without a unit counts data of several units as several data
//     points.
//   - Regions whose long name is not known stand in messages by their code.
package cloudwatch
