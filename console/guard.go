package console

import (
	"mime"
	"net/http"
	"net/url"
	"strings"

	"maru.dev/maru/auth"
)

// What every call of the API carries, so that no form and no page of another
// origin can make one.
const (
	consoleHeader = "X-Maru-Console"
	accountHeader = "X-Maru-Account" // developer mode: whose resources
	regionHeader  = "X-Maru-Region"
	traceHeader   = "X-Maru-Trace-Id" // of the reply
)

// guard tells why a request may not call the API, or "".
func (c *Console) guard(r *http.Request) string {
	if !c.options.Enforcing && !auth.ThisMachine(r.Host) {
		return "maru runs in developer mode and answers under this machine's own names alone: open it as localhost or 127.0.0.1."
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return "This API is for maru's own page."
	}
	if origin := r.Header.Get("Origin"); origin != "" && !sameHost(origin, r.Host) {
		return "This API is for maru's own page."
	}
	if r.Method == http.MethodGet { // a download: it changes nothing, and other origins cannot read it
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get(consoleHeader) == "" {
			return "This address is for maru's own page."
		}
		return ""
	}
	if r.Header.Get(consoleHeader) == "" {
		return "A call of this API has the header " + consoleHeader + ": 1."
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return "A call of this API has the content type application/json."
	}
	return ""
}

// sameHost tells whether an Origin is the host that was asked.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
