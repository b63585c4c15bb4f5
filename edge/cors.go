package edge

import (
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/auth"
)

// What browsers may see of a reply, and how long they remember that they may.
const (
	exposedHeaders = "ETag, Location, Date, Last-Modified, Content-Length, Content-Type, x-amzn-RequestId, x-amzn-ErrorType, " +
		"x-amzn-ErrorMessage, x-amzn-query-error, x-amzn-Trace-Id, x-amz-request-id, x-amz-id-2, x-amz-version-id, " +
		"x-amz-delete-marker, x-amz-crc32, x-amz-apigw-id, X-Amz-Function-Error, X-Amz-Log-Result, X-Amz-Executed-Version"
	allowedMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
)

// admitOrigin lets a browser's page call us, or turns it away. In developer
// mode any key is good, so that a page from elsewhere could do what it liked
// with a developer's data: there, pages and host names must be of this machine.
// In enforcing mode the signature protects, and any page may call.
func (s *Server) admitOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := get(r.Header, "Origin")
	if origin == "" && get(r.Header, "Sec-Fetch-Site") == "" {
		return true // no browser
	}
	if !s.options.Verifier.Enforce && (!nearHost(r.Host) || origin != "" && !nearOrigin(origin)) {
		http.Error(w, "maru runs in developer mode, where any key is accepted, and answers only pages of this machine; "+
			"this page's origin or host name is another. Pages from elsewhere need `maru serve`.", http.StatusForbidden)
		return false
	}
	if origin != "" {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
		h.Set("Access-Control-Expose-Headers", exposedHeaders)
	}
	return true
}

// nearOrigin tells whether an Origin is a page of this machine.
func nearOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && nearHost(u.Host)
}

// nearHost tells whether a host is this machine. AWS's names come here only
// through a developer's own hosts file.
func nearHost(host string) bool {
	name := hostOnly(host)
	return auth.ThisMachine(host) || strings.HasSuffix(name, ".amazonaws.com") || strings.HasSuffix(name, ".on.aws")
}

// isPreflight tells whether a browser asks if it may send a request.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight answers yes; admitOrigin has checked who asks.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", allowedMethods)
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "172800")
	w.WriteHeader(http.StatusOK)
}
