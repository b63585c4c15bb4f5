package scheduler

import (
	"context"
	"strings"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// ListSchedules returns schedules by group and name, a page at a time.
//
// Spec: EventBridge Scheduler API Reference, ListSchedules.
func (s *Service) ListSchedules(ctx context.Context, in *api.ListSchedulesInput) (*api.ListSchedulesOutput, error) {
	h := homeOf(ctx)
	after, err := readToken(h.key("s"), in.NextToken, 2)
	if err != nil {
		return nil, err
	}
	r := kv.Prefix(h.key("s"))
	if in.GroupName != nil {
		r = kv.Prefix(h.key("s", *in.GroupName))
	}
	if after != nil {
		r = r.After(h.scheduleKey(after[0], after[1]))
	}
	out := &api.ListSchedulesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Schedules, out.NextToken = []api.ScheduleSummary{}, nil
		if in.GroupName != nil {
			if _, err := loadGroup(tx, h, *in.GroupName); err != nil {
				return err
			}
		}
		for row, err := range kv.Scan[record](tx, r) {
			if err != nil {
				return err
			}
			sc := row.Value
			if !strings.HasPrefix(sc.Name, wire.Value(in.NamePrefix)) || in.State != nil && *in.State != sc.State {
				continue
			}
			if n := len(out.Schedules); n == pageSize(in.MaxResults) {
				out.NextToken = writeToken(h.key("s"), *out.Schedules[n-1].GroupName, *out.Schedules[n-1].Name)
				return nil
			}
			out.Schedules = append(out.Schedules, api.ScheduleSummary{
				Arn: new(h.scheduleARN(sc.Group, sc.Name)), GroupName: &sc.Group, Name: &sc.Name, State: &sc.State,
				CreationDate: &sc.Created, LastModificationDate: &sc.Modified, Target: &api.TargetSummary{Arn: sc.Target.Arn},
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
