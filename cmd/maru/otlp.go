package main

import (
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/platform"
)

// otlpOptions are about OpenTelemetry's protocol.
type otlpOptions struct {
	OTLP               string
	OTLPHeader         map[string]string
	OTLPHTTP, OTLPGRPC string
}

// flags are those of every command that starts a platform.
func (o *otlpOptions) flags() []cli.Flag {
	return []cli.Flag{
		{
			Name: "otlp", Shown: "URL", Value: cli.Text(&o.OTLP, ""), Env: "MARU_OTLP",
			Help: "OTLP endpoint that all traces, metrics and log lines are sent to, over HTTP.",
		}, {
			Name: "otlp-header", Shown: "NAME=VALUE", Value: cli.Pairs(&o.OTLPHeader, ";"), Env: "MARU_OTLP_HEADERS",
			Help: "Header to send along, as a key; repeat it for more, or part them by semicolons.",
		}, {
			Name: "otlp-http", Shown: "HOST:PORT", Value: cli.Text(&o.OTLPHTTP, ""), Env: "MARU_OTLP_HTTP",
			Help: "Address at which OTLP is taken in over HTTP; off takes none. By default 127.0.0.1:4318 in developer mode, if that is free. /_maru/otlp on the main port always does.",
		}, {
			Name: "otlp-grpc", Shown: "HOST:PORT", Value: cli.Text(&o.OTLPGRPC, ""), Env: "MARU_OTLP_GRPC",
			Help: "Address at which OTLP is taken in over gRPC; off takes none. By default 127.0.0.1:4317 in developer mode, if that is free.",
		},
	}
}

// otlp is what the flags say. The usual ports are taken where nobody has said
// so and they are free.
func (o *otlpOptions) otlp(mode platform.Mode) platform.OTLP {
	c := platform.OTLP{Export: o.OTLP, Header: o.OTLPHeader, Optional: o.OTLPHTTP == "" && o.OTLPGRPC == ""}
	for _, at := range []struct{ said, usual string }{{o.OTLPHTTP, "127.0.0.1:4318"}, {o.OTLPGRPC, "127.0.0.1:4317"}} {
		switch {
		case at.said == "off":
		case at.said != "":
			c.Listen = append(c.Listen, at.said)
		case mode == platform.Developer:
			c.Listen = append(c.Listen, at.usual)
		}
	}
	return c
}
