// Package sts is the AWS Security Token Service: who is calling, and temporary
// credentials.
//
// # Storage
//
// None of its own. Temporary credentials are keys of auth's table, which
// carries who they belong to and when they end, so that signatures by them are
// proved in enforcing mode and tell the assumed role in developer mode, too.
//
// # Limits
//
// A role's session lasts 15 minutes to the role's own maximum, an hour when a
// role assumes a role; GetSessionToken 15 minutes to 36 hours (root: 1 hour),
// GetFederationToken the same. Session policies 2,048 characters, 10 policy
// ARNs, 50 tags.
//
// # Differences from AWS
//
// Trust policies are not evaluated yet: whoever may call at all may assume any
// role that exists. That includes the root of the account, which AWS refuses,
// since developer mode's callers are root. Session policies, tags, external
// ids and MFA codes are checked for their form and have no further effect.
// AssumeRoleWithWebIdentity refuses every token, since there are no identity
// providers yet. DecodeAuthorizationMessage is not implemented.
package sts
