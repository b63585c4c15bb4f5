package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// matchRoute finds the route and reads the path's variables.
func matchRoute(x *exchange) *reply {
	x.route = x.stage.lookup(x.r.Method, x.path)
	if x.route == nil {
		if x.isPreflight() && x.stage.cors != nil {
			return nil // answered by the next filter, route or not
		}
		return message(http.StatusNotFound, "Not Found")
	}
	x.readVariables()
	return nil
}

// readVariables decodes the values of the route's path variables.
func (x *exchange) readVariables() {
	rest := strings.TrimPrefix(x.path, "/")
	for _, s := range x.route.key.Segments {
		var segment string
		if s.Greedy {
			segment = rest
		} else {
			segment, rest, _ = strings.Cut(rest, "/")
		}
		if !s.Var {
			continue
		}
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
		if x.variables == nil {
			x.variables = make(map[string]string)
		}
		x.variables[s.Text] = segment
	}
}
