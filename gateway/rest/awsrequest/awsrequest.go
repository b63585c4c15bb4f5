// Package awsrequest sends what REST APIs map to the services of the platform
// themselves: integrations of the type AWS whose URI is
// arn:aws:apigateway:<region>:[<subdomain>.]<service>:path/<path> or
// action/<Action>&<name>=<value>.
package awsrequest

import (
	"context"
	"net/http"

	"maru.dev/maru/call"
)

// Door serves a request to one of the platform's services, by its signing name, as
// the caller that info names, without proof and without the network.
type Door interface {
	ServeAs(w http.ResponseWriter, r *http.Request, service string, info call.Info)
}

// Sender sends requests. Both its parts are needed.
type Sender struct {
	Door   Door
	Caller call.Caller
}

// Request is a mapped request to a service.
type Request struct {
	Target  Target
	Method  string
	Path    map[string]string // for the {names} of the target's path
	Query   map[string][]string
	Header  http.Header
	Body    []byte
	Role    string // the ARN of the integration's credentials; "" for none
	Account string // of the API
	API     string // its ARN, on whose behalf the request is made
}

// Response is what the service answers, in its own protocol.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send has a request answered. Its error is ours: the integration has failed.
// What a service refuses is a response.
func (s Sender) Send(ctx context.Context, r *Request) (*Response, error) {
	return s.send(ctx, r)
}
