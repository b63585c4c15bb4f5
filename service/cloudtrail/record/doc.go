// Package record writes calls as CloudTrail writes them: which operations are
// events, of which category, and under which names (Classes); who called, with
// what, and what came of it (Build). It keeps nothing, and reads no store.
//
// # What is left out
//
// A record never holds what a caller has to keep secret. Hidden are members
// whose shape the model marks as sensitive, members and map entries with the
// names of secrets, and what AWS hides by operation: message bodies, items,
// values of parameters, environments of functions. Binary contents are left out.
// Parameters and answers beyond 100 KB are replaced by a note of their size.
//
// # Differences from AWS
//
//   - The parameters of S3 lack the host's name.
//   - Where AWS documents no record of an operation, its members are written as
//     the model has them, with a small first letter.
//   - tlsDetails tells the host only: which version and cipher were agreed on is
//     not known behind the door.
package record
