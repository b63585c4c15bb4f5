package compute

import (
	"testing"
)

func BenchmarkWarmInvoke(b *testing.B) {
	for _, c := range []struct{ name, runtime, handler string }{
		{"go", "provided.al2023", "x"}, {"python", "python3.12", "index.handler"}, {"node", "nodejs20.x", "index.async"},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFixture(b)
			fn := benchFunction(b, f, c.runtime, c.handler)
			f.invoke(b, fn, `{}`)
			for b.Loop() {
				if _, err := f.Invoke(b.Context(), fn, &Request{ID: "r", Payload: []byte(`{}`)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkColdInvoke(b *testing.B) {
	for _, c := range []struct{ name, runtime, handler string }{
		{"go", "provided.al2023", "x"}, {"python", "python3.12", "index.handler"}, {"node", "nodejs20.x", "index.async"},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFixture(b)
			fn := benchFunction(b, f, c.runtime, c.handler)
			for b.Loop() {
				if _, err := f.Invoke(b.Context(), fn, &Request{ID: "r", Payload: []byte(`{}`)}); err != nil {
					b.Fatal(err)
				}
				f.Retire("arn")
			}
		})
	}
}

// benchFunction is a function of any of the languages.
func benchFunction(b *testing.B, f *fixture, runtime, handler string) *Function {
	b.Helper()
	if runtime == "provided.al2023" {
		return goFunction(b)
	}
	return languageFunction(b, f, runtime, handler)
}
