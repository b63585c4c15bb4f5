package ssm

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service"
	"maru.dev/maru/task"
)

// After a crash between any two steps the store is as one of them left it.
func TestParametersSurviveACrash(t *testing.T) {
	t.Parallel()
	ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
	put := func(name string) func(s *Service) error {
		return func(s *Service) error {
			_, err := s.PutParameter(ctx, &api.PutParameterInput{Name: name, Value: "v", Type: new("String"), Overwrite: new(true)})
			return err
		}
	}
	tag := []api.Tag{{Key: "k", Value: "v"}}
	steps := []func(s *Service) error{
		put("a"), put("a"), put("b"), put("c"),
		func(s *Service) error {
			_, err := s.LabelParameterVersion(ctx, &api.LabelParameterVersionInput{Name: "a", Labels: []string{"l"}})
			return err
		},
		func(s *Service) error {
			_, err := s.UnlabelParameterVersion(ctx, &api.UnlabelParameterVersionInput{Name: "a", ParameterVersion: 2, Labels: []string{"l"}})
			return err
		},
		func(s *Service) error {
			_, err := s.AddTagsToResource(ctx, &api.AddTagsToResourceInput{ResourceType: "Parameter", ResourceId: "a", Tags: tag})
			return err
		},
		func(s *Service) error {
			_, err := s.RemoveTagsFromResource(ctx, &api.RemoveTagsFromResourceInput{ResourceType: "Parameter", ResourceId: "a", TagKeys: []string{"k"}})
			return err
		},
		func(s *Service) error {
			_, err := s.DeleteParameter(ctx, &api.DeleteParameterInput{Name: "a"})
			return err
		},
		func(s *Service) error {
			_, err := s.DeleteParameters(ctx, &api.DeleteParametersInput{Names: []string{"b", "c"}})
			return err
		},
	}
	var states []string
	work := func(st *kv.Store, ack func()) {
		c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		d := service.Deps{Store: st, Clock: c, IDs: ids.New(rand.Reader), Log: slog.New(slog.DiscardHandler)}
		d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
		s := New(d)
		states = []string{state(ctx, t, st)}
		for i, step := range steps {
			if err := step(s); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			states = append(states, state(ctx, t, st))
			ack()
		}
	}
	kvtest.Crash(t, work, func(st *kv.Store, acked int) {
		if got := state(ctx, t, st); got != states[acked] && (acked+1 >= len(states) || got != states[acked+1]) {
			t.Errorf("after %d steps: %s", acked, got)
		}
	})
}

// state describes what is stored, and checks that it agrees.
func state(ctx context.Context, t *testing.T, st *kv.Store) (text string) {
	t.Helper()
	h := homeOf(ctx)
	err := st.View(ctx, func(tx *kv.Tx) error {
		parameters, versions, want := int64(0), int64(0), int64(0)
		for row, err := range kv.Scan[parameter](tx, kv.Prefix(h.key("p"))) {
			if err != nil {
				return err
			}
			p := row.Value
			parameters++
			want += p.Newest.N - p.Oldest + 1
			text += fmt.Sprint(p.Name, p.Newest.N, p.Labels, p.Tags, " ")
		}
		for _, err := range kv.Scan[version](tx, kv.Prefix(h.key("v"))) {
			if err != nil {
				return err
			}
			versions++
		}
		counted, err := tx.Count(h.counterKey(api.ParameterTierStandard))
		if counted != parameters || versions != want {
			t.Errorf("%d parameters, %d counted; %d versions, want %d", parameters, counted, versions, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
