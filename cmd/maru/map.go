package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/api/xray"
	"maru.dev/maru/client"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/wire"
)

// mapCommand draws the service map as text.
type mapCommand struct {
	observer

	Since time.Duration
	Group string
	JSON  bool
}

// newMap is maru map.
func newMap(t *terminal) *cobra.Command {
	var c mapCommand
	cmd := &cobra.Command{
		Use:   "map",
		Short: "Draw who calls whom, with rates, latencies, errors and faults.",
		Long:  `Each service has how often it was asked, how long it took on average, and which shares were errors (the caller's fault), throttles and faults (its own); below it is whom it has called, with the same numbers. The map is made of traces: what was not sampled is not in it.`,
		Example: `  maru map                                         # the last ten minutes
  maru map --since 1h
  maru map --group checkout --json`,
		RunE: t.observes(&c.observer, c.run),
	}
	cli.Declare(cmd, c.flags()...)
	cli.Declare(cmd, []cli.Flag{
		{Name: "since", Shown: "DURATION", Value: cli.Duration(&c.Since, 10*time.Minute), Help: "Requests of so long."},
		{Name: "group", Shown: "NAME", Value: cli.Text(&c.Group, ""), Help: "Only requests of a group of X-Ray's."},
		{Name: "json", Value: cli.Switch(&c.JSON), Help: "Print JSON."},
	}...)
	return cmd
}

// run asks and draws.
func (c *mapCommand) run(t *terminal) error {
	at, err := c.caller()
	if err != nil {
		return err
	}
	now, err := c.serverNow(t)
	if err != nil {
		return err
	}
	in := &xray.GetServiceGraphInput{StartTime: now.Add(-c.Since), EndTime: now.Add(time.Second)}
	if c.Group != "" {
		in.GroupName = &c.Group
	}
	var services []xray.ServiceShape
	for more := true; more; more = in.NextToken != nil {
		page, err := client.Do[xray.GetServiceGraphOutput](t, at, xray.Model, "GetServiceGraph", in)
		if err != nil {
			return err
		}
		in.NextToken = page.NextToken
		services = append(services, page.Services...)
	}
	nodes := nodesOf(services)
	if c.JSON {
		return printJSON(t, nodes)
	}
	t.printf("%s", drawMap(nodes, c.Since))
	return nil
}

// node is a service of the map.
type node struct {
	Name  string  `json:"name"`
	Kind  string  `json:"kind"`
	Calls []arrow `json:"calls,omitempty"`
	share
}

// arrow is an edge of the map.
type arrow struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	share
}

// share is how requests have ended.
type share struct {
	Requests  int64   `json:"requests"`
	Errors    int64   `json:"errors"` // without throttles
	Throttles int64   `json:"throttles"`
	Faults    int64   `json:"faults"`
	Seconds   float64 `json:"seconds"` // all together
}

// add counts more requests in.
func (s *share) add(more share) {
	s.Requests += more.Requests
	s.Errors += more.Errors
	s.Throttles += more.Throttles
	s.Faults += more.Faults
	s.Seconds += more.Seconds
}

// joined makes one service of a function and of Lambda, which runs it: X-Ray
// tells them apart, and who looks at the map does not. Callers of Lambda call
// the function.
func joined(services []xray.ServiceShape) []xray.ServiceShape {
	functions := make(map[string]int32)
	for _, s := range services {
		if wire.Value(s.Type) == "AWS::Lambda::Function" {
			functions[wire.Value(s.Name)] = *s.ReferenceId
		}
	}
	into := make(map[int32]int32)
	for _, s := range services {
		if own, ok := functions[wire.Value(s.Name)]; ok && wire.Value(s.Type) == "AWS::Lambda" {
			into[*s.ReferenceId] = own
		}
	}
	var list []xray.ServiceShape
	for _, s := range services {
		if _, gone := into[*s.ReferenceId]; gone {
			continue
		}
		s.Edges = slices.Clone(s.Edges)
		for i, e := range s.Edges {
			if own, ok := into[*e.ReferenceId]; ok {
				s.Edges[i].ReferenceId = &own
			}
		}
		list = append(list, s)
	}
	return list
}

// nodesOf is a graph with callers before those whom they call, as far as there
// is such an order.
func nodesOf(services []xray.ServiceShape) []node {
	services = joined(services)
	byID := make(map[int32]xray.ServiceShape)
	called := make(map[int32]bool)
	for _, s := range services {
		byID[*s.ReferenceId] = s
		for _, e := range s.Edges {
			called[*e.ReferenceId] = true
		}
	}
	var nodes []node
	seen := make(map[int32]bool)
	var visit func(s xray.ServiceShape)
	visit = func(s xray.ServiceShape) {
		if seen[*s.ReferenceId] {
			return
		}
		seen[*s.ReferenceId] = true
		n := node{Name: wire.Value(s.Name), Kind: kind(s)}
		if st := s.SummaryStatistics; st != nil {
			n.share = shareOf(st.TotalCount, st.ErrorStatistics, st.FaultStatistics, st.TotalResponseTime)
		}
		at := len(nodes)
		nodes = append(nodes, n)
		edges := slices.Clone(s.Edges)
		slices.SortStableFunc(edges, func(a, b xray.Edge) int {
			return cmp.Or(cmp.Compare(wire.Value(byID[*a.ReferenceId].Name), wire.Value(byID[*b.ReferenceId].Name)), cmp.Compare(*a.ReferenceId, *b.ReferenceId))
		})
		for _, e := range edges {
			to := byID[*e.ReferenceId]
			out := arrow{Name: wire.Value(to.Name), Kind: kind(to)}
			if st := e.SummaryStatistics; st != nil {
				out.share = shareOf(st.TotalCount, st.ErrorStatistics, st.FaultStatistics, st.TotalResponseTime)
			}
			calls := &nodes[at].Calls
			if last := len(*calls) - 1; last >= 0 && (*calls)[last].Name == out.Name && (*calls)[last].Kind == out.Kind {
				(*calls)[last].add(out.share)
				continue
			}
			*calls = append(*calls, out)
			visit(to)
		}
	}
	for _, first := range []bool{true, false} { // a circle has no beginning, and is found last
		for _, s := range services {
			if !first || !called[*s.ReferenceId] {
				visit(s)
			}
		}
	}
	return nodes
}

// kind is a service's type in a word or two.
func kind(s xray.ServiceShape) string {
	return strings.ReplaceAll(strings.TrimPrefix(wire.Value(s.Type), "AWS::"), "::", " ")
}

// shareOf reads X-Ray's statistics.
func shareOf(total *int64, errors *xray.ErrorStatistics, faults *xray.FaultStatistics, seconds *float64) share {
	number := func(p *int64) int64 {
		if p == nil {
			return 0
		}
		return *p
	}
	s := share{Requests: number(total)}
	if errors != nil {
		s.Throttles = number(errors.ThrottleCount)
		s.Errors = number(errors.TotalCount) - s.Throttles
	}
	if faults != nil {
		s.Faults = number(faults.TotalCount)
	}
	if seconds != nil {
		s.Seconds = *seconds
	}
	return s
}

// drawMap is the map as text.
func drawMap(nodes []node, over time.Duration) string {
	var b strings.Builder
	wide, shown := 0, 0
	for _, n := range nodes {
		if n.Kind == "client" {
			continue
		}
		shown++
		wide = max(wide, len(n.Name)+len(n.Kind)+2)
		for _, e := range n.Calls {
			wide = max(wide, len(e.Name)+len(e.Kind)+8)
		}
	}
	if shown == 0 {
		return fmt.Sprintf("No requests in the last %s.\n", over)
	}
	fmt.Fprintf(&b, "  %-*s  %9s  %8s  %6s  %6s  %6s\n", wide, fmt.Sprintf("%d services in %s", shown, over), "rate", "latency", "errors", "thrott", "faults")
	for _, n := range nodes {
		if n.Kind == "client" {
			continue // whoever asks from outside: the node that it asks has the same numbers
		}
		b.WriteByte('\n')
		n.row(&b, n.Kind+"  "+n.Name, wide, over)
		for _, e := range n.Calls {
			e.row(&b, "  └─> "+e.Kind+"  "+e.Name, wide, over)
		}
	}
	return b.String()
}

// row writes the numbers of a node or an edge.
func (s share) row(b *strings.Builder, name string, wide int, over time.Duration) {
	mark := " "
	switch {
	case s.Faults > 0:
		mark = "X"
	case s.Errors+s.Throttles > 0:
		mark = "!"
	}
	latency := "-"
	if s.Requests > 0 {
		latency = brief(seconds(s.Seconds / float64(s.Requests)))
	}
	name += strings.Repeat(" ", max(wide-len([]rune(name)), 0))
	line := fmt.Sprintf("%s %s  %9s  %8s  %6s  %6s  %6s", mark, name, rate(float64(s.Requests), over), latency,
		s.percent(s.Errors), s.percent(s.Throttles), s.percent(s.Faults))
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// percent is a part of the requests; nothing where there is none.
func (s share) percent(part int64) string {
	if part == 0 || s.Requests == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(part)/float64(s.Requests), 'f', 1, 64) + "%"
}

// rate is how often something happened, in the unit in which it is a number
// that means something.
func rate(n float64, over time.Duration) string {
	switch perSecond := n / over.Seconds(); {
	case n == 0:
		return "-"
	case perSecond >= 10:
		return fmt.Sprintf("%.0f/s", perSecond)
	case perSecond >= 0.1:
		return fmt.Sprintf("%.1f/s", perSecond)
	case perSecond*60 >= 0.1:
		return fmt.Sprintf("%.1f/min", perSecond*60)
	default:
		return fmt.Sprintf("%.1f/h", perSecond*3600)
	}
}
