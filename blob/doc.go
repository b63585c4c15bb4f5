// Package blob keeps large objects: files named by their content, written
// aside, synced and renamed, counted by references that live in kv.
//
// # Layout
//
// The object with the SHA-256 abcdef… is one file, ab/cdef….NONCE, below the
// store's folder; what is being written is in tmp/. Which file holds an object,
// and whether there is one, is said by kv alone (all keys begin "", "",
// "blob"):
//
//	object ref       → the file's nonce and its size
//	links  ref       → counter of references
//	put    ref       → when the object was last put
//	wait   ref       → number of puts that are not linked yet
//	due    time ref  → at that time, see whether the object is still needed
//
// # Why nothing linked is lost
//
// A file is in its place, and synced with its folder, before a transaction
// writes the object's row; so a row always has its file. The sweeper removes the
// row in a transaction that has read the counter and the time of the last put,
// and only then the file. Link reads the row and adds to the counter: when Link
// and the sweeper meet, kv lets one of them come first, and the other sees it,
// so that either the object stays or Link fails. A put of the same content at
// the same time makes a file with another nonce, which that sweeper does not
// touch. All this holds for several processes on one kv store and one folder.
//
// Whenever the counter may have become zero there is a due row: Unlink writes
// one for now, and each put one for an hour later, before which an object is
// not swept unless every put has been linked: what is written over and over
// leaves nothing behind. A crash can leave a file without a row; when the store is run,
// such files are removed once they are a day old.
//
// In memory (without a folder) objects are slices, and a file exists only for
// who asks for its path.
package blob
