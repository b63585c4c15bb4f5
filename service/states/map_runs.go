package states

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
)

// parseMapRun reads a map run's ARN.
func parseMapRun(text string) (machine.Home, string, error) {
	h, parts, err := resource(text)
	if err != nil {
		return h, "", err
	}
	if parts[0] != "mapRun" || len(parts) != 3 {
		return h, "", wrongKind(parts[0])
	}
	return h, parts[1] + ":" + parts[2], nil
}

// loadMapRun reads the map run that a request names.
func loadMapRun(tx *kv.Tx, text string) (*standard.MapRun, error) {
	h, id, err := parseMapRun(text)
	if err != nil {
		return nil, err
	}
	m, ok, err := standard.LoadMapRun(tx, h, id)
	if err == nil && !ok {
		err = &api.ResourceNotFound{Message: "Resource not found: '" + text + "'", ResourceName: &text}
	}
	return m, err
}

// mapRunList finds the list of a map run's executions.
func (s *Service) mapRunList(ctx context.Context, text string) (l executionList, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err := loadMapRun(tx, text)
		if err != nil {
			return err
		}
		l = executionList{home: m.Home, list: m.ID, scope: m.Execution().Machine() + "/" + m.Label, run: m}
		return nil
	})
	return l, err
}

// DescribeMapRun returns a map run.
//
// Spec: Step Functions API Reference, DescribeMapRun.
func (s *Service) DescribeMapRun(ctx context.Context, in *api.DescribeMapRunInput) (*api.DescribeMapRunOutput, error) {
	var out *api.DescribeMapRunOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err := loadMapRun(tx, in.MapRunArn)
		if err != nil {
			return err
		}
		c, i := m.Counts, m.ItemCounts
		begun := i.Running + i.Succeeded + i.Failed + i.TimedOut + i.Aborted + i.Waiting
		out = &api.DescribeMapRunOutput{
			MapRunArn: in.MapRunArn, ExecutionArn: m.Execution().ARN(), Status: string(m.Status), StartDate: standard.At(m.Started),
			MaxConcurrency: int32(m.MaxConcurrency), ToleratedFailurePercentage: float32(m.ToleratedFailurePercentage), ToleratedFailureCount: m.ToleratedFailureCount,
			ExecutionCounts: &api.MapRunExecutionCounts{
				Pending: m.Total - m.Begun, Running: c.Running, Succeeded: c.Succeeded, Failed: c.Failed, TimedOut: c.TimedOut, Aborted: c.Aborted,
				Total: m.Total, ResultsWritten: m.Written, FailuresNotRedrivable: new(m.Fixed.Unsuccessful()), PendingRedrive: new(c.Waiting),
			},
			ItemCounts: &api.MapRunItemCounts{
				Pending: m.Items - begun, Running: i.Running, Succeeded: i.Succeeded, Failed: i.Failed, TimedOut: i.TimedOut, Aborted: i.Aborted,
				Total: m.Items, ResultsWritten: m.WrittenItems, FailuresNotRedrivable: new(m.FixedItems.Unsuccessful()), PendingRedrive: new(i.Waiting),
			},
			RedriveCount: new(int32(m.Redrives)),
		}
		if m.RedrivenAt != 0 {
			out.RedriveDate = new(standard.At(m.RedrivenAt))
		}
		if m.Stopped != 0 {
			out.StopDate = new(standard.At(m.Stopped))
		}
		return nil
	})
	return out, err
}

// ListMapRuns lists the map runs of an execution.
//
// Spec: Step Functions API Reference, ListMapRuns.
func (s *Service) ListMapRuns(ctx context.Context, in *api.ListMapRunsInput) (*api.ListMapRunsOutput, error) {
	after, paged, err := readToken("u"+in.ExecutionArn, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	out := &api.ListMapRunsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.MapRuns, out.NextToken = []api.MapRunListItem{}, nil
		x, err := s.execution(tx, in.ExecutionArn)
		if err != nil {
			return err
		}
		span := kv.Prefix(x.Key.Key("ul", x.Key.Scope, x.Key.Name))
		if paged {
			span = span.After(x.Key.Key("ul", x.Key.Scope, x.Key.Name, after))
		}
		last := ""
		for pair, err := range tx.Scan(span) {
			if err != nil {
				return fmt.Errorf("list map runs: %w", err)
			}
			if len(out.MapRuns) == limit {
				out.NextToken = writeToken("u"+in.ExecutionArn, last)
				return nil
			}
			if err := pair.Key.Scan(6, &last); err != nil {
				return err
			}
			m, ok, err := standard.LoadMapRun(tx, x.Key.Home, last)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			item := api.MapRunListItem{ExecutionArn: in.ExecutionArn, MapRunArn: m.ARN(), StateMachineArn: x.Key.MachineARN(x.Key.Machine() + "/" + m.Label), StartDate: standard.At(m.Started)}
			if m.Stopped != 0 {
				item.StopDate = new(standard.At(m.Stopped))
			}
			out.MapRuns = append(out.MapRuns, item)
		}
		return nil
	})
	return out, err
}

// UpdateMapRun changes how a map run that is under way goes on.
//
// Spec: Step Functions API Reference, UpdateMapRun.
func (s *Service) UpdateMapRun(ctx context.Context, in *api.UpdateMapRunInput) (*api.UpdateMapRunOutput, error) {
	if in.MaxConcurrency == nil && in.ToleratedFailureCount == nil && in.ToleratedFailurePercentage == nil {
		return nil, &api.ValidationException{
			Message: "At least one of MaxConcurrency, ToleratedFailureCount or ToleratedFailurePercentage must be specified",
			Reason:  new(api.ValidationExceptionReasonMissingRequiredParameter),
		}
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := loadMapRun(tx, in.MapRunArn)
		if err != nil {
			return err
		}
		if m.Status != standard.MapRunning {
			return &api.ValidationException{Message: "Map Run has already completed", Reason: new(api.ValidationExceptionReasonCannotUpdateCompletedMapRun)}
		}
		if in.MaxConcurrency != nil {
			m.MaxConcurrency = int64(*in.MaxConcurrency)
		}
		if in.ToleratedFailureCount != nil {
			m.ToleratedFailureCount, m.HasCount = *in.ToleratedFailureCount, true
		}
		if in.ToleratedFailurePercentage != nil {
			m.ToleratedFailurePercentage, m.HasPercentage = float64(*in.ToleratedFailurePercentage), true
		}
		if err := s.runner.Poke(tx, m); err != nil {
			return err
		}
		return standard.PutMapRun(tx, m)
	})
	return &api.UpdateMapRunOutput{}, err
}
