// Package s3 is Amazon S3: buckets, and objects that are streamed to and from
// the disk.
//
// # Layout
//
// A bucket's name is global; its record says who owns it, and its ID begins all
// of its rows, so that a bucket of a name used before starts empty:
//
//	"" "" s3 bucket NAME          → bucket
//	ACCOUNT "" s3 names NAME      → (empty): an account's buckets
//	… set    BUCKET KIND          → a configuration, as its API shape
//	… o      BUCKET KEY           → object: the current version, if it is no delete marker
//	… m      BUCKET KEY           → object: the current version, if it is a delete marker
//	… v      BUCKET KEY ^SEQ      → object: a version that is not current, newest first
//	… null   BUCKET KEY           → SEQ of the null version among those
//	… d      BUCKET DATA          → the bytes of a small object
//	… p      BUCKET DATA N        → part N of an upload, or of the object it became
//	… u      BUCKET KEY UPLOAD    → upload under way
//
// where … is ACCOUNT REGION s3. Content up to inlineLimit is a row; what is
// larger is an object of package blob, or one such for each part. No path is
// ever made from a key.
//
// # Invariants
//
// Each version of a key is in exactly one of o, m and v; the current one, in o
// or m, has the highest SEQ, which its version ID carries. Each o, v and p row
// holds one reference of its blob. A body is durable before the transaction that
// makes it an object. Listings scan o alone, and jump over a common prefix with
// a seek. The parts of an object that is gone are let go an hour later, by a
// task, so that who is still reading it can finish; a single blob is kept by its
// reader.
//
// # Differences from AWS
//
//   - Requests reach a bucket from any region: there is no redirect to its own.
//   - A body without a length is taken (AWS asks for Content-Length).
//   - Bucket policies, ACLs and the public access block let callers in, or keep
//     them out, where keys are proved (maru serve; see Service.Accesses).
//     Developer mode refuses what the public access block forbids to store, and
//     lets everyone in otherwise.
//   - DeleteObjects is refused as a whole where one of its keys may not be
//     deleted.
//   - Stored and returned, without effect: website and encryption configuration
//     (what protects the disk protects the objects), KMS keys, storage classes
//     and the transitions between them.
//   - Lifecycle rules are carried out each midnight (UTC), at which AWS says that
//     things expire; AWS then takes a day or two.
//   - A caller of another account is let in where the bucket has a policy or a
//     public ACL, for the door to judge, and is refused otherwise.
//   - Refused as not implemented: customer-provided encryption keys, object lock,
//     MFA delete, grants by header, access points, directory buckets; the
//     checksum algorithms MD5, SHA-512 and the xxHash family; replication, server
//     access logs, acceleration, requesters that pay, analytics, inventories,
//     metrics and tiering, all of which read as absent.
package s3
