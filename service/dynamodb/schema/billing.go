package schema

import (
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/table"
)

// Mode is t's mode as the API names it.
func Mode(t *table.Table) string {
	if t.Provisioned {
		return api.BillingModeProvisioned
	}
	return api.BillingModePayPerRequest
}

// UpdateBilling changes t's mode and throughput, and its indexes' with them.
func UpdateBilling(t *table.Table, in *api.UpdateTableInput, now time.Time) error {
	if in.BillingMode == nil && in.ProvisionedThroughput == nil {
		return nil
	}
	mode := Mode(t)
	if in.BillingMode != nil {
		mode = *in.BillingMode
	}
	if mode == api.BillingModeProvisioned && in.ProvisionedThroughput == nil {
		if t.Provisioned {
			return nil
		}
		return expr.InvalidValue("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
	}
	if err := Billing(mode, in.ProvisionedThroughput, ""); err != nil {
		return err
	}
	if mode == api.BillingModePayPerRequest {
		if t.Provisioned {
			t.Provisioned, t.OnDemandAt, t.Throughput = false, now, table.Throughput{}
			for _, x := range t.Globals {
				x.Throughput = table.Throughput{}
			}
		}
		return nil
	}
	p := in.ProvisionedThroughput
	if t.Provisioned && t.Throughput.Read == p.ReadCapacityUnits && t.Throughput.Write == p.WriteCapacityUnits && len(in.GlobalSecondaryIndexUpdates) == 0 {
		return expr.Invalid("The provisioned throughput for the table will not change. The requested value equals the current value. "+
			"Current ReadCapacityUnits provisioned for the table: %d. Requested ReadCapacityUnits: %[1]d. "+
			"Current WriteCapacityUnits provisioned for the table: %[2]d. Requested WriteCapacityUnits: %[2]d. "+
			"Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.", p.ReadCapacityUnits, p.WriteCapacityUnits)
	}
	if !t.Provisioned {
		if err := indexesHaveThroughput(t, in); err != nil {
			return err
		}
	}
	t.Throughput = ChangeThroughput(t.Throughput, p, now)
	t.Provisioned = true
	return nil
}

// indexesHaveThroughput wants a throughput for each global index of a table
// that changes to provisioned billing.
func indexesHaveThroughput(t *table.Table, in *api.UpdateTableInput) error {
	given := map[string]bool{}
	for _, u := range in.GlobalSecondaryIndexUpdates {
		switch {
		case u.Update != nil && u.Update.ProvisionedThroughput != nil:
			given[u.Update.IndexName] = true
		case u.Delete != nil:
			given[u.Delete.IndexName] = true
		}
	}
	for _, x := range t.Globals {
		if !given[x.Name] {
			return expr.InvalidValue("ProvisionedThroughput must be specified for index: %s", x.Name)
		}
	}
	return nil
}
