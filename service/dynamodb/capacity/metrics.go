package capacity

import (
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/telemetry"
)

// The metrics of tables, in the order in which NewMetrics names them.
const (
	Latency = iota
	ReturnedItems
	ConditionFailed
	UserErrors
	SystemErrors
	Conflicts
	Reads
	Writes
	Expired
)

// NewMetrics returns what is measured of tables.
//
// Spec: DynamoDB Developer Guide, DynamoDB metrics and dimensions.
func NewMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, "AWS/DynamoDB", []string{"TableName", "Operation", "GlobalSecondaryIndexName"},
		telemetry.Kind{Name: "SuccessfulRequestLatency", Unit: "Milliseconds"},
		telemetry.Kind{Name: "ReturnedItemCount", Unit: "Count"},
		telemetry.Kind{Name: "ConditionalCheckFailedRequests", Unit: "Count"},
		telemetry.Kind{Name: "UserErrors", Unit: "Count"},
		telemetry.Kind{Name: "SystemErrors", Unit: "Count"},
		telemetry.Kind{Name: "TransactionConflict", Unit: "Count"},
		telemetry.Kind{Name: "ConsumedReadCapacityUnits", Unit: "Count"},
		telemetry.Kind{Name: "ConsumedWriteCapacityUnits", Unit: "Count"},
		telemetry.Kind{Name: "TimeToLiveDeletedItemCount", Unit: "Count"},
	)
}

// tell publishes what was consumed of a table or of one of its global indexes;
// a local index has its table's capacity.
func (m *Meter) tell(t *table.Table, x *table.Index, kind int, units float64) {
	if m.Metrics == nil {
		return
	}
	of := telemetry.Of(t.Account, t.Region, t.Name)
	if x != nil && !x.Local {
		of.Values[2] = x.Name
	}
	m.Metrics.Add(of, telemetry.Value{Kind: kind, Is: units})
}
