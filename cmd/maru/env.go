package main

import (
	"strings"

	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
)

// envCommand prints export lines.
type envCommand struct {
	remote

	Key string
}

// newEnv is maru env.
func newEnv(t *terminal) *cobra.Command {
	var c envCommand
	cmd := &cobra.Command{
		Use:     "env",
		Short:   "Print the lines that point AWS clients at maru.",
		Long:    "For a shell:",
		Example: `  eval "$(maru env)"`,
		Run:     func(*cobra.Command, []string) { c.print(t) },
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, cli.Flag{
		Name: "key", Shown: "ID", Value: cli.Text(&c.Key, "test"), Env: "MARU_KEY",
		Help: "Access key; 12 digits name an account.",
	})
	return cmd
}

// print prints them. A maru that is not running is no reason to fail: it may be
// up later.
func (c *envCommand) print(t *terminal) {
	region := "us-east-1"
	var h health
	if err := c.get(t, "/_maru/health", &h); err == nil && h.Region != "" {
		region = h.Region
	}
	t.printf("%s", strings.ReplaceAll(exports(c.Endpoint, c.Key, "test", region), "  export", "export"))
}
