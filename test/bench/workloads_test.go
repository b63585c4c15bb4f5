package main

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/internal/testenv"
)

// A workload that nobody has run for a while is one that no longer works.
func TestEveryWorkloadDoesItsWorkWithoutAnError(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program, and a function")
	}
	p := testenv.Process(t)
	s := &server{name: "maru", address: strings.TrimPrefix(p.URL(), "http://"), pid: p.PID()}
	for _, w := range workloads(&options{backlog: 1000, logs: 1}) {
		interpreter := map[string]string{"Cold function, Python": "python3", "Cold function, Node": "node"}[w.name]
		if _, err := exec.LookPath(interpreter); interpreter != "" && err != nil {
			t.Logf("%s is left out: %v", w.name, err)
			continue
		}
		if w.whole != nil {
			continue // they kill the server, or want a rate that a busy machine has not
		}
		do, err := w.prepare(s)
		if err != nil {
			t.Errorf("prepare %s: %v", w.name, err)
			continue
		}
		do10(t, s, w.name, do)
	}
	for _, g := range growths(&options{large: 1000}) {
		steps, err := g.fill(s, g.large)
		if err != nil {
			t.Errorf("prepare %s: %v", g.name, err)
		}
		for _, each := range steps {
			do10(t, s, g.name+", "+each.name, each.do)
		}
	}
}

func TestWhatNoServerCanDoIsTold(t *testing.T) {
	t.Parallel()
	s := suite{o: &options{connections: []int{1}, rounds: 1}, servers: []*server{{name: "maru"}}}
	s.measure(&workload{name: "Fly", prepare: func(*server) (step, error) { return nil, errors.New("no wings") }})
	if len(s.missing) != 1 || s.missing[0] != "Fly on maru: no wings" {
		t.Errorf("%q", s.missing)
	}
}

// do10 runs a step ten times.
func do10(t *testing.T, s *server, name string, do step) {
	t.Helper()
	err := once(s.address, func(c *conn) error {
		for range 10 {
			c.n++
			c.began = time.Now()
			if err := do(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestEventsAreCountedFromWhenTheyWereDue(t *testing.T) {
	t.Parallel()
	answer := `{"Messages":[{"Body":"{\"detail\":{\"due\":\"1000000000\"}}"},{"Body":"{\"detail\":{\"due\":\"x\"}}"},{"Body":"no event"}]}`
	if got := dues([]byte(answer)); len(got) != 1 || got[0].Unix() != 1 {
		t.Errorf("%v", got)
	}
}
