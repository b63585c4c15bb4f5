// Package policy reads the policies of IAM and tells what they say of a
// request: nothing, yes, or no. It is pure: what is asked, by whom, and under
// which conditions is told by whoever asks, and what follows from several
// policies together (a resource's and the caller's own) is theirs to decide.
//
// # What is evaluated
//
// Effect, Principal and NotPrincipal, Action and NotAction, Resource and
// NotResource, with their wildcards and policy variables; all condition
// operators with IfExists, ForAllValues and ForAnyValue. A denial wins over any
// permission.
//
// # Differences from AWS
//
// The session of a role is known by the role's name, not its path: the ARN of a
// session does not tell it. A condition with an operator that AWS does not have
// makes its statement match when it denies, and not match when it allows.
package policy
