package edge

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// Mount is a data plane: HTTP that is no AWS API. It is reached by a host of
// its own, as http://<id>.execute-api.<region>.localhost:4566/rest, or by a
// path, as http://localhost:4566/_maru/execute-api/<id>/rest. Either way
// Handler sees the path /<id>/rest, the Host as it was sent, and a call.Info
// without a principal in its context.
type Mount struct {
	Host string // "execute-api"; empty: by path only
	Path string // "/_maru/execute-api/"; kept as it is when Keep is set
	Keep bool   // Handler sees the whole path (a fixed document's address)
	// Match, if set, tells which of the paths below Path are the data plane's, as
	// they were sent, and what Handler sees of them.
	Match func(path string) (rest string, ok bool)
	// Owns, if set, tells the hosts that are the data plane's beside those: custom
	// domain names, which no table has. Handler then sees /<host>/rest.
	Owns    func(ctx context.Context, host string) bool
	Handler http.Handler
	// Inside, if set, leads to the server's services once there is one.
	Inside *Inside
}

// mounted finds the data plane that a request is for, and the path that its
// handler sees.
func (s *Server) mounted(r *http.Request, at place) (*Mount, *url.URL, bool) {
	for i := range s.options.Mounts {
		m := &s.options.Mounts[i]
		if m.Host != "" && m.Host == at.service && at.label != "" {
			return m, below(at.label, r.URL), true
		}
		if m.Path == "" || !strings.HasPrefix(r.URL.Path, m.Path) {
			continue
		}
		if m.Match != nil {
			if rest, ok := m.matched(r.URL); ok {
				return m, rest, true
			}
			continue
		}
		if m.Keep {
			return m, r.URL, true
		}
		cut := len(m.Path) - 1 // keep the slash
		return m, withPath(r.URL, r.URL.Path[cut:], cutRaw(r.URL.RawPath, cut)), true
	}
	return s.owned(r, at)
}

// matched asks a mount's Match.
func (m *Mount) matched(u *url.URL) (*url.URL, bool) {
	raw, ok := m.Match(u.EscapedPath())
	if !ok {
		return nil, false
	}
	path, err := url.PathUnescape(raw)
	return withPath(u, path, raw), err == nil
}

// owned finds the data plane that has taken a host that is none of AWS's or of
// this machine.
func (s *Server) owned(r *http.Request, at place) (*Mount, *url.URL, bool) {
	if at.service != "" || !strings.Contains(r.Host, ".") {
		return nil, nil, false
	}
	host := hostOnly(r.Host)
	if net.ParseIP(host) != nil {
		return nil, nil, false
	}
	for i := range s.options.Mounts {
		if m := &s.options.Mounts[i]; m.Owns != nil && m.Owns(r.Context(), host) {
			return m, below(host, r.URL), true
		}
	}
	return nil, nil, false
}

// below puts a segment before u's path.
func below(segment string, u *url.URL) *url.URL {
	raw := ""
	if u.RawPath != "" {
		raw = "/" + url.PathEscape(segment) + u.RawPath
	}
	return withPath(u, "/"+segment+u.Path, raw)
}

// cutRaw is what is left of an escaped path behind n bytes of what it says.
func cutRaw(raw string, n int) string {
	for ; n > 0 && raw != ""; n-- {
		if raw[0] == '%' {
			raw = raw[min(2, len(raw)-1):]
		}
		raw = raw[1:]
	}
	return raw
}

// withPath copies u with another path.
func withPath(u *url.URL, path, raw string) *url.URL {
	c := *u
	c.Path, c.RawPath = path, raw
	return &c
}

// serveMount hands a request to its data plane, in the trace that it names or
// a new one.
func (s *Server) serveMount(w http.ResponseWriter, r *http.Request, m *Mount, rest *url.URL, at place, id string) {
	info := s.info(r, at, id)
	info.TraceID = telemetry.Continue(info.TraceID, s.options.Clock.Now(), s.options.IDs).String()
	inner := r.WithContext(call.With(r.Context(), info))
	inner.URL = rest
	m.Handler.ServeHTTP(w, inner)
}
