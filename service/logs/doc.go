// Package logs is Amazon CloudWatch Logs: groups of streams of events.
//
// # Storage
//
// Under (account, region, "logs"):
//
//	g name                              → group
//	s groupID name                      → stream
//	o groupID lastEvent name            → streams by their newest event
//	e groupID timestamp version index   → event: the group's events by time
//	x groupID streamID timestamp version index → the same for one stream, without the event
//	n groupID                           → bytes stored, as a counter
//
// The version is the commit's (kv.Tx.PutAtCommit), so events of one millisecond
// keep the order in which they were put, and writers never conflict over it.
//
// # Limits
//
// A batch has at most 10,000 events and 1 MiB; an event at most 1 MiB less 4
// KiB, which a row of the store can hold with its name and times.
//
// # Differences from AWS
//
//   - Events can be read as soon as PutLogEvents returns.
//   - Queries (Insights), metric filters, subscription filters, exports and
//     data protection are not there yet, and answer so.
//   - A KMS key is kept and returned; the data is not encrypted by it.
package logs
