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
// Where keys are proved (maru serve) a role's trust policy is asked: services
// have to be named in it, and so have users, roles and other accounts. The root
// of the account may assume any role that exists, which AWS refuses, since
// developer mode's callers are root; there nothing else is asked. Session
// policies, tags and MFA codes are checked for their form and have no further
// effect; external ids are conditions of trust policies.
// AssumeRoleWithWebIdentity refuses every token, since there are no identity
// providers yet. DecodeAuthorizationMessage is not implemented.
package sts
