// Package ecr is the Elastic Container Registry: its repositories, with their
// settings, policies and tags. Images come with containers: until functions and
// tasks run from them there is nothing that would use one.
//
// # Storage
//
// Under (account, region, "ecr"):
//
//	r name → repository: its settings and tags
//	l name → text of its lifecycle policy
//	p name → text of its policy
//	c      → number of repositories, a counter
//
// A repository and its policies go in one transaction.
//
// # Limits
//
// As in AWS: 100,000 repositories in a registry, 50 tags of a repository, 50
// rules of a lifecycle policy, pages of up to 1,000.
//
// # Differences from AWS
//
//   - Nothing is pushed or pulled: GetAuthorizationToken, layers and PutImage are
//     not there, and answer so. Each repository is empty, and what lists images
//     or looks for one says that.
//   - So lifecycle policies, scanning, the mutability of tags and encryption are
//     checked, kept and shown, and have no effect. A lifecycle policy has never
//     been evaluated. A kmsKey is shown as it was given, and is not looked for.
//   - The policies of repositories are not evaluated: nobody has access to
//     another account's registry.
//   - Registries have no settings (replication, scanning, pull through caches,
//     policies, templates), and nothing of a public registry is there.
package ecr
