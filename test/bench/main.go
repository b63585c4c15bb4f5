// Command bench measures maru against the floor of the machine it runs on: a
// bare HTTP server that answers the same request after one synced commit, or
// after one read. Both are driven by the same client in the same run.
//
//	go run ./test/bench                 # all workloads, against a maru of its own
//	go run ./test/bench -only SendMessage -connections 1,16
//	go run ./test/bench -endpoint http://127.0.0.1:4566
//
// It prints a Markdown table. Figures in docs/performance.md are its output.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// options are the command's flags.
type options struct {
	endpoint    string
	only        string
	connections []int
	duration    time.Duration
	backlog     int
	floor       string // address to serve the floor on, in the child process
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run reads the flags and measures.
func run(args []string) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.endpoint, "endpoint", "", "address of a running server; by default one is built and started")
	flags.StringVar(&o.only, "only", "", "only workloads whose names contain this")
	connections := flags.String("connections", "1,16,64", "numbers of connections")
	flags.DurationVar(&o.duration, "duration", 4*time.Second, "how long each measurement runs")
	flags.IntVar(&o.backlog, "backlog", 1_000_000, "messages in the queue of the backlog workload")
	flags.StringVar(&o.floor, "floor", "", "serve the floor on this address (used by the command itself)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, text := range strings.Split(*connections, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return fmt.Errorf("-connections %s: want numbers from 1 to 1000", *connections)
		}
		o.connections = append(o.connections, n)
	}
	if o.floor != "" {
		return serveFloor(o.floor)
	}
	servers, stop, err := start(&o)
	if err != nil {
		return err
	}
	defer stop()
	return measureAll(&o, servers)
}

// measureAll runs each workload at each number of connections on the floor and
// on maru, and prints a row for each.
func measureAll(o *options, s *servers) error {
	fmt.Println("| workload | connections | floor op/s | floor p50 | floor CPU/op | maru op/s | maru p50 | maru p99 | maru CPU/op | of the floor's rate | of its CPU | client CPU/op, floor and maru |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, w := range workloads(o.backlog) {
		if !strings.Contains(w.name, o.only) {
			continue
		}
		if w.prepare != nil {
			if err := w.prepare(s.maru.address); err != nil {
				return fmt.Errorf("prepare %s: %w", w.name, err)
			}
		}
		for _, n := range o.connections {
			floor, err := measure(s.floor, n, o.duration, w.floor)
			if err != nil {
				return fmt.Errorf("floor: %w", err)
			}
			got, err := measure(s.maru, n, o.duration, w.step)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			fmt.Printf("| %s | %d | %.0f | %v | %s | %.0f | %v | %v | %s | %.0f %% | %s | %s, %s |\n", w.name, n,
				floor.rate, floor.p50, perOperation(floor.cpu, floor.counted),
				got.rate, got.p50, got.p99, perOperation(got.cpu, got.counted),
				100*got.rate/floor.rate, share(floor, got),
				perOperation(floor.client, floor.counted), perOperation(got.client, got.counted))
		}
	}
	fmt.Printf("\nPeak of resident memory: floor %d MiB, maru %d MiB.\n", usageOf(s.floor.pid).peak>>20, usageOf(s.maru.pid).peak>>20)
	return nil
}

// share tells how much processor time the floor takes for an operation, as a
// part of what maru takes: what share of the floor's rate maru would have if
// the processor were all that counts.
func share(floor, got result) string {
	if floor.cpu <= 0 || got.cpu <= 0 {
		return "-"
	}
	a, b := float64(floor.cpu)/float64(floor.counted), float64(got.cpu)/float64(got.counted)
	return fmt.Sprintf("%.0f %%", 100*a/b)
}
