package cloudwatch

import (
	"errors"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/service/share"
	"maru.dev/maru/wire"
)

// Where others hold what there is, a large request is to come again, and a small one
// is answered.
func TestLargeRequestsShareTheirMemory(t *testing.T) {
	t.Parallel()
	pool := share.NewPool(1 << 20)
	others := pool.Join()
	others.Take(1 << 20)
	queries, err := readQueries([]api.MetricDataQuery{{Id: "a", Expression: new("TIME_SERIES(1)"), Period: new(int32(60))}})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ask := func(hours int) error {
		own := pool.Join()
		defer own.Leave()
		e := newEvaluator(nil, home{}, queries, end.Add(-time.Duration(hours)*time.Hour), end, end)
		e.within(own)
		_, err := e.value(queries[0])
		return err
	}
	if err := ask(24); err != nil {
		t.Errorf("a day's points: %v", err)
	}
	if refused, ok := errors.AsType[*wire.APIError](ask(24 * 100)); !ok || refused.Code != "ThrottlingException" {
		t.Errorf("a hundred days' points: %v", refused)
	}
	others.Leave()
	if err := ask(24 * 20); err != nil {
		t.Errorf("twenty days' points, alone: %v", err)
	}
}
