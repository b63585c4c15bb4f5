package awsrequest

import (
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
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" || parts[3] == "" || parts[4] == "" || strings.HasSuffix(parts[4], ".") {
		return Target{}, fmt.Errorf("%q is no ARN of a service's action or path", uri)
	}
	t := Target{Region: parts[3], Service: parts[4], Path: "/"}
	if i := strings.LastIndexByte(t.Service, '.'); i >= 0 {
		t.Subdomain, t.Service = t.Service[:i], t.Service[i+1:]
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	switch {
	case kind == "action" && rest != "":
		t.Action, t.Query, _ = strings.Cut(rest, "&")
	case kind == "path":
		rest, t.Query, _ = strings.Cut(rest, "?")
		t.Path += strings.TrimPrefix(rest, "/")
	default:
		return Target{}, fmt.Errorf("%q names neither an action nor a path", uri)
	}
	return t, nil
}

// host is the AWS endpoint of the target.
func (t *Target) host() string {
	host := t.Service + "." + t.Region + ".amazonaws.com"
	if t.Subdomain != "" {
		host = t.Subdomain + "." + host
	}
	return host
}

// filled is the path with its {names} filled in.
func (t *Target) filled(with map[string]string) string {
	if len(with) == 0 || !strings.Contains(t.Path, "{") {
		return t.Path
	}
	pairs := make([]string, 0, 2*len(with))
	for name, v := range with {
		pairs = append(pairs, "{"+name+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(t.Path)
}
