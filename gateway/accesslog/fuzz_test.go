package accesslog

import (
	"strings"
	"testing"
)

func FuzzFormat(f *testing.F) {
	f.Add(`$context.requestId "$context.routeKey" $context.status`)
	f.Add(`{"a":"$context.authorizer.claims.sub."}$context.`)
	f.Fuzz(func(t *testing.T, format string) {
		p := Compile("arn:aws:logs:us-east-1:000000000000:log-group:g", format)
		if p == nil {
			return
		}
		var b strings.Builder
		for i, part := range p.parts { // text and names take turns
			if i%2 == 1 {
				b.WriteString("$context.")
			}
			b.WriteString(part.text + part.name)
		}
		if b.String() != format {
			t.Errorf("%q is read as %q", format, b.String())
		}
	})
}
