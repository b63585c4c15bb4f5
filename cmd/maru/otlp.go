package main

import "maru.dev/maru/platform"

// otlpOptions are the flags of OpenTelemetry's protocol.
type otlpOptions struct {
	OTLP       string            `name:"otlp" help:"OTLP endpoint that all traces, metrics and log lines are sent to, over HTTP." env:"MARU_OTLP" placeholder:"URL"`
	OTLPHeader map[string]string `name:"otlp-header" help:"Header to send along, as a key." env:"MARU_OTLP_HEADERS" placeholder:"NAME=VALUE"`
	OTLPHTTP   string            `name:"otlp-http" help:"Address at which OTLP is taken in over HTTP; off takes none. By default 127.0.0.1:4318 in developer mode, if that is free. /_maru/otlp on the main port always does." env:"MARU_OTLP_HTTP" placeholder:"HOST:PORT"`
	OTLPGRPC   string            `name:"otlp-grpc" help:"Address at which OTLP is taken in over gRPC; off takes none. By default 127.0.0.1:4317 in developer mode, if that is free." env:"MARU_OTLP_GRPC" placeholder:"HOST:PORT"`
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
