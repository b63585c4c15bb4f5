package schema

import (
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
	"maru.dev/maru/service/dynamodb/table"
)

// Describe is t as the API tells it, with its present counts.
func Describe(tx *kv.Tx, t *table.Table) (*api.TableDescription, error) {
	items, size, err := t.Totals(tx)
	if err != nil {
		return nil, err
	}
	d := &api.TableDescription{
		TableName: &t.Name, TableArn: &t.ARN, TableId: &t.UUID, TableStatus: new(api.TableStatusActive),
		CreationDateTime: &t.Created, ItemCount: &items, TableSizeBytes: &size,
		KeySchema:                 Keys(t.Hash, t.Range),
		ProvisionedThroughput:     throughputDescription(t.Throughput),
		DeletionProtectionEnabled: &t.Protected,
		OnDemandThroughput:        limitsDescription(t.Limits),
	}
	for _, name := range t.Order {
		d.AttributeDefinitions = append(d.AttributeDefinitions, api.AttributeDefinition{AttributeName: name, AttributeType: t.Types[name]})
	}
	if !t.Provisioned {
		d.BillingModeSummary = &api.BillingModeSummary{BillingMode: new(api.BillingModePayPerRequest), LastUpdateToPayPerRequestDateTime: &t.OnDemandAt}
	} else if !t.OnDemandAt.IsZero() {
		d.BillingModeSummary = &api.BillingModeSummary{BillingMode: new(api.BillingModeProvisioned), LastUpdateToPayPerRequestDateTime: &t.OnDemandAt}
	}
	if t.Warm != nil {
		d.WarmThroughput = &api.TableWarmThroughputDescription{ReadUnitsPerSecond: &t.Warm.Read, WriteUnitsPerSecond: &t.Warm.Write, Status: new(api.TableStatusActive)}
	}
	if t.KMS {
		d.SSEDescription = &api.SSEDescription{Status: new(api.SSEStatusEnabled), SSEType: new(api.SSETypeKms), KMSMasterKeyArn: &t.KMSKey}
	}
	if t.Class != "" {
		d.TableClassSummary = &api.TableClassSummary{TableClass: &t.Class, LastUpdateDateTime: timeOrNil(t.ClassChanged)}
	}
	describeStream(d, t)
	return d, describeIndexes(tx, d, t)
}

// describeStream tells of the latest stream, also of one that is off again.
func describeStream(d *api.TableDescription, t *table.Table) {
	if t.Stream == nil {
		return
	}
	d.LatestStreamLabel = &t.Stream.Label
	d.LatestStreamArn = new(t.Stream.ARN(t.Region, t.Account))
	if t.Stream.Status == stream.Enabled {
		d.StreamSpecification = &api.StreamSpecification{StreamEnabled: true, StreamViewType: &t.Stream.View}
	}
}

// describeIndexes tells of t's indexes.
func describeIndexes(tx *kv.Tx, d *api.TableDescription, t *table.Table) error {
	for _, x := range t.Indexes() {
		items, size, err := x.Totals(tx)
		if err != nil {
			return err
		}
		p := &api.Projection{ProjectionType: &x.Projection, NonKeyAttributes: x.NonKey}
		if x.Local {
			d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, api.LocalSecondaryIndexDescription{
				IndexName: &x.Name, IndexArn: &x.ARN, KeySchema: Keys(x.Hash, x.Range), Projection: p, ItemCount: &items, IndexSizeBytes: &size,
			})
			continue
		}
		g := api.GlobalSecondaryIndexDescription{
			IndexName: &x.Name, IndexArn: &x.ARN, KeySchema: Keys(x.Hash, x.Range), Projection: p, ItemCount: &items, IndexSizeBytes: &size,
			IndexStatus: &x.Status, ProvisionedThroughput: throughputDescription(x.Throughput), OnDemandThroughput: limitsDescription(x.Limits),
		}
		if x.Status == table.Creating {
			g.Backfilling = new(true)
		}
		if x.Warm != nil {
			g.WarmThroughput = &api.GlobalSecondaryIndexWarmThroughputDescription{ReadUnitsPerSecond: &x.Warm.Read, WriteUnitsPerSecond: &x.Warm.Write, Status: &x.Status}
		}
		d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, g)
	}
	return nil
}

// Keys is a key as the API tells it.
func Keys(hash, rng string) []api.KeySchemaElement {
	out := []api.KeySchemaElement{{AttributeName: hash, KeyType: api.KeyTypeHash}}
	if rng != "" {
		out = append(out, api.KeySchemaElement{AttributeName: rng, KeyType: api.KeyTypeRange})
	}
	return out
}

// throughputDescription is a throughput as the API tells it.
func throughputDescription(t table.Throughput) *api.ProvisionedThroughputDescription {
	return &api.ProvisionedThroughputDescription{
		ReadCapacityUnits: &t.Read, WriteCapacityUnits: &t.Write, NumberOfDecreasesToday: &t.DecreasesToday,
		LastIncreaseDateTime: timeOrNil(t.Increased), LastDecreaseDateTime: timeOrNil(t.Decreased),
	}
}

// limitsDescription is on-demand maxima as the API tells them.
func limitsDescription(l *table.Limits) *api.OnDemandThroughput {
	if l == nil {
		return nil
	}
	return &api.OnDemandThroughput{MaxReadRequestUnits: &l.Read, MaxWriteRequestUnits: &l.Write}
}

// timeOrNil returns t, unless it is the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
