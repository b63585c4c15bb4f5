package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"maru.dev/maru/test/figure"
)

// The heads of the tables.
func closedColumns() []string {
	return []string{"workload", "connections", "server", "op/s", "p50", "p99", "p99.9", "errors", "CPU/op", "client CPU/op", "of the floor's rate", "of its CPU", "of the machine's rate", "of the first server's rate"}
}

func openColumns() []string {
	return []string{"workload", "server", "load", "asked op/s", "op/s", "p50", "p99", "p99.9", "errors", "generator late, p99"}
}

// closedCells are a row of the table of closed loops.
func (r *row) closedCells() []string {
	rate := fmt.Sprintf("%.0f", r.result.rate())
	if r.result.rate() == 0 {
		rate = "-"
	} else if r.result.rate() < 100 {
		rate = fmt.Sprintf("%.1f", r.result.rate())
	}
	if r.workload.unit != "" && r.server != "floor" && r.server != "machine" {
		rate += fmt.Sprintf(" (%.0f %s)", r.result.rate()*r.workload.amount, r.workload.unit)
	}
	cells := []string{
		r.workload.name, fmt.Sprint(r.connections), r.server, rate,
		short(r.result.at(50)), short(r.result.at(99)), short(r.result.at(99.9)), fmt.Sprint(r.result.errors),
		perOperation(r.result.cpu, r.result.done()), perOperation(r.result.client, r.result.done()),
	}
	return append(cells,
		of(&r.result, &r.beside.floor), ofCPU(&r.result, &r.beside.floor), of(&r.result, &r.beside.machine), of(&r.result, &r.beside.first))
}

// openCells are a row of the table of open loops.
func (r *row) openCells() []string {
	return []string{
		r.workload.name, r.server, fmt.Sprintf("%d %%", r.load), fmt.Sprintf("%.0f", r.asked), fmt.Sprintf("%.0f", r.result.rate()),
		short(r.result.at(50)), short(r.result.at(99)), short(r.result.at(99.9)), fmt.Sprint(r.result.errors), short(r.late),
	}
}

// of is what share of b's rate a has, unless it is the same one.
func of(a, b *result) string {
	if a.latency == b.latency || ratio(a.rates, b.rates) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*ratio(a.rates, b.rates))
}

// ofCPU is how much processor time b takes for an operation, as a part of what a
// takes: what share of b's rate a would have if the processor were all that
// counts.
func ofCPU(a, b *result) string {
	if a.latency == b.latency || a.cpu <= 0 || b.cpu <= 0 || a.done() == 0 || b.done() == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*(float64(b.cpu)/float64(b.done()))/(float64(a.cpu)/float64(a.done())))
}

// short writes a latency with as much as it is good for.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// perOperation writes processor time for each of n operations.
func perOperation(cpu time.Duration, n int64) string {
	if cpu <= 0 || n == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1fµs", float64(cpu.Nanoseconds())/1000/float64(n))
}

// report tells of memory, and writes the files.
func (t *suite) report() error {
	var b strings.Builder
	fmt.Fprintf(&b, "Peak of resident memory:")
	for _, s := range append([]*server{t.floor}, t.servers...) {
		fmt.Fprintf(&b, " %s %d MiB;", s.name, s.memory()>>20)
	}
	memory := strings.TrimSuffix(b.String(), ";") + "."
	fmt.Println("\n" + memory)
	if t.o.out != "" {
		if err := t.write(memory); err != nil {
			return err
		}
	}
	if len(t.missing) > 0 {
		return fmt.Errorf("%d workloads were not measured", len(t.missing))
	}
	return nil
}

// write writes closed.md and closed.svg, and for open loops open.md and
// open.svg.
func (t *suite) write(memory string) error {
	var closed, open [][]string
	for _, r := range t.rows {
		if r.load == 0 {
			closed = append(closed, r.closedCells())
		} else {
			open = append(open, r.openCells())
		}
	}
	err := save(t.o.out, "closed", "Rates and latencies", figure.Table(closedColumns(), closed)+"\n"+memory+"\n", t.rateChart(), t.latencyChart())
	if err == nil && len(open) > 0 {
		err = save(t.o.out, "open", "Latency at fixed rates", figure.Table(openColumns(), open), t.openCharts()...)
	}
	return err
}

// save writes NAME.md and NAME.svg.
func save(dir, name, title, table string, charts ...figure.Chart) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := fmt.Sprintf("# %s\n\n`go run ./test/bench %s`, %s.\n\n![](%s.svg)\n\n%s", title, strings.Join(os.Args[1:], " "), machine(), name, table)
	if err := os.WriteFile(filepath.Join(dir, name+".md"), []byte(text), 0o644); err != nil {
		return err
	}
	return figure.SaveSVG(filepath.Join(dir, name+".svg"), charts...)
}

// machine is a line about where figures were measured.
func machine() string {
	model := "an unknown processor"
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := bytes.Cut(raw, []byte("model name\t: ")); ok {
			name, _, _ := bytes.Cut(rest, []byte("\n"))
			model = string(name)
		}
	}
	load := ""
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load average at the end " + strings.Join(strings.Fields(string(raw))[:2], " ")
	}
	return fmt.Sprintf("%s, %d cores of %s, %s%s; the load generator and all servers on the same machine", time.Now().Format(time.DateOnly), runtime.NumCPU(), model, runtime.Version(), load)
}

// busiest are the rows of each workload at the most connections, of servers in
// the order of names.
func (t *suite) busiest() (groups []string, names []string, at func(group, name string) *row) {
	found := make(map[[2]string]*row)
	for i := range t.rows {
		r := &t.rows[i]
		if r.load != 0 || r.workload.connections != nil {
			continue
		}
		if !slices.Contains(groups, r.workload.name) {
			groups = append(groups, r.workload.name)
		}
		if !slices.Contains(names, r.server) {
			names = append(names, r.server)
		}
		found[[2]string{r.workload.name, r.server}] = r // later rows have more connections
	}
	return groups, names, func(group, name string) *row { return found[[2]string{group, name}] }
}

// rateChart has a group of bars for each workload.
func (t *suite) rateChart() figure.Chart {
	return t.chart("operations a second, with the most connections", "operations a second", false, func(r *row) float64 { return r.result.rate() }, "")
}

// latencyChart has the servers' medians and 99th percentiles.
func (t *suite) latencyChart() figure.Chart {
	c := t.chart("latency, with the most connections", "milliseconds", true, func(r *row) float64 { return milliseconds(r.result.at(50)) }, " p50")
	high := t.chart("", "", true, func(r *row) float64 { return milliseconds(r.result.at(99)) }, " p99")
	c.Series = append(c.Series, high.Series...)
	return c
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// chart has a value of each server for each workload.
func (t *suite) chart(title, unit string, log bool, value func(*row) float64, suffix string) figure.Chart {
	groups, names, at := t.busiest()
	c := figure.Chart{Title: title, Y: unit, Log: log, Groups: groups}
	for _, name := range names {
		s := figure.Series{Name: name + suffix}
		for _, group := range groups {
			v := 0.0
			if r := at(group, name); r != nil {
				v = value(r)
			}
			s.Y = append(s.Y, v)
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// openCharts have, for each workload, latency over load.
func (t *suite) openCharts() (charts []figure.Chart) {
	for i := range t.rows {
		r := &t.rows[i]
		if r.load == 0 {
			continue
		}
		last := len(charts) - 1
		if last < 0 || charts[last].Title != r.workload.name {
			charts = append(charts, figure.Chart{Title: r.workload.name, X: "load, percent of the closed loop's rate", Y: "milliseconds", Log: true})
			last++
		}
		for _, p := range []float64{50, 99, 99.9} {
			charts[last].Series = point(charts[last].Series, fmt.Sprintf("%s p%v", r.server, p), float64(r.load), milliseconds(r.result.at(p)))
		}
	}
	return charts
}

// point adds a point to the series of that name.
func point(all []figure.Series, name string, x, y float64) []figure.Series {
	i := slices.IndexFunc(all, func(s figure.Series) bool { return s.Name == name })
	if i < 0 {
		all, i = append(all, figure.Series{Name: name}), len(all)
	}
	all[i].X, all[i].Y = append(all[i].X, x), append(all[i].Y, y)
	return all
}
