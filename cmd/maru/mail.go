package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/outbox"
)

// mailCommand lists the outbox.
type mailCommand struct {
	remote

	JSON bool
	Last int
}

// newMail is maru mail.
func newMail(t *terminal) *cobra.Command {
	var c mailCommand
	cmd := &cobra.Command{Use: "mail", Short: "List the mail and messages that applications have sent.", RunE: t.does(c.run)}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{Name: "json", Value: cli.Switch(&c.JSON), Help: "Print the JSON document, with the whole of each message."},
		{Name: "last", Short: "n", Shown: "N", Value: cli.Number(&c.Last, 0), Help: "Only the newest so many."},
	}...)
	return cmd
}

// run asks and prints, newest first.
func (c *mailCommand) run(t *terminal) error {
	var box struct {
		Messages []outbox.Message `json:"messages"`
	}
	if err := c.get(t, "/_maru/mail", &box); err != nil {
		return err
	}
	if c.Last > 0 && len(box.Messages) > c.Last {
		box.Messages = box.Messages[:c.Last]
	}
	if c.JSON {
		return printJSON(t, box.Messages)
	}
	if len(box.Messages) == 0 {
		t.printf("No mail yet.\n")
		return nil
	}
	for _, m := range box.Messages {
		t.printf("%s  %-5s  to %s", m.At.Local().Format(time.DateTime), m.Channel, strings.Join(m.To, ", "))
		if m.From != "" {
			t.printf("  from %s", m.From)
		}
		t.printf("\n    %s\n", m.Subject)
		if m.Text != "" {
			t.printf("    %s\n", strings.ReplaceAll(strings.TrimSpace(m.Text), "\n", "\n    "))
		}
		if m.Relayed != "" {
			t.printf("    relayed to %s\n", m.Relayed)
		}
		if m.RelayError != "" {
			t.printf("    not relayed: %s\n", m.RelayError)
		}
	}
	return nil
}
