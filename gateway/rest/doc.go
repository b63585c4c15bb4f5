// Package rest is the data plane of API Gateway's REST APIs: it takes a request to
// its stage, resource and method, past what those ask for, to its integration, and
// brings the answer back. Package front finds the API.
//
// # The way of a request
//
//	stage       by the path or a domain's mapping; main deployment or canary
//	match       resource and method; path variables
//	policy      the API's own
//	key         an API key that the request brings; its plan's rate and quota
//	authorize   signatures, Lambda authorizers, tokens of user pools
//	key         an API key that the authorizer names
//	throttle    the method's own rate
//	validate    parameters, and the body by a model
//	cache       an answer that was given before
//	integrate   a function, an HTTP server, a service of AWS, or nothing (MOCK)
//
// Each step may end the way with a reply. What the gateway itself has to say is a
// gateway response, which the API may have changed. Then the answer is
// compressed, and logs, metrics and traces are told.
//
// # Plans
//
// What an API does comes as a plan.API from a plan.Source, and is kept as long as
// its version is the same (package kept).
//
// # Differences from AWS
//
// A resource that has no method for a verb gives way to a less specific one that
// has. Of answers, those with a status from 400 on are not cached. A trace shows
// the stage whether it has tracingEnabled or not, as everything here does. IAM
// authorization takes any access key unless Options.Admit proves it, and of the
// API's policy only denials count then. Private integrations reach what their URI
// names by HTTP, and no listener of a VPC. Web ACLs and mutual TLS have no
// effect. Executions are logged whether the account has a role for that or not.
//
// # What is kept in memory
//
// Token buckets (each node counts for itself), answers of authorizers and of
// stages' caches (64 MB in all, each at most 1 MiB, whatever size a stage's cache
// cluster has; each node keeps its own), issuers' keys, and log lines for up to a
// tenth of a second before they are written: all of it can be lost without harm,
// but lines that were not yet written are gone when the process is killed. What
// an API key has used of its plan is written before a request goes on.
package rest
