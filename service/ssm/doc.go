// Package ssm is the Parameter Store of AWS Systems Manager.
//
// # Storage
//
// Under (account, region, "ssm"):
//
//	p name         → parameter: its newest version, tags, labels
//	v name version → version: one row each, the newest too
//	c tier         → number of parameters of a tier, a counter
//
// A parameter and its versions are written in one transaction. One with an
// Expiration policy has a task that removes it, keyed by its ARN. The default
// event bus is told of each change.
//
// # Limits
//
// As in AWS: 10,000 standard and 100,000 advanced parameters, values of 4 KB
// and 8 KB, 100 versions, 10 labels a version, 15 levels, 50 tags.
//
// # Differences from AWS
//
//   - A SecureString is stored as it is: there is no KMS yet that could encrypt
//     it. Without WithDecryption a caller gets an opaque text in its place, which
//     nothing can decrypt. A KeyId is kept and shown.
//   - The policies ExpirationNotification and NoChangeNotification are kept and
//     have no effect.
//   - A value of type aws:ec2:image is not looked up.
//   - Public parameters (/aws/…), Secrets Manager references, shared parameters
//     and the throughput setting are not there.
//   - An AllowedPattern is a regular expression without backreferences and
//     lookaround, of at most 2,000 characters and classes of them, repetitions
//     counted.
//   - The rest of Systems Manager is not there, and answers so.
package ssm
