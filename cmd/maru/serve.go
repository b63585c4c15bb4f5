package main

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/ids"
	"maru.dev/maru/platform"
)

// serveCommand starts enforcing mode.
type serveCommand struct {
	place

	TLSCert, TLSKey string
	Hostname        []string
	PlainHTTP       bool
}

// newServe is maru serve.
func newServe(t *terminal) *cobra.Command {
	var c serveCommand
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start maru for others: signatures are checked, TLS is on.",
		Long:  `Starts maru for clients elsewhere. Every request must be signed by a key that maru knows; the first start prints the root key of the account, once. Policies of users and roles are not evaluated yet: the root may call, and who is let in by the policy of a bucket or a function URL.`,
		Example: `  maru serve --listen 0.0.0.0:4566 --data /var/lib/maru --hostname maru.example.org
  maru serve --tls-cert cert.pem --tls-key key.pem`,
		RunE: t.does(c.run),
	}
	cli.Declare(cmd, c.flags()...)
	return cmd
}

// flags are maru serve's.
func (c *serveCommand) flags() []cli.Flag {
	return append(c.place.flags(), []cli.Flag{
		{
			Name: "tls-cert", Shown: "FILE", Value: cli.File(&c.TLSCert), Env: "MARU_TLS_CERT",
			Help: "Certificate chain in PEM. Without one, maru makes its own at the first start.",
		}, {
			Name: "tls-key", Shown: "FILE", Value: cli.File(&c.TLSKey), Env: "MARU_TLS_KEY",
			Help: "The certificate's key in PEM.",
		}, {
			Name: "hostname", Shown: "NAME,...", Value: cli.List(&c.Hostname), Env: "MARU_HOSTNAME",
			Help: "Names and addresses for the certificate that maru makes.",
		}, {
			Name: "plain-http", Value: cli.Switch(&c.PlainHTTP), Env: "MARU_PLAIN_HTTP",
			Help: "Serve without TLS: only behind a proxy that has it.",
		},
	}...)
}

// run starts the platform and waits for Ctrl-C.
func (c *serveCommand) run(t *terminal) error {
	began := clock.System{}.Now()
	config, closeLog, err := c.config(platform.Enforcing)
	if err != nil {
		return err
	}
	if err := c.setTLS(&config); err != nil {
		return errors.Join(err, closeLog())
	}
	p, err := c.open(t, config)
	if err != nil {
		return errors.Join(err, closeLog())
	}
	if err := c.greet(t, p, started(began)); err != nil {
		return errors.Join(err, p.Close(), closeLog())
	}
	<-t.Done()
	t.printf("\nstopping…\n")
	if err := errors.Join(p.Close(), closeLog()); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// setTLS loads or makes the certificate.
func (c *serveCommand) setTLS(config *platform.Config) error {
	switch {
	case c.PlainHTTP:
		return nil
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key come together")
	case c.TLSCert != "":
		pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return fmt.Errorf("load certificate: %w", err)
		}
		config.TLS = platform.TLSConfig(pair)
		return nil
	}
	dir := ""
	if !c.Ephemeral {
		dir = filepath.Join(c.Data, "tls")
	}
	pair, err := platform.OwnCertificate(dir, c.Listen, c.Hostname, clock.System{}.Now())
	if err != nil {
		return err
	}
	config.TLS = platform.TLSConfig(pair)
	return nil
}

// greet says where maru is and, at the first start, hands over the root key.
func (c *serveCommand) greet(t *terminal, p *platform.Platform, took string) error {
	key, created, err := auth.RootKey(t, p.Store(), ids.New(rand.Reader), c.Account)
	if err != nil {
		return fmt.Errorf("make root key: %w", err)
	}
	t.printf("maru %s is up (%s): enforcing mode, every request must be signed\n\n  address   %s\n  account   %s, region %s\n",
		version(), took, p.URL(), c.Account, c.Region)
	if config := p.Config(); config.TLS != nil && c.TLSCert == "" && !c.Ephemeral {
		t.printf("  CA        %s (clients: export AWS_CA_BUNDLE=…)\n", filepath.Join(c.Data, "tls", "cert.pem"))
	}
	if !created {
		t.printf("  root key  %s (its secret was shown at the first start)\n\nCtrl-C ends it.\n", key.ID)
		return nil
	}
	t.printf("\nThis is the account's root key. It is shown this once; keep it safe:\n\n%s\nCtrl-C ends it.\n",
		exports(p.URL(), key.ID, string(key.Secret), c.Region))
	return nil
}
