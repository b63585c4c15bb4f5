package main

import "time"

// clockCommand is about maru's time.
type clockCommand struct {
	Now     clockNowCommand     `cmd:"" default:"withargs" help:"Tell maru's time."`
	Advance clockAdvanceCommand `cmd:"" help:"Move maru's time ahead: what is due by then happens at once."`
}

// clockNowCommand tells the time.
type clockNowCommand struct{ remote }

// moment is the answer about the time.
type moment struct {
	Time string `json:"time"`
}

// Run asks and prints.
func (c *clockNowCommand) Run(t *terminal) error {
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

	By time.Duration `arg:"" help:"How far, such as 90s, 15m or 24h."`
}

// Help is the long text of maru clock advance --help.
func (clockAdvanceCommand) Help() string {
	return "The clock goes on from there and stays ahead of the machine's, also after a restart.\n\nExample:\n  maru clock advance 24h"
}

// Run moves the clock and prints where it stands.
func (c *clockAdvanceCommand) Run(t *terminal) error {
	var m moment
	if err := c.post(t, "/_maru/clock", map[string]string{"advance": c.By.String()}, &m); err != nil {
		return err
	}
	t.printf("It is now %s.\n", m.Time)
	return nil
}
