// Package w10_test deploys the shop on a real maru, sends orders of which some
// fail, and holds the map against what it has sent.
package w10_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"maru.dev/maru/clock"
	"maru.dev/maru/examples/internal/apptest"
	"maru.dev/maru/internal/testenv"
)

// shop is the deployed example.
type shop struct {
	*apptest.App

	proc *testenv.Proc
}

// deploy starts maru, deploys the example on it, and sells one item out.
func deploy(t *testing.T) shop {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs whole programs")
	}
	if !apptest.Has(t, "python3") {
		t.Skip("there is no python3 here")
	}
	p := testenv.Process(t)
	s := shop{apptest.Deploy(t, p, nil), p}
	_, err := p.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new(s.Outputs["Items"]), Item: map[string]dynamodbtypes.AttributeValue{
		"item": &dynamodbtypes.AttributeValueMemberS{Value: "gold"}, "soldOut": &dynamodbtypes.AttributeValueMemberBOOL{Value: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sell sends good orders, orders for what is sold out, and orders with a card
// that the bank does not take.
func (s shop) sell(t *testing.T, good, soldOut, broken int) {
	t.Helper()
	for _, kind := range []struct {
		n, want    int
		item, card string
	}{{good, http.StatusOK, "tea", "good"}, {soldOut, http.StatusConflict, "gold", "good"}, {broken, http.StatusBadGateway, "tea", "broken"}} {
		for range kind.n {
			answer, err := s.Ask(t.Context(), http.MethodPost, "/orders", map[string]string{"item": kind.item, "card": kind.card})
			if err != nil || answer.Status != kind.want {
				t.Fatalf("order of %s: %v %+v, want %d", kind.item, err, answer, kind.want)
			}
		}
	}
}

// picture is the map as text: nodes and edges ("a → b"), each with how its
// requests have ended, and how long a request took.
type picture struct {
	counts  map[string]string
	latency map[string]time.Duration
}

// look reads the map.
func (s shop) look(t *testing.T) picture {
	t.Helper()
	now := clock.System{}.Now()
	out, err := s.proc.XRay().GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: new(now.Add(-time.Hour)), EndTime: new(now.Add(time.Minute))})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{s.Outputs["Items"]: "items"}
	for _, function := range []string{"Shop", "Stock", "Price", "Pay"} {
		names[s.Outputs[function]] = strings.ToLower(function)
	}
	byID := map[int32]string{}
	for _, n := range out.Services {
		name, ok := names[*n.Name]
		switch {
		case *n.Type == "client":
			continue
		case *n.Type == "AWS::ApiGateway::Stage":
			name = "api"
		case !ok:
			continue // what was called for the deployment
		case *n.Type == "AWS::Lambda::Function":
			name += "()"
		}
		byID[*n.ReferenceId] = name
	}
	p := picture{map[string]string{}, map[string]time.Duration{}}
	for _, n := range out.Services {
		name, ok := byID[*n.ReferenceId]
		if !ok {
			continue
		}
		if st := n.SummaryStatistics; st != nil {
			p.add(name, *st.TotalCount, *st.OkCount, *st.TotalResponseTime, st.ErrorStatistics, st.FaultStatistics)
		}
		for _, e := range n.Edges {
			st := e.SummaryStatistics
			p.add(name+" → "+byID[*e.ReferenceId], *st.TotalCount, *st.OkCount, *st.TotalResponseTime, st.ErrorStatistics, st.FaultStatistics)
		}
	}
	return p
}

// add adds the statistics of a node or an edge.
func (p picture) add(name string, total, ok int64, seconds float64, errors *types.ErrorStatistics, faults *types.FaultStatistics) {
	p.counts[name] = fmt.Sprintf("%d: %d ok, %d errors, %d faults", total, ok, *errors.TotalCount, *faults.TotalCount)
	if total > 0 {
		p.latency[name] = time.Duration(seconds / float64(total) * float64(time.Second))
	}
}

// expected is the map of what sell has sent. The table has one request more: who
// sold the item out.
func expected(good, soldOut, broken int) map[string]string {
	all, paid := good+soldOut+broken, good+broken
	ended := func(total, errors, faults int) string {
		return fmt.Sprintf("%d: %d ok, %d errors, %d faults", total, total-errors-faults, errors, faults)
	}
	return map[string]string{
		"api": ended(all, soldOut, broken), "api → shop": ended(all, soldOut, broken), // as the API sees the answer
		"shop": ended(all, 0, 0), "shop → shop()": ended(all, 0, 0), "shop()": ended(all, 0, 0),
		"shop() → stock": ended(all, 0, 0), "stock": ended(all, 0, 0), "stock → stock()": ended(all, 0, 0), "stock()": ended(all, 0, 0),
		"stock() → items": ended(all, soldOut, 0), "items": ended(all+1, soldOut, 0),
		"shop() → price": ended(paid, 0, 0), "price": ended(paid, 0, 0), "price → price()": ended(paid, 0, 0), "price()": ended(paid, 0, 0),
		"shop() → pay": ended(paid, 0, broken), "pay": ended(paid, 0, broken), "pay → pay()": ended(paid, 0, broken), "pay()": ended(paid, 0, broken),
	}
}

// drawn waits until the map is as expected.
func (s shop) drawn(t *testing.T, want map[string]string) picture {
	t.Helper()
	var got picture
	defer func() {
		if t.Failed() {
			t.Log(cmp.Diff(want, got.counts))
		}
	}()
	testenv.Eventually(t, "the map", func() bool {
		got = s.look(t)
		return maps.Equal(got.counts, want)
	})
	return got
}

func TestTheMapShowsWhoCallsWhomAndHowItEnds(t *testing.T) {
	t.Parallel()
	s := deploy(t)
	s.sell(t, 6, 3, 2)
	p := s.drawn(t, expected(6, 3, 2))
	const slow = 300 * time.Millisecond // as app.py says
	for _, name := range []string{"price()", "shop() → price", "price"} {
		if got := p.latency[name]; got < slow || got > time.Minute {
			t.Errorf("%s takes %v", name, got)
		}
	}
	var others []string
	for _, name := range []string{"items", "pay()", "stock()"} {
		if p.latency[name] >= p.latency["price()"] { // however busy the machine is
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		t.Errorf("as slow as the price are %v: %v", others, p.latency)
	}
}

func TestTheMapLeadsToTheTracesBehindIt(t *testing.T) {
	t.Parallel()
	s := deploy(t)
	s.sell(t, 2, 1, 1)
	s.drawn(t, expected(2, 1, 1))
	now := clock.System{}.Now()
	for filter, want := range map[string]int{
		`service("` + s.Outputs["Pay"] + `") { fault = true }`:                                1,
		`edge("` + s.Outputs["Stock"] + `", "` + s.Outputs["Items"] + `") { error = true }`:   1,
		`service("` + s.Outputs["Price"] + `") { responsetime >= 0.3 } AND http.status = 200`: 2,
	} {
		out, err := s.proc.XRay().GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{
			StartTime: new(now.Add(-time.Hour)), EndTime: new(now.Add(time.Minute)), FilterExpression: &filter,
		})
		if err != nil || len(out.TraceSummaries) != want {
			t.Errorf("%s: %d traces (%v), want %d", filter, len(out.TraceSummaries), err, want)
		}
	}
}

// Half of the orders are sent before a kill, half of them after it: the map
// knows all.
func TestTheMapOutlivesAKill(t *testing.T) {
	t.Parallel()
	s := deploy(t)
	s.sell(t, 2, 1, 1)
	before := s.drawn(t, expected(2, 1, 1)) // spans wait 150 ms, which is what a crash may take
	s.proc.Restart()
	if after := s.look(t); !maps.Equal(after.counts, before.counts) {
		t.Errorf("after the kill: %s", cmp.Diff(before.counts, after.counts))
	}
	s.sell(t, 2, 1, 1)
	p := s.drawn(t, expected(4, 2, 2))
	if names := slices.Sorted(maps.Keys(p.counts)); len(names) != len(expected(0, 0, 0)) {
		t.Errorf("the map has %q", names)
	}
}
