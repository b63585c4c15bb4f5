// Package sqs is Amazon SQS: queues whose acknowledged messages are on disk.
//
// # Storage
//
// Under (account, region, "sqs"):
//
//	q name                      → queue
//	x name                      → when a queue of this name was deleted
//	s deadLetterARN name        → source queues of a dead-letter queue
//	k taskHandle                → move task;   t sourceARN started handle → its handle
//	n queueID                   → number of messages, as a counter
//	h queueID                   → horizon: what was put into the future while a poll waits
//	b queueID sid               → message, without what changes; a small one of a
//	                              standard queue stands in its position instead
//	c queueID sid part          → further parts of a large body
//
// of a standard queue:
//
//	v queueID at sid            → position: the one row that says when a message is visible
//	f queueID sid               → forward: where a message went whose visibility was changed
//
//	d, e                        → as below, for deliveries that are made again
//
// of a FIFO queue:
//
//	m queueID group seq         → element: a message of a group and its state
//	g queueID group             → group: when it can be received, and the last sequence number
//	r queueID readyAt group     → the groups in the order in which they can be received
//	d queueID scope dedupID     → duplicate: what was sent under this id
//	e queueID at scope dedupID  → duplicates in the order in which they are forgotten
//	a queueID attemptID         → attempt: what a receive request attempt was given
//
// A sid is the time of sending and eight random bytes, so that bodies are
// written in order. A receipt handle holds where a message was put when it was
// received; it is stale once the message is elsewhere.
//
// # Finding visible messages
//
// A scan from the front of "v" would walk over the tombstones of everything
// received before. So each node remembers, as a hint, where the first live row
// was, and a buffer of rows after it (see ready.go). Each row is read again in
// the transaction that takes it, so a hint can be stale but never wrong. Rows
// are written at the present or later; every few seconds the hint is read anew
// from a little before that, which finds what other nodes wrote. A poll that was
// woken and found nothing reads it anew soon.
//
// A long poll that found nothing has to know when something will be visible. In
// the future, too, lie tombstones: of what was received and deleted within its
// visibility timeout. They are walked over once in a round, by each node; see
// horizon.go.
//
// # A clock that is set back
//
// Rows of "v", "m", "r", "e", "d" and "a" stand at, or hold, times that are so
// long after the present. Where the clock stands behind them at a start, Rewind
// moves them; a handle that was given out before is followed by "f".
//
// # Differences from AWS
//
//   - Fair queues: MessageGroupId on a standard queue is kept and returned, but
//     does not yet order receives.
//   - Encryption attributes are kept and returned; the data is not encrypted.
//   - Policies count where keys are proved (maru serve; see Service.Accesses).
//   - FIFO throughput limits are not enforced.
package sqs
