package main

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"golang.org/x/term"
)

// resetCommand empties a running maru.
type resetCommand struct {
	remote

	Yes bool `short:"y" help:"Do not ask."`
}

// Help is the long text of maru reset --help.
func (resetCommand) Help() string {
	return "Developer mode only. Running functions are stopped. There is no way back."
}

// Run asks, when there is somebody to ask, and empties.
func (c *resetCommand) Run(t *terminal) error {
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
