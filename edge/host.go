package edge

import (
	"net"
	"strings"
)

// place is what a host name says.
type place struct {
	service string // endpoint prefix: "sqs", "streams.dynamodb"
	region  string
	label   string // what stands before the service: a bucket, an API's id
	local   bool   // below localhost: for tests and browsers on this machine
}

// domains are what AWS's endpoints end in, and those of this machine.
var domains = [...]string{".amazonaws.com.cn", ".amazonaws.com", ".api.aws", ".on.aws", ".localhost"}

// parseHost reads a Host header. ok is false for hosts that name no service:
// addresses, localhost itself, names that we do not know.
func parseHost(host string, known func(prefix string) bool) (p place, ok bool) {
	host = hostOnly(host)
	name := ""
	for _, domain := range domains {
		if before, found := strings.CutSuffix(host, domain); found {
			name, p.local = before, domain == ".localhost"
			break
		}
	}
	if name == "" {
		return place{}, false
	}
	labels := strings.Split(strings.ReplaceAll(name, ".dualstack", ""), ".")
	// The service is the last label, or the one before the region; what stands
	// before it is a bucket or an id, which may hold dots of its own.
	for i := len(labels) - 1; i >= 0 && i >= len(labels)-2; i-- {
		service, region := labels[i], ""
		if i == len(labels)-2 {
			region = labels[i+1]
		}
		if dash, found := strings.CutPrefix(service, "s3-"); found && looksLikeRegion(dash) {
			service, region = "s3", dash
		}
		start := i
		if i > 0 && known(labels[i-1]+"."+service) {
			service, start = labels[i-1]+"."+service, i-1
		}
		if !known(service) || region != "" && !looksLikeRegion(region) {
			continue
		}
		p.service, p.region = service, region
		p.label = strings.Join(labels[:start], ".")
		return p, true
	}
	return legacyQueue(labels, p)
}

// legacyQueue reads SQS's old hosts: queue.amazonaws.com and
// us-west-2.queue.amazonaws.com.
func legacyQueue(labels []string, p place) (place, bool) {
	n := len(labels)
	if labels[n-1] != "queue" || n > 2 {
		return place{}, false
	}
	p.service = "sqs"
	if n == 2 {
		p.region = labels[0]
	}
	return p, true
}

// hostOnly is a Host header without its port, in lower case.
func hostOnly(host string) string {
	if strings.Contains(host, ":") {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// looksLikeRegion tells "us-east-1" from a bucket's last label.
func looksLikeRegion(s string) bool {
	if s == "aws-global" || s == "global" {
		return true
	}
	parts := strings.Split(s, "-")
	last := parts[len(parts)-1]
	return len(parts) >= 3 && len(parts[0]) == 2 && len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}
