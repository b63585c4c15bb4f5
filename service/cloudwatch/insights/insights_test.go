package insights_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/service/cloudwatch/insights"
)

func TestParseReadsEveryClause(t *testing.T) {
	t.Parallel()
	got, err := insights.Parse(`select SUM(RequestCount) FROM SCHEMA("AWS/ApplicationELB", LoadBalancer, AvailabilityZone)
		WHERE LoadBalancer = 'app/load-balancer-1' AND "Zone\"x" != 'b' GROUP BY AvailabilityZone, LoadBalancer ORDER BY MAX() DESC LIMIT 5`)
	if err != nil {
		t.Fatal(err)
	}
	want := &insights.Query{
		Function: "SUM", Metric: "RequestCount", Namespace: "AWS/ApplicationELB", Schema: []string{"AvailabilityZone", "LoadBalancer"},
		Where:   [][]insights.Condition{{{Name: "LoadBalancer", Value: "app/load-balancer-1"}, {Name: `Zone"x`, Not: true, Value: "b"}}},
		GroupBy: []string{"AvailabilityZone", "LoadBalancer"}, OrderBy: "MAX", Desc: true, Limit: 5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMatchHoldsSchemaAndConditions(t *testing.T) {
	t.Parallel()
	dims := map[string]string{"a": "1", "b": "2"}
	for query, want := range map[string]bool{
		`SELECT AVG(m) FROM n`:                                            true,
		`SELECT AVG(m) FROM SCHEMA(n)`:                                    false,
		`SELECT AVG(m) FROM SCHEMA(n, b, a)`:                              true,
		`SELECT AVG(m) FROM SCHEMA(n, b)`:                                 false,
		`SELECT AVG(m) FROM n WHERE a = '1'`:                              true,
		`SELECT AVG(m) FROM n WHERE a != '1'`:                             false,
		`SELECT AVG(m) FROM n WHERE c != '1'`:                             true,
		`SELECT AVG(m) FROM n WHERE a = '1' AND b = '3'`:                  false,
		`SELECT AVG(m) FROM n WHERE a = '1' AND b = '3' OR b = '2'`:       true,
		`SELECT AVG(m) FROM n WHERE a = '1' AND b = '2' GROUP BY missing`: true,
	} {
		q, err := insights.Parse(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if got := q.Match(dims); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"SELECT", "SELECT p99(m) FROM n", "SELECT AVG(m)", "SELECT AVG(m) FROM AWS/EC2", "SELECT AVG(LIMIT) FROM n", "SELECT AVG(m) FROM n WHERE a = 1",
		"SELECT AVG(m) FROM n LIMIT 501", "SELECT AVG(m) FROM n LIMIT x", "SELECT AVG(m) FROM n ORDER BY a", "SELECT AVG(m) FROM n extra", `SELECT AVG("m) FROM n`, "SELECT AVG(m) FROM n;",
	} {
		if _, err := insights.Parse(query); err == nil {
			t.Errorf("%q was read", query)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`SELECT AVG(m) FROM SCHEMA("n/x", a) WHERE a = 'b' GROUP BY a ORDER BY SUM() LIMIT 3`)
	f.Fuzz(func(_ *testing.T, s string) {
		if q, err := insights.Parse(s); err == nil {
			q.Match(map[string]string{"a": "b"})
		}
	})
}
