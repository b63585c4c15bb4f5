// Package auth tells who calls, and whether they may.
//
// A request is signed by AWS Signature Version 4 in its headers, in its query
// string (presigned) or, for streamed bodies, chunk by chunk as well. Parse
// reads what the request claims; Verifier.Identify turns the claim into a
// principal, and in enforcing mode proves it. Enforcing judges API calls, Plane
// those of data planes.
//
// # Storage
//
//	"" "" auth key <access key id>  → Key
//	"" "" auth root                 → id of the root key that the first start made
//
// Access keys are global, since a signature names its key and nothing else.
// IAM and STS write them in the same transaction as the entity they belong to.
//
// # Differences from AWS
//
// SigV4A and SigV2 are refused with words that say so. Of policies, those of
// resources are evaluated (package policy) where a service tells them
// (call.Guarded: buckets; function URLs). Those of users and roles are not yet: in
// enforcing mode an account's root and the services inside may do everything,
// and every other principal what a resource's own policy lets it do.
package auth
