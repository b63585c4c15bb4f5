// Package iam is AWS Identity and Access Management: users, groups, roles, the
// policies on them, access keys, instance profiles and service-linked roles.
//
// # Storage
//
// IAM is global, so the region of every key is "". Names are kept as they were
// given and found without regard to case. Kind is "user", "role" or "group".
//
//	account "" iam <kind> <name>                    → entity
//	account "" iam count <kind>                     → counter, held against the account's quota
//	account "" iam inline <kind> <name> <policy>    → inlinePolicy
//	account "" iam attached <kind> <name> <arn>     → attachment
//	account "" iam holder <arn> <kind> <name>       → attachment, the same the other way round
//	account "" iam bounded <arn> <kind> <name>      → empty: who has the policy as its boundary
//	account "" iam policy <name>                    → policy
//	account "" iam version <policy> <number>        → version
//	account "" iam member <group> <user>            → member
//	account "" iam group-of <user> <group>          → member, the same the other way round
//	account "" iam key <user> <access key id>       → accessKey; what verifies it is auth's
//	account "" iam profile <name>                   → profile
//	account "" iam profile-of <role> <profile>      → empty
//	account "" iam alias                            → string
//	account "" iam deletion <task id>               → string: the service-linked role that went
//
// # Invariants
//
// Both directions of an attachment, a membership and a profile's role are
// written together. An access key is here and in auth's table, or in neither.
// Nothing points at what is gone: entities are deleted only when nothing hangs
// on them.
//
// # Limits
//
// AWS's default quotas: 5,000 users, 300 groups, 1,000 roles, 1,500 policies,
// 1,000 instance profiles an account; 10 attached policies an entity; 5
// versions a policy; 2 access keys a user; 10 groups a user; 50 tags; policy
// sizes without white space 2,048 (user), 5,120 (group), 10,240 (role) in all,
// 6,144 (managed), 2,048 (trust).
//
// # Differences from AWS
//
// Policies are stored and checked for their form; nothing is evaluated yet.
// Changes are visible at once, not eventually. AWS's managed policies resolve
// by name, path and default version as of the table in managed; the documents
// of the most common are there, too, and GetPolicyVersion says so for others.
// When an access key was last used is not recorded: GetAccessKeyLastUsed
// answers N/A, and RoleLastUsed is empty.
package iam
