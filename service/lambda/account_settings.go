package lambda

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// GetAccountSettings returns limits and use of an account in a region.
//
// Spec: Lambda API Reference, GetAccountSettings.
func (s *Service) GetAccountSettings(ctx context.Context, _ *api.GetAccountSettingsInput) (*api.GetAccountSettingsOutput, error) {
	h := homeOf(call.From(ctx))
	var functions, size, reserved int64
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		functions, size = 0, 0
		for row, err := range kv.Scan[function](tx, kv.Prefix(h.key("f"))) {
			if err != nil {
				return fmt.Errorf("count functions: %w", err)
			}
			functions++
			size += row.Value.Latest.Code.Size
		}
		for row, err := range kv.Scan[version](tx, kv.Prefix(h.key("v"))) {
			if err != nil {
				return fmt.Errorf("count versions: %w", err)
			}
			size += row.Value.Code.Size
		}
		for row, err := range kv.Scan[layerVersion](tx, kv.Prefix(h.key("l"))) {
			if err != nil {
				return fmt.Errorf("count layers: %w", err)
			}
			size += row.Value.Code.Size
		}
		reserved, err = tx.Count(h.key("r"))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetAccountSettingsOutput{
		AccountLimit: &api.AccountLimit{
			TotalCodeSize: new(int64(80530636800)), CodeSizeUnzipped: new(int64(262144000)), CodeSizeZipped: new(int64(52428800)),
			ConcurrentExecutions: new(int32(accountLimit)), UnreservedConcurrentExecutions: new(int32(accountLimit - reserved)),
		},
		AccountUsage: &api.AccountUsage{TotalCodeSize: &size, FunctionCount: &functions},
	}, nil
}
