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

	"github.com/alecthomas/kong"

	"maru.dev/maru/compute"
)

// commands are what maru can be told to do. Each is a struct in a file of its
// own with a Run method that takes a *terminal.
type commands struct {
	Up      upCommand      `cmd:"" help:"Start maru for development on this machine: any key is accepted."`
	Serve   serveCommand   `cmd:"" help:"Start maru for others: signatures are checked, TLS is on."`
	Deploy  deployCommand  `cmd:"" help:"Deploy a CloudFormation or SAM template, with its code, to a running maru."`
	Env     envCommand     `cmd:"" help:"Print the lines that point AWS clients at maru."`
	Status  statusCommand  `cmd:"" help:"Tell how a running maru is."`
	Logs    logsCommand    `cmd:"" help:"Show log events, and follow them."`
	Trace   traceCommand   `cmd:"" help:"Draw a trace over all its hops, or list traces."`
	Map     mapCommand     `cmd:"" help:"Draw who calls whom, with rates, latencies, errors and faults."`
	Top     topCommand     `cmd:"" help:"Show live rates and latencies of every resource."`
	Tail    tailCommand    `cmd:"" help:"Show everything that happens, as it happens."`
	Mail    mailCommand    `cmd:"" help:"List the mail and messages that applications have sent."`
	Clock   clockCommand   `cmd:"" help:"Tell or move a running maru's time."`
	Reset   resetCommand   `cmd:"" help:"Empty a running maru: every resource, message and object goes."`
	Version versionCommand `cmd:"" help:"Print maru's version."`
}

// terminal is the world as a command sees it: where it writes, and until when
// it may run.
type terminal struct {
	context.Context

	in       io.Reader
	out, err io.Writer
}

// printf writes for people. A terminal that is gone is nobody's concern.
func (t *terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

func main() {
	compute.SandboxMain() // returns unless this process is to become a sandbox
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	t := &terminal{Context: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr}
	if err := run(t, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "maru: "+err.Error())
		os.Exit(1)
	}
}

// run parses args and runs the command that they name.
func run(t *terminal, args []string) error {
	var c commands
	parser, err := kong.New(&c,
		kong.Name("maru"),
		kong.Description("The microservices architecture of AWS as one durable program.\n\n"+
			"maru up starts it; unmodified AWS SDKs, the AWS CLI, CloudFormation, SAM and CDK are its clients. "+
			"Every flag that shows a $MARU_… name can be given by that environment variable, too."),
		kong.Writers(t.out, t.err),
		kong.Vars{"data": defaultDataDir(), "endpoint": "http://" + defaultListen, "listen": defaultListen},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.UsageOnError(),
	)
	if err != nil {
		return fmt.Errorf("read the command table: %w", err)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (try maru --help)", err)
	}
	return chosen.Run(t)
}
