package rest

import (
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/limit"
	"maru.dev/maru/gateway/rest/quota"
	"maru.dev/maru/pattern/pointer"
	"maru.dev/maru/wire"
)

// settings are a method's: its own over those for all.
type settings struct {
	api.MethodSetting

	caching bool
}

// everyMethod is the key of what all methods have.
const everyMethod = "*/*"

// settingsOf finds a method's settings among a stage's, whose keys are */* and
// ~1path/METHOD. Where several are for a method, the last in the order of their names
// counts: a star comes before a name.
func settingsOf(all map[string]api.MethodSetting, path, verb string) settings {
	s := settings{MethodSetting: all[everyMethod]}
	// What all methods keep is answers to GET.
	s.caching = wire.Value(s.CachingEnabled) && (verb == "GET" || verb == "ANY")
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key == everyMethod || !settingFor(key, path, verb) {
			continue
		}
		own := all[key]
		s.overlay(&own)
		if own.CachingEnabled != nil {
			s.caching = *own.CachingEnabled
		}
	}
	return s
}

// settingFor tells whether a key names a method.
func settingFor(key, path, verb string) bool {
	i := strings.LastIndexByte(key, '/')
	if i < 0 || key[i+1:] != verb && key[i+1:] != "*" {
		return false
	}
	at := pointer.Unescape(key[:i])
	return at == "*" || "/"+strings.Trim(at, "/") == path
}

// overlay puts a method's own settings over those for all.
func (s *settings) overlay(own *api.MethodSetting) {
	over(&s.MetricsEnabled, own.MetricsEnabled)
	over(&s.LoggingLevel, own.LoggingLevel)
	over(&s.DataTraceEnabled, own.DataTraceEnabled)
	over(&s.ThrottlingBurstLimit, own.ThrottlingBurstLimit)
	over(&s.ThrottlingRateLimit, own.ThrottlingRateLimit)
	over(&s.CacheTtlInSeconds, own.CacheTtlInSeconds)
	over(&s.RequireAuthorizationForCacheControl, own.RequireAuthorizationForCacheControl)
	over(&s.UnauthorizedCacheControlHeaderStrategy, own.UnauthorizedCacheControlHeaderStrategy)
}

// over takes what is set.
func over[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

// bucket is what the settings' limits fill; nil where there are none.
func (s *settings) bucket() *limit.Bucket {
	if s.ThrottlingRateLimit == nil && s.ThrottlingBurstLimit == nil {
		return nil
	}
	return quota.NewBucket(&api.ThrottleSettings{RateLimit: s.ThrottlingRateLimit, BurstLimit: s.ThrottlingBurstLimit})
}

// throttle turns away what goes beyond the method's limits.
func (g *Gateway) throttle(x *exchange) *reply {
	if b := x.method.bucket; b == nil || b.Take(g.options.Clock.Now()) {
		return nil
	}
	return x.refuse(throttled, "Too Many Requests")
}
