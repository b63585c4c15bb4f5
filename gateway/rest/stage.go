package rest

import (
	"maps"
	"net/url"
	"strings"

	"maru.dev/maru/gateway/rest/tree"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/wire"
)

// hideEndpoint answers at an API's own host where it has custom domains alone.
func hideEndpoint(x *exchange) *reply {
	if x.api.NoEndpoint && x.at.Domain == "" {
		return x.refuse(forbidden, "Forbidden")
	}
	return nil
}

// resolveStage finds the stage that a domain's mapping names, or that the path
// begins with, and which of its deployments is to serve.
func (g *Gateway) resolveStage(x *exchange) *reply {
	name := x.at.Stage
	if name == "" {
		first, rest, _ := strings.Cut(x.path[1:], "/")
		if decoded, err := url.PathUnescape(first); err == nil {
			first = decoded
		}
		name, x.path = first, "/"+rest
	}
	x.stage = x.api.stages[name]
	if x.stage == nil || x.stage.main == nil {
		x.stage = nil
		return x.refuse(forbidden, "Forbidden")
	}
	x.deployment, x.variables = x.stage.main, x.stage.Variables
	if c := x.stage.CanarySettings; c != nil && x.stage.canary != nil && g.options.IDs.Float()*100 < wire.Value(c.PercentTraffic) {
		x.canary, x.deployment = true, x.stage.canary
		if len(c.StageVariableOverrides) > 0 {
			x.variables = maps.Clone(x.variables)
			if x.variables == nil {
				x.variables = make(map[string]string)
			}
			maps.Copy(x.variables, c.StageVariableOverrides)
		}
	}
	return nil
}

// refuseLongHeaders keeps to the limit on a request's header.
func refuseLongHeaders(x *exchange) *reply {
	if transfer.LongHeader(x.r) {
		return x.refuse(longHeader, "Request Header Fields Too Large")
	}
	return nil
}

// matchResource finds the resource and its method, and reads the path's
// variables.
func matchResource(x *exchange) *reply {
	m := x.deployment.tree.Find(x.r.Method, x.path)
	if m == nil || m.integration == nil {
		return x.refuse(noToken, "Missing Authentication Token")
	}
	x.method = m
	x.parameters = tree.Variables(m.resource.Path, x.path)
	x.beginLog()
	return nil
}
