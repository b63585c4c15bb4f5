package states

import (
	"context"
	"strconv"
	"strings"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/wire"
)

// statuses are those that a filter names; all of them without one.
func statuses(filter *string) []engine.Status {
	all := append([]engine.Status{engine.Running}, ended()...)
	if filter == nil {
		return all
	}
	if *filter == api.ExecutionStatusPendingRedrive {
		return ended() // it waits with the status that it ended with
	}
	for _, s := range all {
		if s.String() == *filter {
			return []engine.Status{s}
		}
	}
	return nil
}

// ListExecutions lists the executions of a state machine or a map run, the
// latest first.
//
// Spec: Step Functions API Reference, ListExecutions.
func (s *Service) ListExecutions(ctx context.Context, in *api.ListExecutionsInput) (*api.ListExecutionsOutput, error) {
	if (in.StateMachineArn == nil) == (in.MapRunArn == nil) {
		return nil, validation("1 validation error detected: Must provide a StateMachine ARN or MapRun ARN")
	}
	l, err := s.executionList(ctx, in)
	if err != nil {
		return nil, err
	}
	token, paged, err := readToken("x"+l.list, in.NextToken)
	if err != nil {
		return nil, err
	}
	var after *standard.Place
	if paged {
		started, name, ok := strings.Cut(token, "\x00")
		n, err := strconv.ParseInt(started, 10, 64)
		if err != nil || !ok {
			return nil, errToken()
		}
		after = &standard.Place{Started: n, Name: name}
	}
	limit := pageSize(in.MaxResults)
	out := &api.ListExecutionsOutput{Executions: []api.ExecutionListItem{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		page, more, err := s.runner.List(tx, l.home, l.list, scoped(l.home, l.scope), statuses(in.StatusFilter), after, limit, func(x *standard.Execution) bool {
			return l.takes(x, in)
		})
		if err != nil {
			return err
		}
		for _, x := range page {
			out.Executions = append(out.Executions, l.listed(x))
		}
		if more {
			last := page[len(page)-1]
			out.NextToken = writeToken("x"+l.list, strconv.FormatInt(last.Started, 10)+"\x00"+last.Key.Name)
		}
		return nil
	})
	return out, err
}

// executionList is what ListExecutions goes through.
type executionList struct {
	home        machine.Home
	list, scope string
	version     int64
	alias       string
	run         *standard.MapRun
}

// status is an execution's status as the list shows it.
func (l *executionList) status(x *standard.Execution) string {
	if l.run != nil && l.run.Waits(x) {
		return api.ExecutionStatusPendingRedrive
	}
	return x.Status.String()
}

// takes tells whether the list has an execution.
func (l *executionList) takes(x *standard.Execution, in *api.ListExecutionsInput) bool {
	if l.version != 0 && x.Version != l.version || l.alias != "" && x.Alias != l.alias {
		return false
	}
	if in.StatusFilter != nil && *in.StatusFilter != l.status(x) {
		return false
	}
	redrive := in.RedriveFilter
	return redrive == nil || (*redrive == api.ExecutionRedriveFilterRedriven) == (x.Redrives > 0)
}

// executionList finds the list that a request names.
func (s *Service) executionList(ctx context.Context, in *api.ListExecutionsInput) (l executionList, err error) {
	if in.MapRunArn != nil {
		return s.mapRunList(ctx, *in.MapRunArn)
	}
	r, err := parseMachine(*in.StateMachineArn)
	if err != nil {
		return l, err
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err := load(tx, r)
		if err == nil && m.Current.Express {
			err = notSupported()
		}
		return err
	})
	return executionList{home: r.Home, list: r.Name, scope: r.Name, version: r.Version, alias: r.Alias}, err
}

// listed is an execution as lists show it.
func (l *executionList) listed(x *standard.Execution) api.ExecutionListItem {
	item := api.ExecutionListItem{
		ExecutionArn: x.Key.ARN(), StateMachineArn: x.MachineARN(), Name: x.Key.Name, Status: l.status(x), StartDate: standard.At(x.Started),
		StateMachineVersionArn: wire.Optional(x.VersionARN()), StateMachineAliasArn: wire.Optional(x.AliasARN()), MapRunArn: mapRunARN(x),
		RedriveCount: new(int32(x.Redrives)),
	}
	if x.Stopped != 0 {
		item.StopDate = new(standard.At(x.Stopped))
	}
	if x.RedrivenAt != 0 {
		item.RedriveDate = new(standard.At(x.RedrivenAt))
	}
	if x.Items != 0 {
		item.ItemCount = new(int32(x.Items))
	}
	return item
}
