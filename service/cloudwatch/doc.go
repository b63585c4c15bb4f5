// Package cloudwatch is Amazon CloudWatch: metrics.
//
// # Storage
//
// Under (account, region, "cloudwatch"):
//
//	m namespace name dimensions          → metric
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
// # Differences from AWS
//
//   - Data can be read as soon as PutMetricData returns.
//   - A percentile of several data is within one percent of AWS's.
//   - GetMetricData answers no expressions, and no more points than one reply
//     holds: it says that this is not implemented.
//   - Entities are read and not kept.
//   - Anomaly detectors, insight rules, metric streams, dashboards and images
//     are not implemented.
package cloudwatch
