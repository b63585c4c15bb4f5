// Package functionurl is the data plane of Lambda's function URLs: it turns an
// HTTP request into an invocation, in the event format that API Gateway calls
// version 2.0, and what the function returns into the reply.
//
// # The way of a request
//
//	find        the URL by its id: 404 when there is none
//	preflight   CORS: where the URL has a configuration, the browser's question is answered here
//	key         AWS_IAM: 403 without one
//	body        up to 6 MB: 413
//	admit       the caller's signature, which is over the body, and the function's policy: 403
//	invoke      BUFFERED waits for the whole answer, RESPONSE_STREAM passes it on as it comes
//
// # Differences from AWS
//
// In developer mode any key is good, and the function's policy is not asked
// whether it lets the URL's callers in; Options.Admit does both where keys are
// proved. A URL by path (/_maru/lambda-url/<id>/…) is an addition of ours, for
// clients that cannot resolve names below localhost.
//
// A streaming function says status and headers in a JSON object before eight
// zero bytes, as AWS's runtimes write it. AWS knows from the content type of
// the runtime's post whether a stream begins so; here the stream itself tells,
// so that one whose body begins with a brace is held back until it cannot be a
// prelude any more (16 KiB, or its end).
package functionurl
