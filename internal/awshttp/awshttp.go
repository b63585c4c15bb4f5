// Package awshttp makes the HTTP clients that the AWS SDK works over, where
// maru itself is its user.
package awshttp

import (
	"io"
	"net/http"
)

// Client returns a client over transport for the SDK.
//
// The SDK closes a request's body as soon as the answer begins. A server as
// near as maru answers before net/http's writer has looked whether the body
// has ended, and the SDK's closed body tells it io.EOF from WriteTo, where nil
// was due: net/http takes the request for failed and closes the connection
// under the answer ("use of closed network connection"). Here the body has no
// WriteTo.
func Client(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: plainBodies{transport}}
}

// plainBodies hides from net/http what bodies can do besides being read.
type plainBodies struct{ next http.RoundTripper }

func (p plainBodies) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		plain := *req // a RoundTripper does not change its request
		plain.Body = struct{ io.ReadCloser }{req.Body}
		req = &plain
	}
	return p.next.RoundTrip(req)
}
