// Package task does later what must be done later: a row written in the same
// transaction as its cause, leased, run, retried and, when nothing helps, sent
// to its dead-letter target.
//
// # Rows
//
// All of them begin with account "", region "", "task".
//
//	t id              → record     what was asked for; never changes, but for Due (see Rewind)
//	x id part         → bytes      the rest of a body that is too long for one row
//	s id              → state      attempts and lease; absent until the first claim (or Rewind)
//	d due id          → hint       index of all tasks by time
//	l owner due id    → hint       the same within an owner's lane
//	n version id      → hint       news: what was added, in the order of commits
//	k kind key        → id         the pending task of a key
//	q owner serial id → due        serial lanes, in order
//	h owner           → id         the one task of a serial lane that is in d and l
//	i node            → instance   the process that works for a node now
//
// A task has its rows d and l from the moment it is added until it is removed;
// a serial one has them only while it heads its lane. The rows are the truth.
// Each node keeps a bounded part of d in memory (see schedule), which tells it
// when to look at which row, and nothing more: a claim believes only rows.
//
// # Invariants
//
// A task is removed in one transaction with all of its rows, by whoever holds
// its lease (the token in s), by Cancel, or by another task with its key. A
// run whose token is no longer in s records nothing. A lease is void when it
// has ended or when its node has another instance by now.
//
// A run has a worker for a second; after that it goes on without one when others
// wait for it, so that calls which take minutes hold up nobody.
//
// Where the clock has been set back over a restart, Rewind moves the tasks with it,
// but for those with a date (Task.Dated).
//
// News is a hint, too: it is trimmed once read, and what a node misses of it,
// a scan of d finds within rescanEvery.
package task
