package functionurl

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// addCors adds what the URL's configuration lets the asking page do.
func (x *exchange) addCors() {
	origin := x.r.Header.Get("Origin")
	if x.cors == nil || origin == "" {
		return
	}
	h := x.w.Header()
	h.Add("Vary", "Origin")
	credentials := x.cors.AllowCredentials != nil && *x.cors.AllowCredentials
	switch {
	case slices.ContainsFunc(x.cors.AllowOrigins, func(o string) bool { return strings.EqualFold(o, origin) }):
		h.Set("Access-Control-Allow-Origin", origin)
	case !slices.Contains(x.cors.AllowOrigins, "*"):
		return
	case credentials: // browsers take no star together with credentials
		h.Set("Access-Control-Allow-Origin", origin)
	default:
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	setList(h, "Access-Control-Expose-Headers", x.cors.ExposeHeaders)
}

// preflight answers a browser's question whether it may send a request, when
// the URL has a configuration; without one the function is asked.
func (x *exchange) preflight() bool {
	if x.cors == nil || x.r.Method != http.MethodOptions || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := x.w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Del("Access-Control-Expose-Headers")
		setList(h, "Access-Control-Allow-Methods", x.cors.AllowMethods)
		setList(h, "Access-Control-Allow-Headers", x.cors.AllowHeaders)
		if x.cors.MaxAge != nil {
			h.Set("Access-Control-Max-Age", strconv.Itoa(int(*x.cors.MaxAge)))
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", "0")
	x.w.WriteHeader(http.StatusOK)
	return true
}

// setList sets a header to a list that is not empty.
func setList(h http.Header, name string, list []string) {
	if len(list) > 0 {
		h.Set(name, strings.Join(list, ","))
	}
}

// isCors tells headers that a URL's configuration decides on.
func isCors(name string) bool { return strings.HasPrefix(name, "Access-Control-") }
