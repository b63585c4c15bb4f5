package cloudwatch

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// dashboardsPage is how many dashboards a page has.
const dashboardsPage = 1000

// noDashboard is the error of a dashboard that is not there.
func noDashboard(name string) error {
	return &api.DashboardNotFoundError{Message: "Dashboard " + name + " does not exist"}
}

// GetDashboard returns a dashboard's body.
//
// Spec: CloudWatch API Reference, GetDashboard.
func (s *Service) GetDashboard(ctx context.Context, in *api.GetDashboardInput) (*api.GetDashboardOutput, error) {
	if in.DashboardName == "" {
		return nil, missing("DashboardName")
	}
	h := homeOf(call.From(ctx))
	var body strings.Builder
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		_, ok, err := kv.Get[dashboard](tx, h.boardKey(in.DashboardName))
		if err != nil {
			return fmt.Errorf("load dashboard: %w", err)
		}
		if !ok {
			return noDashboard(in.DashboardName)
		}
		for part, err := range tx.Scan(kv.Prefix(h.boards().key("b", in.DashboardName))) {
			if err != nil {
				return fmt.Errorf("load dashboard: %w", err)
			}
			body.Write(part.Value)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.GetDashboardOutput{DashboardName: &in.DashboardName, DashboardArn: new(h.boardARN(in.DashboardName)), DashboardBody: new(body.String())}, nil
}

// ListDashboards lists an account's dashboards by name.
//
// Spec: CloudWatch API Reference, ListDashboards.
func (s *Service) ListDashboards(ctx context.Context, in *api.ListDashboardsInput) (*api.ListDashboardsOutput, error) {
	h := homeOf(call.From(ctx))
	prefix := h.boards().key("w")
	r, err := page(kv.Prefix(prefix), prefix, in.NextToken)
	if err != nil {
		return nil, invalid("The value of the parameter NextToken is invalid.")
	}
	out := &api.ListDashboardsOutput{DashboardEntries: []api.DashboardEntry{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range kv.Scan[dashboard](tx, r) {
			if err != nil {
				return fmt.Errorf("list dashboards: %w", err)
			}
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return err
			}
			if !strings.HasPrefix(name, wire.Value(in.DashboardNamePrefix)) {
				continue
			}
			if len(out.DashboardEntries) == dashboardsPage {
				out.NextToken = service.RowToken(prefix, last)
				return nil
			}
			last = row.Key
			out.DashboardEntries = append(out.DashboardEntries, api.DashboardEntry{
				DashboardName: &name, DashboardArn: new(h.boardARN(name)), LastModified: &row.Value.At, Size: new(int64(row.Value.Size)),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteDashboards deletes dashboards, all that are named or, if one of them does
// not exist, none.
//
// Spec: CloudWatch API Reference, DeleteDashboards.
func (s *Service) DeleteDashboards(ctx context.Context, in *api.DeleteDashboardsInput) (*api.DeleteDashboardsOutput, error) {
	if len(in.DashboardNames) == 0 {
		return nil, missing("DashboardNames")
	}
	h := homeOf(call.From(ctx))
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, name := range in.DashboardNames {
			_, ok, err := kv.Get[dashboard](tx, h.boardKey(name))
			if err != nil {
				return fmt.Errorf("load dashboard: %w", err)
			}
			if !ok {
				return noDashboard(name)
			}
			if err := tx.Delete(h.boardKey(name)); err != nil {
				return err
			}
			if err := tx.DeleteRange(kv.Prefix(h.boards().key("b", name))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteDashboardsOutput{}, nil
}
