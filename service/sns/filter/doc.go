// Package filter reads SNS's subscription filter policies and matches messages
// against them.
//
// A policy is a JSON object. Each of its keys names an attribute of the message,
// or a property of its JSON body, and lists conditions of which one must hold;
// all keys must hold. "$or" lists alternatives. A policy over the body nests as
// the body does; where the body has an array, one of its elements must match.
//
// A Policy is immutable and safe for concurrent use. Matching takes time in
// proportion to message and policy, whatever the patterns.
package filter
