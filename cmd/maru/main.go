// Command maru runs the microservices architecture of AWS as one program: it
// serves AWS's own APIs, durably, on one port.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/compute"
)

// terminal is the world as a command sees it: where it reads and writes, until
// when it may run, and which variables set its flags.
type terminal struct {
	context.Context

	in  io.Reader
	out io.Writer
	env func(name string) (value string, set bool)
}

// printf writes for people. A terminal that is gone is nobody's concern.
func (t *terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

func main() {
	compute.SandboxMain()              // returns unless this process is to become a sandbox
	cobra.EnableCommandSorting = false // help begins with what one begins with
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	t := &terminal{Context: ctx, in: os.Stdin, out: os.Stdout, env: os.LookupEnv}
	if err := run(t, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "maru: "+err.Error())
		os.Exit(1)
	}
}

// run parses args and runs the command that they name.
func run(t *terminal, args []string) error {
	width, _ := terminalSize(t)
	return cli.Run(newMaru(t), args, cli.World{Out: t.out, Width: width, Env: t.env})
}

// newMaru is maru with its commands, in the order in which help lists them. Each
// is in a file of its own.
func newMaru(t *terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "maru <command>",
		Short: "The microservices architecture of AWS as one durable program.",
		Long:  `maru up starts it; unmodified AWS SDKs, the AWS CLI, CloudFormation, SAM and CDK are its clients. Every flag that shows a $MARU_… name can be given by that environment variable, too.`,
	}
	cmd.AddCommand(
		newUp(t),
		newServe(t),
		newDeploy(t),
		newEnv(t),
		newStatus(t),
		newLogs(t),
		newTrace(t),
		newMap(t),
		newTop(t),
		newTail(t),
		newMail(t),
		newClock(t),
		newReset(t),
		newCompletion(t),
		newVersion(t),
	)
	return cmd
}

// does makes what cobra runs of a command's work.
func (t *terminal) does(work func(*terminal) error) func(*cobra.Command, []string) error {
	return func(*cobra.Command, []string) error { return work(t) }
}
