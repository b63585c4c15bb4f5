// Package edge is the HTTP door: one port on which every API and every data
// plane of the platform is reached, over HTTP/1.1 and HTTP/2.
//
// A request's way: limits (connections, header, body, time) → request id →
// service and operation, by exact tables (resolve.go) → who calls (auth) →
// decoding and validation by the protocol's codec (wire) → call.Door, which
// authorises, runs, traces and records → encoding.
//
// Services are named, first match wins, by
//
//  1. the path: /_maru/… is the platform's own; /service/X/operation/Y is RPC v2
//  2. X-Amz-Target: its part before the last dot
//  3. the signature's scope; where two APIs share a signing name (ses and
//     sesv2, dynamodb and its streams), the protocol and the path tell
//  4. the host: sqs.us-east-1.amazonaws.com, sqs.localhost, bucket.s3.localhost
//  5. Action and Version of an unsigned query request
//
// Data planes (execute-api, lambda-url) are mounted by the platform; see Mount.
package edge
