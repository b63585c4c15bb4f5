package s3

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/kv"
)

// Why a browser's question is answered with no.
const (
	corsDisabled = "CORSResponse: CORS is not enabled for this bucket."
	corsRefused  = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)

// HasBucket tells whether there is a bucket of a name, whoever owns it.
func (s *Service) HasBucket(ctx context.Context, name string) (found bool, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		_, found, err = s.buckets.Get(tx, bucketKey(name))
		return err
	})
	return found, err
}

// CORS tells what a bucket answers a browser whose page is of an origin: the
// headers of its reply, or why the page may not send such a request. headers are
// those that the page wants to send, and are known of a preflight alone. A
// bucket that is not there has no answer.
func (s *Service) CORS(ctx context.Context, name, origin, method string, headers []string) (answer map[string]string, refusal string, err error) {
	var rules []api.CORSRule
	found := false
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		b, ok, err := s.buckets.Get(tx, bucketKey(name))
		if found = ok; err != nil || !ok {
			return err
		}
		rules, _, err = kv.Get[[]api.CORSRule](tx, b.settingKey(settingCORS))
		return err
	})
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("load CORS rules: %w", err)
	case !found:
		return nil, "", nil
	case len(rules) == 0:
		return nil, corsDisabled, nil
	}
	for i := range rules {
		if allowed, ok := admitPage(&rules[i], origin, method, headers); ok {
			return pageHeaders(&rules[i], allowed, origin, headers), "", nil
		}
	}
	return nil, corsRefused, nil
}

// admitPage tells whether a rule lets a page send a request, and by which of its
// origins.
func admitPage(r *api.CORSRule, origin, method string, headers []string) (allowed string, ok bool) {
	if !slices.Contains(r.AllowedMethods, method) {
		return "", false
	}
	for _, h := range headers {
		if !slices.ContainsFunc(r.AllowedHeaders, func(p string) bool { return oneStar(strings.ToLower(p), strings.ToLower(h)) }) {
			return "", false
		}
	}
	for _, p := range r.AllowedOrigins {
		if oneStar(p, origin) {
			return p, true
		}
	}
	return "", false
}

// oneStar tells whether text fits a pattern, in which one star may stand for any
// characters.
func oneStar(pattern, text string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	return len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// pageHeaders are what a rule adds to a reply.
func pageHeaders(r *api.CORSRule, allowed, origin string, headers []string) map[string]string {
	h := map[string]string{
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": strings.Join(r.AllowedMethods, ", "),
		"Vary":                         "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
	}
	if allowed != "*" {
		h["Access-Control-Allow-Origin"], h["Access-Control-Allow-Credentials"] = origin, "true"
	}
	if len(headers) > 0 {
		h["Access-Control-Allow-Headers"] = strings.ToLower(strings.Join(headers, ", "))
	}
	if len(r.ExposeHeaders) > 0 {
		h["Access-Control-Expose-Headers"] = strings.Join(r.ExposeHeaders, ", ")
	}
	if r.MaxAgeSeconds != nil {
		h["Access-Control-Max-Age"] = strconv.Itoa(int(*r.MaxAgeSeconds))
	}
	return h
}
