package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
)

// health is what a running maru tells of itself.
type health struct {
	Status   string   `json:"status"`
	Version  string   `json:"version"`
	Mode     string   `json:"mode"`
	Time     string   `json:"time"`
	Uptime   float64  `json:"uptimeSeconds"`
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Services []string `json:"services"`
}

// statusCommand tells how a running maru is.
type statusCommand struct {
	remote

	JSON bool
}

// newStatus is maru status.
func newStatus(t *terminal) *cobra.Command {
	var c statusCommand
	cmd := &cobra.Command{Use: "status", Short: "Tell how a running maru is.", RunE: t.does(c.run)}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, cli.Flag{Name: "json", Value: cli.Switch(&c.JSON), Help: "Print the JSON document."})
	return cmd
}

// run asks and prints.
func (c *statusCommand) run(t *terminal) error {
	var h health
	if err := c.get(t, "/_maru/health", &h); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(t, h)
	}
	t.printf("maru %s at %s: %s, %s mode, up %s\n  account   %s, region %s\n  time      %s\n  services  %s\n",
		h.Version, c.Endpoint, h.Status, h.Mode, time.Duration(h.Uptime*float64(time.Second)).Round(time.Second),
		h.Account, h.Region, h.Time, strings.Join(h.Services, " "))
	return nil
}

// printJSON prints a document for programs.
func printJSON(t *terminal, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	t.printf("%s\n", raw)
	return nil
}
