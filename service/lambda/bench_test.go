package lambda_test

import (
	"fmt"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

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

// BenchmarkBeside is a function of few, and of many: neither running it nor
// telling of any costs more beside others.
func BenchmarkBeside(b *testing.B) {
	small := zipOf(b, map[string]string{"bootstrap": "#!/bin/sh"})
	for _, n := range []int{10, 3000} {
		env := newEnv(b)
		create(b, env, "fn-0")
		for i := 1; i < n; i++ {
			create(b, env, fmt.Sprintf("fn-%d", i), func(in *sdk.CreateFunctionInput) { in.Code = &types.FunctionCode{ZipFile: small} })
		}
		invoke(b, env, "fn-0", `{}`)
		ctx, next := env.Context(), 0
		for name, in := range map[string]func() any{
			"Invoke": func() any { return &api.InvokeInput{FunctionName: "fn-0", Payload: []byte(`{}`)} },
			"GetFunction": func() any {
				next++
				return &api.GetFunctionInput{FunctionName: fmt.Sprintf("fn-%d", next%n)}
			},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := env.Caller().Call(ctx, "lambda", name, in()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
