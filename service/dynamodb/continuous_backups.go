package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/table"
)

// recoveryDays is how far AWS goes back unless it is told.
const recoveryDays = 35

// DescribeContinuousBackups tells whether point in time recovery has been
// asked for. No times to restore to are told: nothing restores.
//
// Spec: DynamoDB API Reference, DescribeContinuousBackups.
func (s *Service) DescribeContinuousBackups(ctx context.Context, in *api.DescribeContinuousBackupsInput) (*api.DescribeContinuousBackupsOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeContinuousBackupsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := table.Read(tx, r.key)
		if err != nil {
			return err
		}
		if t == nil {
			return &api.TableNotFoundException{Message: "Table not found: " + r.name}
		}
		out.ContinuousBackupsDescription = backups(t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateContinuousBackups remembers whether point in time recovery is asked
// for, so that templates which do deploy; see the known gaps in doc.go.
//
// Spec: DynamoDB API Reference, UpdateContinuousBackups.
func (s *Service) UpdateContinuousBackups(ctx context.Context, in *api.UpdateContinuousBackupsInput) (*api.UpdateContinuousBackupsOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	out := &api.UpdateContinuousBackupsOutput{}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := table.Read(tx, r.key)
		if err != nil {
			return err
		}
		if t == nil {
			return &api.TableNotFoundException{Message: "Table not found: " + r.name}
		}
		t.RecoveryDays = 0
		if want := in.PointInTimeRecoverySpecification; want != nil && want.PointInTimeRecoveryEnabled {
			t.RecoveryDays = recoveryDays
			if want.RecoveryPeriodInDays != nil {
				t.RecoveryDays = *want.RecoveryPeriodInDays
			}
		}
		out.ContinuousBackupsDescription = backups(t)
		return t.Save(tx)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// backups describes t's point in time recovery.
func backups(t *table.Table) *api.ContinuousBackupsDescription {
	p := &api.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: new(api.PointInTimeRecoveryStatusDisabled)}
	if t.RecoveryDays > 0 {
		p.PointInTimeRecoveryStatus, p.RecoveryPeriodInDays = new(api.PointInTimeRecoveryStatusEnabled), &t.RecoveryDays
	}
	return &api.ContinuousBackupsDescription{ContinuousBackupsStatus: api.ContinuousBackupsStatusEnabled, PointInTimeRecoveryDescription: p}
}
