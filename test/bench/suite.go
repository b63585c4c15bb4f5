package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of a table.
type row struct {
	workload    *workload
	connections int
	load        int     // percent of the closed loop's rate; 0: closed
	asked       float64 // operations a second that were to come
	server      string
	result      result
	beside      *beside       // nil: open-loop
	late        time.Duration // of this process, open-loop, at the 99th percentile
}

// beside is what was measured in turns with a row: of the same workload with as many
// connections.
type beside struct {
	floor, machine result // empty where there is none
	first          result // of the first server
}

// suite measures workloads on servers.
type suite struct {
	o       *options
	floor   *server
	servers []*server
	rows    []row
	missing []string // what could not be measured
}

// measureAll measures every workload, and reports.
func measureAll(o *options, w *world) error {
	t := &suite{o: o}
	var err error
	if t.floor, err = w.startFloor(); err != nil {
		return err
	}
	for _, text := range o.endpoints {
		s, err := w.endpoint(text)
		if err != nil {
			return err
		}
		t.servers = append(t.servers, s)
	}
	head(closedColumns())
	for _, each := range workloads(o) {
		if strings.Contains(each.name, o.only) {
			t.measure(&each)
		}
	}
	return t.report()
}

// lane is one server in a workload, with what it is asked.
type lane struct {
	name string
	to   *server
	do   step
	sum  result
}

// measure runs a workload at each number of connections.
func (t *suite) measure(w *workload) {
	var lanes []*lane
	for _, s := range t.servers {
		l := &lane{name: s.name, to: s}
		if w.prepare != nil {
			var err error
			if l.do, err = w.prepare(s); err != nil {
				t.miss("%s on %s: %v", w.name, s.name, err)
				continue
			}
		}
		lanes = append(lanes, l)
	}
	if len(lanes) == 0 {
		return
	}
	connections := w.connections
	if connections == nil {
		connections = t.o.connections
	}
	for _, n := range connections {
		if w.whole != nil {
			t.whole(w, n, lanes)
		} else {
			t.closed(w, n, lanes)
		}
	}
	if w.whole == nil {
		for _, load := range t.o.loads {
			t.open(w, slices.Max(connections), load, lanes)
		}
	}
}

// miss tells what could not be measured.
func (t *suite) miss(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.missing = append(t.missing, text)
	fmt.Println("not measured: " + text)
}

// whole has a workload measure by itself.
func (t *suite) whole(w *workload, n int, lanes []*lane) {
	for _, l := range lanes {
		var err error
		if l.sum, err = w.whole(l.to, t.o.duration*time.Duration(t.o.rounds)); err != nil {
			t.miss("%s on %s: %v", w.name, l.name, err)
			continue
		}
		t.add(row{workload: w, connections: n, server: l.name, result: l.sum, beside: &beside{first: lanes[0].sum}})
	}
}

// closed measures all servers and the floors in turns.
func (t *suite) closed(w *workload, n int, lanes []*lane) {
	onStore, onMachine, err := w.floors(lanes[0].to, lanes[0].do)
	if err != nil {
		t.miss("%s: %v", w.name, err)
		return
	}
	floor := &lane{name: "floor", to: t.floor, do: onStore}
	machine := &lane{name: "machine", to: t.floor, do: onMachine}
	all := append([]*lane{machine, floor}, lanes...)
	if w.connections != nil { // a workload that is not about rates
		all = lanes
	}
	for _, l := range all {
		l.sum = result{}
	}
	for range t.o.rounds {
		for _, l := range all {
			l.sum.add(closed(l.to, n, t.o.duration, l.do))
		}
	}
	with := &beside{floor: floor.sum, machine: machine.sum, first: lanes[0].sum}
	for _, l := range all {
		t.add(row{workload: w, connections: n, server: l.name, result: l.sum, beside: with})
	}
}

// open measures servers at a share of the rate that they reached.
func (t *suite) open(w *workload, n, load int, lanes []*lane) {
	for _, l := range lanes {
		rate := l.sum.rate() * float64(load) / 100
		if rate < 1 {
			continue
		}
		duration := t.o.duration * time.Duration(t.o.rounds)
		r, late := open(l.to, n, rate, duration, l.do)
		t.add(row{workload: w, connections: n, load: load, asked: rate, server: l.name, result: r, late: late})
	}
}

// add keeps and prints a row.
func (t *suite) add(r row) {
	t.rows = append(t.rows, r)
	if r.load == 0 {
		fmt.Println("| " + strings.Join(r.closedCells(), " | ") + " |")
	} else {
		fmt.Println("| " + strings.Join(r.openCells(), " | ") + " |")
	}
	if r.result.fault != nil {
		fmt.Printf("%s on %s, the first of %d errors: %v\n", r.workload.name, r.server, r.result.errors, r.result.fault)
	}
}

// head prints the head of a table.
func head(columns []string) {
	fmt.Printf("| %s |\n%s|\n", strings.Join(columns, " | "), strings.Repeat("|---", len(columns)))
}
