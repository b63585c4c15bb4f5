// Package dynamodbstreams is Amazon DynamoDB Streams: the reading side of the
// log that package dynamodb writes. It keeps nothing itself; the log and its
// layout are in service/dynamodb/stream.
//
// # Invariants
//
// A shard's records come in the order of commits. An iterator names a place
// between records, so the same iterator reads on from there whatever has been
// read before, after a restart, too; it expires after 15 minutes. A reader that
// has got a record never meets an earlier one later.
//
// # Differences from AWS
//
// Shards do not split or close while their stream is on, so there are no
// parent shards. Records are readable as soon as their write has returned.
// Old records go within a minute after 24 hours. Whoever would rather wait
// than poll watches service.Topic of the stream's ARN.
package dynamodbstreams
