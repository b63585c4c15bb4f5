package stage

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
)

// DefaultSetting is what holds for a method of which nothing is set, nor for all.
func DefaultSetting() api.MethodSetting {
	return api.MethodSetting{
		MetricsEnabled: new(false), LoggingLevel: new("OFF"), DataTraceEnabled: new(false), ThrottlingBurstLimit: new(int32(5000)),
		ThrottlingRateLimit: new(10000.0), CachingEnabled: new(false), CacheTtlInSeconds: new(int32(300)), CacheDataEncrypted: new(false),
		RequireAuthorizationForCacheControl:    new(true),
		UnauthorizedCacheControlHeaderStrategy: new(api.UnauthorizedCacheControlHeaderStrategySucceedWithResponseHeader),
	}
}

// maxTTL is how long a cache keeps an answer, in seconds.
const maxTTL = 3600

// settingRules are the settings of a method, by their two names.
func settingRules(m *api.MethodSetting) patch.Rules {
	return patch.Rules{
		patch.Bool("/metrics/enabled", func(b bool) { m.MetricsEnabled = &b }),
		patch.Bool("/logging/dataTrace", func(b bool) { m.DataTraceEnabled = &b }),
		patch.Replace("/logging/loglevel", func(v string) error {
			level := strings.ToUpper(v)
			m.LoggingLevel = &level
			return oneOf(level, "Invalid logging level specified. Must be one of: [OFF, ERROR, INFO]", "OFF", "ERROR", "INFO")
		}),
		patch.Int("/throttling/burstLimit", func(n int32) { m.ThrottlingBurstLimit = &n }),
		patch.Float("/throttling/rateLimit", func(f float64) { m.ThrottlingRateLimit = &f }),
		patch.Bool("/caching/enabled", func(b bool) { m.CachingEnabled = &b }),
		patch.Bool("/caching/dataEncrypted", func(b bool) { m.CacheDataEncrypted = &b }),
		patch.Bool("/caching/requireAuthorizationForCacheControl", func(b bool) { m.RequireAuthorizationForCacheControl = &b }),
		patch.Replace("/caching/unauthorizedCacheControlHeaderStrategy", func(v string) error {
			m.UnauthorizedCacheControlHeaderStrategy = &v
			return oneOf(v, "Invalid unauthorized cache control header strategy specified",
				api.UnauthorizedCacheControlHeaderStrategyFailWith403, api.UnauthorizedCacheControlHeaderStrategySucceedWithResponseHeader,
				api.UnauthorizedCacheControlHeaderStrategySucceedWithoutResponseHeader)
		}),
		ttlRule(m),
	}
}

// ttlRule is the setting of how long a cache keeps an answer.
func ttlRule(m *api.MethodSetting) patch.Rule {
	ttl := patch.Int("/caching/ttlInSeconds", func(n int32) { m.CacheTtlInSeconds = &n })
	read := ttl.Replace
	ttl.Replace = func(at []string, v string) error {
		if err := read(at, v); err != nil {
			return err
		}
		if *m.CacheTtlInSeconds < 0 || *m.CacheTtlInSeconds > maxTTL {
			return fault.BadRequest("Cache TTL must be between 0 and %d seconds", maxTTL)
		}
		return nil
	}
	return ttl
}

// oneOf is the caller's fault, unless v is one of the values.
func oneOf(v, message string, values ...string) error {
	if slices.Contains(values, v) {
		return nil
	}
	return fault.BadRequest("%s", message)
}
