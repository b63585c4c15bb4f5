// Package logs is Amazon CloudWatch Logs: groups of streams of events.
//
// # Storage
//
// Under (account, region, "logs"):
//
//	g name                              → group
//	s groupID name                      → stream
//	o groupID lastEvent name            → streams by their newest event
//	c groupID first version index       → chunk: up to some thousand events of one stream
//	y groupID streamID first version index → the stream's chunks: last time and size
//	v groupID version index             → the group's chunks as they came in: first time
//	n groupID                           → bytes stored, as a counter
//	m groupID name                      → metric filter
//	f groupID name                      → subscription filter
//	p groupID follower                  → how far metrics or a subscription have come
//	q id                                → query
//	qo created id                       → queries by time
//	qr id run page                      → a query's results
//	qn                                  → how many queries run, as a counter
//	qd id                               → query definition
//	d name                              → destination
//	rp name                             → resource policy
//	ex id                               → export task
//	ea                                  → the export that is under way
//
// A chunk (package chunk) holds events of one batch that are within five seconds,
// compressed. It is written with its two index rows, and removed with them. The
// version is the commit's (kv.Tx.PutAtCommit), so events of one millisecond
// keep the order in which they were put, and writers never conflict over it.
// Readers merge chunks that overlap (walk), looking five seconds around.
//
// # Followers
//
// What a group's events are for beside being read (metric filters, the embedded
// metric format, subscriptions) is done by followers: each is a cursor over the
// group's chunks in the order of commits, and has a task as long as there is
// something in front of it. Who puts events arms an idle follower in the same
// transaction. A follower does a batch and then moves its cursor, so nothing is
// lost; after a crash or a failure the last batch may be done again. That of
// metrics is the same then and has the same name, by which CloudWatch knows it.
// What cannot be done at all is skipped with a log line. Subscriptions
// deliver in order; what could not be delivered for a day is dropped.
//
// # Queries
//
// A query (package insights) is a task: one goroutine reads chunks, a few in a
// look at the store, and as many workers as there are processors look through
// them. Partial results are stored each second; results are kept for seven days.
// A restart begins the query anew. StopQuery takes the task away and wakes the
// search, which ends.
//
// # Limits
//
// A batch has at most 10,000 events and 1 MiB; an event at most 1 MiB less 4
// KiB, which a row of the store can hold with its name and times. A query
// returns at most 10,000 rows and 64 MiB, runs for an hour at most, and 100 of an
// account run at a time. The regular expressions of a query or filter pattern match
// at most 1,000 characters together, repetitions written out (package bounded). One
// export of an account runs at a time.
//
// # Differences from AWS
//
//   - Events can be read as soon as PutLogEvents returns.
//   - A KMS key is kept and returned; the data is not encrypted by it. A key for
//     the results of queries is not there, and answers so.
//   - Resource policies and the policies of destinations are kept and returned,
//     and let nobody in.
//   - applyOnTransformedLogs, fieldSelectionCriteria and emitSystemFields of
//     filters are kept and returned, and have no effect.
//   - A filter's default value is published once for each minute of a batch in
//     which nothing was found.
//   - A function cannot be subscribed to its own log group.
//   - Subscriptions to Kinesis and Firehose wait for these services, for a day;
//     destinations get no test message.
//   - Queries are in Logs Insights' own language; SQL and PPL are refused. There
//     are no field indexes.
//   - Data protection, transformers, anomaly detectors, deliveries and policies of
//     accounts are not there, and answer so.
package logs
