// Package event is how a function is told of an HTTP request, and how what it
// returns becomes the reply: the proxy format of API Gateway, version 2.0,
// which function URLs speak as well, and the answers of version 1.0.
package event
