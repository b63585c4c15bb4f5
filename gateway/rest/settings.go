package rest

import (
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/limit"
	"maru.dev/maru/gateway/rest/quota"
	"maru.dev/maru/wire"
)

// settings are a method's: its own over those for all.
type settings struct {
	api.MethodSetting

	caching bool
}

// settingsOf finds a method's settings among a stage's, whose keys are */* and
// ~1path/METHOD.
func settingsOf(all map[string]api.MethodSetting, path, verb string) settings {
	var s settings
	for key, own := range all {
		if key == "*/*" {
			s.MethodSetting = own
			// What all methods keep is answers to GET.
			s.caching = wire.Value(own.CachingEnabled) && (verb == "GET" || verb == "ANY")
		}
	}
	for key, own := range all {
		if key == "*/*" || !settingFor(key, path, verb) {
			continue
		}
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
	at := strings.NewReplacer("~1", "/", "~0", "~").Replace(key[:i])
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
