package schema

import (
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// New describes the table that is asked for, all but its stream. The request
// has been checked.
func New(info call.Info, src ids.Source, now time.Time, name string, in *api.CreateTableInput) *table.Table {
	t := &table.Table{
		ID: src.String(10, ids.Lower), UUID: src.UUID(), Name: name,
		ARN:     arn.New("dynamodb", info.Region, info.Account, "table/"+name),
		Account: info.Account, Region: info.Region, Created: now,
		Types:       make(map[string]string, len(in.AttributeDefinitions)),
		Provisioned: wire.Value(in.BillingMode) != api.BillingModePayPerRequest,
		Protected:   wire.Value(in.DeletionProtectionEnabled),
		Class:       wire.Value(in.TableClass),
		Policy:      wire.Value(in.ResourcePolicy),
		Limits:      OnDemand(in.OnDemandThroughput),
		Warm:        Warm(in.WarmThroughput),
		Tags:        MergeTags(nil, in.Tags),
	}
	for _, d := range in.AttributeDefinitions {
		t.Types[d.AttributeName] = d.AttributeType
		t.Order = append(t.Order, d.AttributeName)
	}
	t.Hash, t.Range = keysOf(in.KeySchema)
	t.Throughput = Throughput(in.ProvisionedThroughput)
	if !t.Provisioned {
		t.OnDemandAt = now
	}
	Encrypt(t, in.SSESpecification)
	for _, x := range in.LocalSecondaryIndexes {
		local := NewIndex(src, t, x.IndexName, x.KeySchema, x.Projection)
		local.Local = true
		t.Locals = append(t.Locals, local)
	}
	for _, x := range in.GlobalSecondaryIndexes {
		global := NewIndex(src, t, x.IndexName, x.KeySchema, x.Projection)
		global.Status = table.Active
		global.Throughput, global.Limits, global.Warm = Throughput(x.ProvisionedThroughput), OnDemand(x.OnDemandThroughput), Warm(x.WarmThroughput)
		t.Globals = append(t.Globals, global)
	}
	return t
}

// NewIndex describes an index of t.
func NewIndex(src ids.Source, t *table.Table, name string, keys []api.KeySchemaElement, p *api.Projection) *table.Index {
	x := &table.Index{
		ID: src.String(10, ids.Lower), Name: name, ARN: t.ARN + "/index/" + name,
		Projection: wire.Value(p.ProjectionType), NonKey: p.NonKeyAttributes,
	}
	x.Hash, x.Range = keysOf(keys)
	return x
}

// keysOf returns the attributes of a key schema that has been checked.
func keysOf(keys []api.KeySchemaElement) (hash, rng string) {
	if len(keys) == 2 {
		rng = keys[1].AttributeName
	}
	return keys[0].AttributeName, rng
}

// Throughput reads a ProvisionedThroughput.
func Throughput(in *api.ProvisionedThroughput) table.Throughput {
	if in == nil {
		return table.Throughput{}
	}
	return table.Throughput{Read: in.ReadCapacityUnits, Write: in.WriteCapacityUnits}
}

// OnDemand reads an OnDemandThroughput.
func OnDemand(in *api.OnDemandThroughput) *table.Limits {
	if in == nil {
		return nil
	}
	return &table.Limits{Read: wire.Value(in.MaxReadRequestUnits), Write: wire.Value(in.MaxWriteRequestUnits)}
}

// Warm reads a WarmThroughput.
func Warm(in *api.WarmThroughput) *table.Limits {
	if in == nil {
		return nil
	}
	return &table.Limits{Read: wire.Value(in.ReadUnitsPerSecond), Write: wire.Value(in.WriteUnitsPerSecond)}
}

// Encrypt reads an SSESpecification. The data are the host's to encrypt:
// the setting is kept and told, no more.
func Encrypt(t *table.Table, in *api.SSESpecification) {
	if in == nil {
		return
	}
	t.KMS, t.KMSKey = wire.Value(in.Enabled), ""
	if !t.KMS {
		return
	}
	t.KMSKey = wire.Value(in.KMSMasterKeyId)
	if _, err := arn.Parse(t.KMSKey); err != nil {
		id := t.KMSKey
		if id == "" {
			id = "alias/aws/dynamodb"
		}
		if len(id) < 6 || id[:6] != "alias/" {
			id = "key/" + id
		}
		t.KMSKey = arn.New("kms", t.Region, t.Account, id)
	}
}

// ChangeThroughput returns p with what AWS counts beside it.
func ChangeThroughput(old table.Throughput, in *api.ProvisionedThroughput, at time.Time) table.Throughput {
	now := old
	now.Read, now.Write = in.ReadCapacityUnits, in.WriteCapacityUnits
	if now.Read > old.Read || now.Write > old.Write {
		now.Increased = at
	}
	if now.Read < old.Read || now.Write < old.Write {
		if old.Decreased.Format(time.DateOnly) != at.Format(time.DateOnly) {
			now.DecreasesToday = 0
		}
		now.Decreased = at
		now.DecreasesToday++
	}
	return now
}
