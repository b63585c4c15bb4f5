package main

import (
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
)

// newClock is maru clock, which by itself tells the time.
func newClock(t *terminal) *cobra.Command {
	cmd := newClockNow(t)
	cmd.Use, cmd.Short = "clock [<command>]", "Tell or move a running maru's time."
	cmd.AddCommand(newClockNow(t), newClockAdvance(t))
	return cmd
}

// clockNowCommand tells the time.
type clockNowCommand struct{ remote }

func newClockNow(t *terminal) *cobra.Command {
	var c clockNowCommand
	cmd := &cobra.Command{Use: "now", Short: "Tell maru's time.", RunE: t.does(c.run)}
	cli.Declare(cmd, c.flags()...)
	return cmd
}

// moment is the answer about the time.
type moment struct {
	Time string `json:"time"`
}

// run asks and prints.
func (c *clockNowCommand) run(t *terminal) error {
	var m moment
	if err := c.get(t, "/_maru/clock", &m); err != nil {
		return err
	}
	t.printf("%s\n", m.Time)
	return nil
}

// clockAdvanceCommand moves the time.
type clockAdvanceCommand struct {
	remote

	By time.Duration
}

func newClockAdvance(t *terminal) *cobra.Command {
	var c clockAdvanceCommand
	cmd := &cobra.Command{
		Use:     "advance",
		Short:   "Move maru's time ahead: what is due by then happens at once.",
		Long:    "The clock goes on from there and stays ahead of the machine's, also after a restart. It can be moved as far as the year 2200.",
		Example: "  maru clock advance 24h",
		RunE:    t.does(c.run),
	}
	cli.Take(cmd, cli.Arg{Name: "<by>", Value: cli.Duration(&c.By, 0), Help: "How far, such as 90s, 15m or 24h."})
	cli.Declare(cmd, c.flags()...)
	return cmd
}

// run moves the clock and prints where it stands.
func (c *clockAdvanceCommand) run(t *terminal) error {
	var m moment
	if err := c.post(t, "/_maru/clock", map[string]string{"advance": c.By.String()}, &m); err != nil {
		return err
	}
	t.printf("It is now %s.\n", m.Time)
	return nil
}
