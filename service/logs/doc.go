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
//
// A chunk (package chunk) holds events of one batch that are within five seconds,
// compressed. It is written with its two index rows, and removed with them. The
// version is the commit's (kv.Tx.PutAtCommit), so events of one millisecond
// keep the order in which they were put, and writers never conflict over it.
// Readers merge chunks that overlap (walk), looking five seconds around.
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
