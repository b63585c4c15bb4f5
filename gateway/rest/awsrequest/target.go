package awsrequest

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Target is where an integration's URI leads to.
type Target struct {
	Region    string
	Service   string // as in the URI
	Subdomain string
	Action    string // of an action; else it is a path
	Query     string // parameters that follow the action or path
	Path      string // with its {names}
}

// Parse reads an integration's URI.
func Parse(uri string) (Target, error) {
	parts := strings.SplitN(uri, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" {
		return Target{}, fmt.Errorf("%q is no ARN of a service's action or path", uri)
	}
	t := Target{Region: parts[3], Service: parts[4]}
	if i := strings.LastIndexByte(t.Service, '.'); i >= 0 {
		t.Subdomain, t.Service = t.Service[:i], t.Service[i+1:]
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch {
	case kind == "action" && rest != "":
		t.Action, t.Query, _ = strings.Cut(rest, "&")
	case kind == "path":
		t.Path, t.Query, _ = strings.Cut(rest, "?")
		t.Path = "/" + t.Path
	default:
		return Target{}, fmt.Errorf("%q names neither an action nor a path", uri)
	}
	return t, nil
}

// send is to come with the door of the edge.
func (s Sender) send(context.Context, *Request) (*Response, error) {
	return nil, errors.New("requests to services are not there yet")
}
