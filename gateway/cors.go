package gateway

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/wire"
)

// corsPlan is a CORS configuration in the form of headers.
type corsPlan struct {
	origins     []string
	methods     string
	headers     string
	expose      string
	maxAge      string
	credentials bool
}

// compileCors joins the lists of a configuration.
func compileCors(c *api.Cors) *corsPlan {
	if c == nil {
		return nil
	}
	p := &corsPlan{
		origins: c.AllowOrigins, methods: strings.Join(c.AllowMethods, ","), headers: strings.Join(c.AllowHeaders, ","),
		expose: strings.Join(c.ExposeHeaders, ","), credentials: wire.Value(c.AllowCredentials),
	}
	if c.MaxAge != nil {
		p.maxAge = strconv.Itoa(int(*c.MaxAge))
	}
	return p
}

// isPreflight tells a browser's question whether it may send a request.
func (x *exchange) isPreflight() bool {
	return x.r.Method == http.MethodOptions && x.r.Header.Get("Origin") != "" &&
		x.r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers for APIs with a CORS configuration, whether there is an
// OPTIONS route or not. Only a $default route that asks for authorization asks
// here, too.
func preflight(x *exchange) *reply {
	if x.stage.cors == nil || !x.isPreflight() {
		return nil
	}
	if x.route != nil && x.route.key.Default && wire.Value(x.route.AuthorizationType) != "NONE" && !x.authorized {
		return nil
	}
	return &reply{status: http.StatusNoContent, preflight: true}
}

// allowed returns the Access-Control-Allow-Origin header for an origin; empty
// when it is not allowed.
func (c *corsPlan) allowed(origin string) string {
	if slices.Contains(c.origins, "*") {
		return "*"
	}
	for _, o := range c.origins {
		scheme, wild := strings.CutSuffix(o, "*")
		if strings.EqualFold(o, origin) || wild && strings.HasPrefix(strings.ToLower(origin), strings.ToLower(scheme)) {
			return origin
		}
	}
	return ""
}

// addCors replaces the integration's CORS headers by those of the
// configuration, if there is one.
func (x *exchange) addCors(answer *reply, h http.Header) {
	if x.stage == nil || x.stage.cors == nil {
		return
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
	origin := x.r.Header.Get("Origin")
	if origin == "" {
		return
	}
	c := x.stage.cors
	allowed := c.allowed(origin)
	if allowed == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", allowed)
	setUnlessEmpty(h, "Access-Control-Expose-Headers", c.expose)
	if c.credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if answer.preflight {
		setUnlessEmpty(h, "Access-Control-Allow-Methods", c.methods)
		setUnlessEmpty(h, "Access-Control-Allow-Headers", c.headers)
		setUnlessEmpty(h, "Access-Control-Max-Age", c.maxAge)
	}
}

// setUnlessEmpty sets a header that has a value.
func setUnlessEmpty(h http.Header, name, v string) {
	if v != "" {
		h.Set(name, v)
	}
}
