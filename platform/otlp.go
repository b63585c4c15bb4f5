package platform

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"maru.dev/maru/edge"
	"maru.dev/maru/otlp"
)

// OTLP says how the platform speaks OpenTelemetry's protocol.
type OTLP struct {
	// Listen are further addresses at which telemetry is taken in, over HTTP and
	// gRPC both. Where Optional is set, one that is taken is left alone.
	Listen   []string
	Optional bool
	// Export is the base URL of an endpoint that all telemetry is sent to; empty:
	// none. Header is sent along.
	Export string
	Header map[string]string
}

// otlpPath begins the addresses of OTLP on the platform's own port:
// OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4566/_maru/otlp.
const otlpPath = "/_maru/otlp/"

// openExporter has telemetry sent on where an endpoint is named.
func (p *Platform) openExporter() (err error) {
	o := p.config.OTLP
	if o.Export == "" {
		return nil
	}
	p.exporter, err = otlp.NewExporter(otlp.ExporterOptions{Endpoint: o.Export, Header: o.Header, Clock: p.config.Clock, Log: p.config.Log})
	if err != nil {
		return err
	}
	p.deps.Lines = p.exporter
	p.traces.Store(p.exporter)
	p.tally.Record(p.exporter)
	return nil
}

// flushGrace is how long the exporter has for what is left when all ends.
const flushGrace = 2 * time.Second

// flushExporter sends what is left.
func (p *Platform) flushExporter() {
	if p.exporter == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), flushGrace)
	defer stop()
	p.exporter.Flush(ctx)
}

// otlpMount takes telemetry in at the platform's own port.
func (p *Platform) otlpMount() edge.Mount {
	return edge.Mount{Path: otlpPath, Handler: p.receiver}
}

// openReceiver takes telemetry in at addresses of its own.
func (p *Platform) openReceiver(ctx context.Context) error {
	p.receiver = otlp.NewReceiver(otlp.Options{
		Caller: p.door, Clock: p.config.Clock, IDs: p.deps.IDs, Log: p.config.Log, Account: p.config.Account, Region: p.config.Region, Trusts: p.Trusts,
	})
	for _, address := range p.config.OTLP.Listen {
		if p.config.Mode == Developer && !loopback(address) {
			return fmt.Errorf("take in OTLP on %s: developer mode serves this machine alone; name a loopback address", address)
		}
		var listen net.ListenConfig
		listener, err := listen.Listen(ctx, "tcp", address)
		if err != nil {
			if p.config.OTLP.Optional {
				p.config.Log.InfoContext(ctx, "no OTLP at an address that is taken", "address", address, "cause", err)
				continue
			}
			return fmt.Errorf("listen on %s: %w", address, err)
		}
		p.serveOTLP(listener)
	}
	return nil
}

// serveOTLP serves HTTP and gRPC, with and without TLS as the platform's own
// port does.
func (p *Platform) serveOTLP(listener net.Listener) {
	server := &http.Server{
		Handler: p.receiver, TLSConfig: p.config.TLS, Protocols: new(http.Protocols),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	p.otlpAddresses = append(p.otlpAddresses, listener.Addr().String())
	p.cleanup = append(p.cleanup, func() error { return ignoreClosed(listener.Close()) })
	p.serving = append(p.serving, server)
	p.running.Go(func() {
		serve := server.Serve
		if p.config.TLS != nil {
			serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		if err := serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			p.config.Log.Error("OTLP ended", "cause", err)
		}
	})
}

// OTLPAddresses are where telemetry is taken in beside the platform's own port.
func (p *Platform) OTLPAddresses() []string { return p.otlpAddresses }

// closeOTLP ends the servers.
func (p *Platform) closeOTLP() (err error) {
	for _, server := range p.serving {
		err = errors.Join(err, server.Close())
	}
	return err
}
