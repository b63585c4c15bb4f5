package scheduler

import (
	"context"
	"strings"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// maxGroups is how many groups a region may have.
const maxGroups = 500

// emptyKind is the task that removes a deleted group's schedules.
const emptyKind = "scheduler.empty"

// emptyBatch is how many schedules one transaction of it removes.
const emptyBatch = 200

// CreateScheduleGroup makes a group.
//
// Spec: EventBridge Scheduler API Reference, CreateScheduleGroup.
func (s *Service) CreateScheduleGroup(ctx context.Context, in *api.CreateScheduleGroupInput) (*api.CreateScheduleGroupOutput, error) {
	h, now := homeOf(ctx), s.now()
	bare := *in
	bare.ClientToken = nil
	request, err := fingerprint(bare)
	if err != nil {
		return nil, err
	}
	tags := tagMap(in.Tags)
	if len(tags) > maxTags {
		return nil, tooManyTags()
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[group](tx, h.groupKey(in.Name))
		switch {
		case err != nil:
			return err
		case ok && in.ClientToken != nil && old.Token == *in.ClientToken && old.Request == request:
			return nil
		case ok || in.Name == defaultGroup:
			return &api.ConflictException{Message: "Schedule group " + in.Name + " already exists."}
		}
		n, err := tx.Count(h.groupCount())
		if err != nil {
			return err
		}
		if n >= maxGroups {
			return &api.ServiceQuotaExceededException{Message: "You have reached the maximum number of schedule groups for this account."}
		}
		if err := tx.Add(h.groupCount(), 1); err != nil {
			return err
		}
		return kv.Put(tx, h.groupKey(in.Name), group{
			Name: in.Name, State: api.ScheduleGroupStateActive, Created: now, Modified: now, Tags: tags,
			Token: wire.Value(in.ClientToken), Request: request,
		})
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateScheduleGroupOutput{ScheduleGroupArn: h.groupARN(in.Name)}, nil
}

// GetScheduleGroup returns a group.
//
// Spec: EventBridge Scheduler API Reference, GetScheduleGroup.
func (s *Service) GetScheduleGroup(ctx context.Context, in *api.GetScheduleGroupInput) (*api.GetScheduleGroupOutput, error) {
	h := homeOf(ctx)
	var g group
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		g, err = loadGroup(tx, h, in.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := api.GetScheduleGroupOutput(g.summary(h))
	return &out, nil
}

// summary is a group as clients see it.
func (g *group) summary(h home) api.ScheduleGroupSummary {
	return api.ScheduleGroupSummary{
		Arn: new(h.groupARN(g.Name)), Name: &g.Name, State: &g.State,
		CreationDate: optionalTime(g.Created), LastModificationDate: optionalTime(g.Modified),
	}
}

// ListScheduleGroups returns groups by name, a page at a time.
//
// Spec: EventBridge Scheduler API Reference, ListScheduleGroups.
func (s *Service) ListScheduleGroups(ctx context.Context, in *api.ListScheduleGroupsInput) (*api.ListScheduleGroupsOutput, error) {
	h := homeOf(ctx)
	after, err := readToken(h.key("g"), in.NextToken, 1)
	if err != nil {
		return nil, err
	}
	out := &api.ListScheduleGroupsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.ScheduleGroups, out.NextToken = []api.ScheduleGroupSummary{}, nil
		all, err := groupsByName(tx, h)
		if err != nil {
			return err
		}
		for _, g := range all {
			if !strings.HasPrefix(g.Name, wire.Value(in.NamePrefix)) || after != nil && g.Name <= after[0] {
				continue
			}
			if n := len(out.ScheduleGroups); n == pageSize(in.MaxResults) {
				out.NextToken = writeToken(h.key("g"), *out.ScheduleGroups[n-1].Name)
				return nil
			}
			out.ScheduleGroups = append(out.ScheduleGroups, g.summary(h))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// groupsByName reads all groups; the default one is there without a row.
func groupsByName(tx *kv.Tx, h home) ([]group, error) {
	var all []group
	missing := group{Name: defaultGroup, State: api.ScheduleGroupStateActive}
	seen := false
	for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
		if err != nil {
			return nil, err
		}
		if !seen && row.Value.Name > defaultGroup {
			all = append(all, missing)
		}
		seen = seen || row.Value.Name >= defaultGroup
		all = append(all, row.Value)
	}
	if !seen {
		all = append(all, missing)
	}
	return all, nil
}

// DeleteScheduleGroup removes a group and its schedules: the group is DELETING
// until they are gone.
//
// Spec: EventBridge Scheduler API Reference, DeleteScheduleGroup.
func (s *Service) DeleteScheduleGroup(ctx context.Context, in *api.DeleteScheduleGroupInput) (*api.DeleteScheduleGroupOutput, error) {
	if in.Name == defaultGroup {
		return nil, invalid("Deletion of the default schedule group is not allowed.")
	}
	h, now := homeOf(ctx), s.now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.Name)
		if err != nil || g.State == api.ScheduleGroupStateDeleting {
			return err
		}
		g.State, g.Modified = api.ScheduleGroupStateDeleting, now
		if err := kv.Put(tx, h.groupKey(g.Name), g); err != nil {
			return err
		}
		_, err = s.Tasks.Add(tx, task.Task{
			Kind: emptyKind, Owner: h.groupARN(g.Name), Body: g.Name, Account: h.Account, Region: h.Region,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteScheduleGroupOutput{}, nil
}

// runEmpty removes a deleted group's schedules, some in each transaction, and
// with the last of them the group.
func (s *Service) runEmpty(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	for done := false; !done; {
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			n := 0
			for row, err := range kv.Scan[record](tx, kv.Range{
				From: kv.Prefix(h.key("s", name)).From, To: kv.Prefix(h.key("s", name)).To, Limit: emptyBatch,
			}) {
				if err != nil {
					return err
				}
				if err := s.drop(tx, h, &row.Value); err != nil {
					return err
				}
				n++
			}
			if done = n < emptyBatch; !done {
				return run.Hold(tx)
			}
			if err := tx.Delete(h.groupKey(name)); err != nil {
				return err
			}
			if err := tx.Add(h.groupCount(), -1); err != nil {
				return err
			}
			return run.Done(tx)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
