// Package kv keeps all state of maru: an ordered key-value store with
// serialisable transactions whose commits are on disk when they return.
//
// # Transactions
//
// View reads one snapshot of what is durable. Update is strictly serialisable:
// its closure reads one snapshot, and at commit nothing that it read (keys, and
// exactly the spans that its scans passed) may have been changed since by
// another; otherwise it runs again. After eight conflicts it runs once more
// while nothing else commits, so it ends. Blind writes, Add and PutAtCommit read
// nothing and never conflict. Within an Update, reads see its own writes, also
// those that a scan's loop makes ahead of itself.
//
// An Update reads what others have committed and not yet synced: the log is in
// order, so whatever it read is durable when its own commit is. One that writes
// nothing, or whose closure fails, waits until what it read is durable before
// it returns, since its caller acts on it. A context that has ended is noticed
// before a closure and before a commit; a commit under way is awaited.
//
// # Wake-ups
//
// Tx.Wake wakes the watchers of a topic after the commit is durable and can be
// read. Wake-ups are hints: some may be superfluous (also Reset and a recovered
// disk wake everyone). They stay within the process; when several nodes come to
// share a store, a watcher there learns of another node's commit by a poll of
// the store's version that is bounded to 100 ms, unless the engine tells sooner.
//
// # Limits
//
// MaxKey, MaxValue and MaxTx bound a row and a transaction: larger things belong
// into package blob, longer work into several transactions. A closure must be
// short: as long as it runs, what is committed is remembered to check it, and a
// View pins its snapshot. It makes no Update of its own: that one is none of the
// transaction's, and fails at the latest when the outer one has to run alone.
//
// # Failing disks
//
// Writes are refused with ErrFull while the disk has less than a small reserve
// free (removals may use half of it). When a write or sync fails all the same,
// the commits under way get ErrFull or ErrUnavailable, reads go on, and the
// store opens its files anew until it can write again. Whether a commit that got
// such an error is found afterwards is not known, as after a crash.
//
// DESIGN.md tells how the embedded engine does this.
package kv
