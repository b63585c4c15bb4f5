// Command bench is a load generator for servers that speak AWS's protocols. It
// measures maru, or others, against each other and against the floor of the
// machine: a bare HTTP server that answers the same request after one synced
// commit of a store, or after one synced append. See -help.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// manual is what -help says before the flags.
const manual = `bench measures servers that speak AWS's protocols, on this machine.

    go run ./test/bench                                   # this tree's maru, all workloads
    go run ./test/bench -only SendMessage -connections 1,16
    go run ./test/bench -endpoint self -endpoint other=http://127.0.0.1:4567#4242
    go run ./test/bench -endpoint before=/tmp/maru-old -endpoint after=self -only PutItem
    go run ./test/bench -open 25,50,75 -only GetItem      # latency at fixed rates, too
    go run ./test/bench -only scale                       # does cost grow with what is stored?
    go run ./test/bench -only scale -endpoint few=http://127.0.0.1:4566#17 -endpoint many=http://127.0.0.1:4567#18
    go run ./test/bench -out docs/performance             # write tables and plots (make bench)

Each workload runs closed-loop (as fast as a number of connections goes) on every
server in turn, a few rounds each, so that what else the machine does strikes all
of them. Ratios are medians of the rounds'. CPU/op is the server's processor time
for an operation, the steadiest figure on a machine that others use. "floor" is a
net/http server that answers after one synced commit (or one get) of the store
that maru uses, "machine" one that answers after an append and an fdatasync which
all who wait share (or at once).

With -open, operations then arrive at a fixed rate, a share of what was reached,
whether the server keeps up or not. Their latency counts from the moment they
were due, so a stall is in the figures of all that it held up.

Servers are "self" (a maru built from this tree and started on a new folder), a
maru program, or a URL; #PID lets processor time and memory of a server be read
that bench has not started. Requests carry no valid signature.

Workloads:
`

// options are the command's flags.
type options struct {
	endpoints   []string
	only        string
	connections []int
	loads       []int // percent of the closed loop's rate
	duration    time.Duration
	rounds      int
	backlog     int
	large       int // items of the large case of scale
	logs        int // megabytes to search
	within      int // percent of the rate beside few that scale wants
	out         string
	floor       string // address to serve the floor on, in the child process
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// parse reads the flags.
func parse(args []string) (*options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Func("endpoint", "`server` to measure: self, a maru program, or a URL; [NAME=]URL[#PID]. Repeat it for several (default self)", func(s string) error {
		o.endpoints = append(o.endpoints, s)
		return nil
	})
	flags.StringVar(&o.only, "only", "", "only workloads whose names contain this; scale for those")
	connections := flags.String("connections", "1,16,64", "numbers of connections")
	loads := flags.String("open", "", "shares of the closed loop's rate at which to measure open-loop, in percent, as 25,50,75")
	flags.DurationVar(&o.duration, "duration", 2*time.Second, "how long each round runs")
	flags.IntVar(&o.rounds, "rounds", 3, "rounds of each measurement")
	flags.IntVar(&o.backlog, "backlog", 1_000_000, "messages in the queue of the backlog workload")
	flags.IntVar(&o.large, "large", 1_000_000, "messages and items of the large case of scale; of executions there are a tenth, of queues, topics, rules and functions a hundredth")
	flags.IntVar(&o.within, "within", 0, "percent of the rate beside few that scale wants beside many, or it fails")
	flags.IntVar(&o.logs, "logs", 100, "megabytes of logs to search")
	flags.StringVar(&o.out, "out", "", "folder to write tables (Markdown) and plots (SVG) to")
	flags.StringVar(&o.floor, "floor", "", "serve the floor on this address (used by the command itself)")
	flags.Usage = func() {
		w := flags.Output()
		fmt.Fprint(w, manual)
		for _, each := range workloads(&o) {
			fmt.Fprintf(w, "    %-38s %s\n", each.name, each.about)
		}
		for _, each := range growths(&o) {
			fmt.Fprintf(w, "    %-38s %s\n", each.name, each.about)
		}
		fmt.Fprint(w, "\nFlags:\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if o.connections, err = numbers(*connections, 1000); err != nil {
		return nil, fmt.Errorf("-connections: %w", err)
	}
	if o.loads, err = numbers(*loads, 200); err != nil {
		return nil, fmt.Errorf("-open: %w", err)
	}
	if o.rounds < 1 || o.duration <= 0 || o.large < 1000 {
		return nil, errors.New("-rounds is at least 1, -duration above 0, -large at least 1000")
	}
	if len(o.endpoints) == 0 {
		o.endpoints = []string{"self"}
	}
	return &o, nil
}

// numbers reads a list such as 1,16,64.
func numbers(text string, most int) (list []int, err error) {
	if text == "" {
		return nil, nil
	}
	for one := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 1 || n > most {
			return nil, fmt.Errorf("%s: want numbers from 1 to %d", text, most)
		}
		list = append(list, n)
	}
	return list, nil
}

// run reads the flags and measures.
func run(args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.floor != "" {
		return serveFloor(o.floor)
	}
	w, err := newWorld()
	if err != nil {
		return err
	}
	defer w.close()
	if strings.HasPrefix(strings.ToLower(o.only), "scale") {
		return measureScale(o, w)
	}
	return measureAll(o, w)
}
