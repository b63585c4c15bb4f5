package rest

import (
	"testing"

	api "maru.dev/maru/api/apigateway"
)

// A stage's settings are of any form that an older version has written.
func FuzzSettings(f *testing.F) {
	f.Add("*/*", "~1pets~1{id}/GET")
	f.Add("pets/POST", "/*/")
	f.Fuzz(func(t *testing.T, a, b string) {
		all := map[string]api.MethodSetting{
			a: {ThrottlingRateLimit: new(1.0), CachingEnabled: new(true)}, b: {LoggingLevel: new("INFO"), CachingEnabled: new(false)},
		}
		s := settingsOf(all, "/pets", "GET")
		for _, key := range []string{a, b} {
			if key == "*/*" && s.LoggingLevel == nil && s.ThrottlingRateLimit == nil {
				t.Errorf("%q is for every method", key)
			}
		}
	})
}
