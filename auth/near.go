package auth

import (
	"net"
	"strings"
)

// ThisMachine tells whether a host, with or without a port, is a name or address
// of this machine that no stranger's DNS can answer for. In developer mode any
// key is good, so that only pages at such hosts may be let in.
func ThisMachine(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
