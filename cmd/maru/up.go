package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/platform"
)

// upCommand starts developer mode.
type upCommand struct {
	place

	Time time.Time
	Demo bool
}

// newUp is maru up.
func newUp(t *terminal) *cobra.Command {
	var c upCommand
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start maru for development on this machine: any key is accepted.",
		Long:  `Starts maru on this machine and stays until Ctrl-C. Any access key is accepted; one of 12 digits names its account. What is acknowledged is on disk, and there again at the next start, also after a crash.`,
		Example: `  maru up --demo                   # with an application on it, to look at
  maru up                          # port 4566, data in your user data folder
  maru up --ephemeral              # memory only: for tests
  maru up --data ./data --listen 127.0.0.1:5000
  maru up --smtp localhost:1025    # pass e-mail on, here to a mail catcher`,
		RunE: t.does(c.run),
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{
			Name: "time", Shown: "TIME", Value: cli.Moment(&c.Time), Env: "MARU_TIME",
			Help: "Set maru's clock, as to 2027-01-01T00:00:00Z; it goes on from there. By default it stands where the data folder was left.",
		}, {
			Name: "demo", Value: cli.Switch(&c.Demo), Env: "MARU_DEMO",
			Help: "Deploy a real application on it, an example of this repository, and use it.",
		},
	}...)
	return cmd
}

// run starts the platform and waits for Ctrl-C.
func (c *upCommand) run(t *terminal) error {
	began := clock.System{}.Now()
	config, closeLog, err := c.config(platform.Developer)
	if err != nil {
		return err
	}
	config.Time = c.Time
	p, err := c.open(t, config)
	if err != nil {
		return errors.Join(err, closeLog())
	}
	c.greet(t, p, started(began))
	if c.Demo {
		if err := (&demo{terminal: t, url: p.URL(), region: c.Region}).run(); err != nil && t.Err() == nil {
			t.printf("\nThe demo did not come up: %v\nmaru itself is up.\n", err)
		}
	}
	<-t.Done()
	t.printf("\nstopping…\n")
	if err := errors.Join(p.Close(), closeLog()); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// greet says where maru is and how to use it.
func (c *upCommand) greet(t *terminal, p *platform.Platform, took string) {
	data := p.Config().DataDir
	if c.Ephemeral {
		data = "in memory; gone at the end"
	}
	t.printf(`maru %s is up (%s): developer mode, any key is accepted, this machine only

  address   %s
  console   %s/_maru/
  data      %s
  account   %s, region %s

Point any AWS client at it:

%s
Try it:

  curl %s/_maru/health

Ctrl-C ends it.
`, version(), took, p.URL(), p.URL(), data, c.Account, c.Region, exports(p.URL(), "test", "test", c.Region), p.URL())
}

// exports are the lines that point AWS clients at maru.
func exports(url, key, secret, region string) string {
	return "  export AWS_ENDPOINT_URL=" + url + "\n" +
		"  export AWS_ACCESS_KEY_ID=" + key + "\n" +
		"  export AWS_SECRET_ACCESS_KEY=" + secret + "\n" +
		"  export AWS_REGION=" + region + "\n" +
		"  export AWS_DEFAULT_REGION=" + region + "\n"
}
