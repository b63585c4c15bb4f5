package gateway

import (
	"context"
	"net/http"
	"strings"
)

// Owns tells whether a host is a custom domain name.
func (g *Gateway) Owns(ctx context.Context, host string) bool {
	_, ok, err := g.options.Source.Domain(ctx, host)
	if err != nil {
		g.options.Log.ErrorContext(ctx, "gateway", "what", "domain", "host", host, "cause", err)
	}
	return ok
}

// locateDomain finds the API and the stage that a custom domain name's longest
// matching path leads to.
func (g *Gateway) locateDomain(x *exchange) *reply {
	list, ok, err := g.options.Source.Domain(x.r.Context(), strings.ToLower(x.target))
	switch {
	case err != nil:
		return x.fault("domain", err)
	case !ok:
		return message(http.StatusForbidden, "Forbidden")
	}
	best := -1
	for i, m := range list {
		if (best < 0 || len(m.Key) > len(list[best].Key)) && underKey(x.path, m.Key) {
			best = i
		}
	}
	if best < 0 {
		return message(http.StatusNotFound, "Not Found")
	}
	m := list[best]
	p, err := g.plan(x.r.Context(), m.API)
	if err != nil {
		return x.fault("plan", err)
	}
	if p == nil {
		return message(http.StatusNotFound, "Not Found")
	}
	x.api, x.mapped, x.domain, x.basePath = p, m.Stage, x.target, m.Key
	if m.Key != "" {
		x.path = x.path[len(m.Key)+1:]
		if x.path == "" {
			x.path = "/"
		}
	}
	return nil
}

// underKey tells whether a path is at or below a mapping's key.
func underKey(path, key string) bool {
	if key == "" {
		return true
	}
	rest, ok := strings.CutPrefix(path, "/"+key)
	return ok && (rest == "" || rest[0] == '/')
}
