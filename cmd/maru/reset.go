package main

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"maru.dev/maru/cmd/maru/cli"
)

// resetCommand empties a running maru.
type resetCommand struct {
	remote

	Yes bool
}

// newReset is maru reset.
func newReset(t *terminal) *cobra.Command {
	var c resetCommand
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Empty a running maru: every resource, message and object goes.",
		Long:  "Developer mode only. Running functions are stopped. There is no way back.",
		RunE:  t.does(c.run),
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, cli.Flag{Name: "yes", Short: "y", Value: cli.Switch(&c.Yes), Help: "Do not ask."})
	return cmd
}

// run asks, when there is somebody to ask, and empties.
func (c *resetCommand) run(t *terminal) error {
	if f, ok := t.in.(*os.File); ok && !c.Yes && term.IsTerminal(int(f.Fd())) {
		t.printf("This removes everything in the maru at %s. Go on? [y/N] ", c.Endpoint)
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if answer := strings.ToLower(strings.TrimSpace(line)); err != nil || answer != "y" && answer != "yes" {
			return errors.New("nothing was removed")
		}
	}
	var said struct{ Message string }
	if err := c.post(t, "/_maru/reset", nil, &said); err != nil {
		return err
	}
	t.printf("%s\n", said.Message)
	return nil
}
