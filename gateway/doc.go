// Package gateway is the data plane of API Gateway's HTTP APIs: it takes a
// request to its API's stage and route, past the filters that those ask for, to
// its integration, and brings the answer back.
//
// # The way of a request
//
//	stage       $default, or the stage that the path begins with
//	match       the route, by method and path; path variables
//	preflight   CORS: the browser's question is answered here
//	throttle    token buckets of route and stage: 429
//	authorize   JWT, a Lambda authorizer, IAM
//	integrate   a function, an HTTP server, an AWS service
//
// Package front has found the API before. Each is a file. A filter ends the way by
// returning a reply. Then CORS headers and the request's id are added, the reply
// is sent, and the stage's access log gets its line.
//
// What REST APIs (package rest) do in the same way stands in packages of its own:
// accesslog, event, invoke, jwks, kept, limit, policy, signed, streamed, tracing,
// transfer, upstream and verdict.
//
// # Plans
//
// What an API does comes as a plan.API from a plan.Source. It is compiled once
// (routes into a tree of segments, mappings into parsed form) and kept as long
// as the Source says that its version is the same, which costs one read of one
// row for each request: so a change counts from the next request on, on any
// node that shares the store.
//
// # Differences from AWS
//
// The account's own limit (10,000 requests a second) is not enforced; what a
// stage or a route is set to is, by each node for itself. The timeout of an
// HTTP integration ends with its answer's header: a body may stream for longer.
// IAM authorization takes any access key unless Options.Admit proves it. In
// developer mode the edge turns away browsers' requests from pages of other
// machines before they come here.
//
// # What is kept in memory
//
// Token buckets (each node counts for itself), the answers of Lambda
// authorizers for their time to live, issuers' keys for JWTs, and access-log
// lines for up to a tenth of a second before they are written: all of it can be
// lost without harm, but the last lines of a log are gone when the process is
// killed.
package gateway
