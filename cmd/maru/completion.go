package main

import (
	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
)

// newCompletion is maru completion.
func newCompletion(t *terminal) *cobra.Command {
	var shell string
	cmd := &cobra.Command{
		Use:   "completion",
		Short: "Print a script that completes maru's commands and flags in a shell.",
		Example: `  source <(maru completion bash)                   # this shell; in ~/.bashrc: every one
  maru completion zsh > "${fpath[1]}/_maru"
  maru completion fish > ~/.config/fish/completions/maru.fish`,
	}
	cli.Take(cmd, cli.Arg{Name: "<shell>", Value: cli.Choice(&shell, "", "bash", "zsh", "fish"), Help: "bash, zsh or fish."})
	cmd.RunE = func(*cobra.Command, []string) error {
		switch shell {
		case "zsh":
			return cmd.Root().GenZshCompletion(t.out)
		case "fish":
			return cmd.Root().GenFishCompletion(t.out, true)
		}
		return cmd.Root().GenBashCompletionV2(t.out, true)
	}
	return cmd
}
