package lambda_test

import (
	"testing"

	api "maru.dev/maru/api/lambda"
)

// BenchmarkInvoke is a warm Go function through the door: what a gateway or a
// workflow waits for.
func BenchmarkInvoke(b *testing.B) {
	env := newEnv(b)
	create(b, env, "fn")
	invoke(b, env, "fn", `{}`)
	ctx := env.Context()
	in := &api.InvokeInput{FunctionName: "fn", Payload: []byte(`{}`)}
	for b.Loop() {
		if _, err := env.Caller().Call(ctx, "lambda", "Invoke", in); err != nil {
			b.Fatal(err)
		}
	}
}
