package dynamodb

import (
	"context"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/table"
)

// CreateTable makes a table. It can be used as soon as the call returns; the
// reply says CREATING, as AWS's does, so that clients wait as they always do.
//
// Spec: DynamoDB API Reference, CreateTable.
func (s *Service) CreateTable(ctx context.Context, in *api.CreateTableInput) (*api.CreateTableOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	if err := checkCreate(in); err != nil {
		return nil, err
	}
	t := s.newTable(ctx, r, in)
	var out *api.TableDescription
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, there, err := tx.Get(r.key); err != nil {
			return err
		} else if there {
			return &api.ResourceInUseException{Message: "Table already exists: " + r.name}
		}
		fresh := *t
		if in.StreamSpecification != nil && in.StreamSpecification.StreamEnabled {
			if err := s.openStream(tx, &fresh, *in.StreamSpecification.StreamViewType); err != nil {
				return err
			}
		}
		if err := fresh.Save(tx); err != nil {
			return err
		}
		out, err = description(tx, &fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.TableStatus = new(api.TableStatusCreating)
	for i := range out.GlobalSecondaryIndexes {
		out.GlobalSecondaryIndexes[i].IndexStatus = new(api.IndexStatusCreating)
	}
	return &api.CreateTableOutput{TableDescription: out}, nil
}

// checkCreate holds the request against AWS's rules.
func checkCreate(in *api.CreateTableInput) error {
	mode := api.BillingModeProvisioned
	if in.BillingMode != nil {
		mode = *in.BillingMode
	}
	if err := billing(mode, in.ProvisionedThroughput, ""); err != nil {
		return err
	}
	if in.LocalSecondaryIndexes != nil && len(in.LocalSecondaryIndexes) == 0 {
		return invalidValue("List of LocalSecondaryIndexes is empty")
	}
	if in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0 {
		return invalidValue("List of GlobalSecondaryIndexes is empty")
	}
	q := schemaRequest{in.AttributeDefinitions, in.KeySchema, in.LocalSecondaryIndexes, in.GlobalSecondaryIndexes}
	if err := q.check(); err != nil {
		return err
	}
	for _, x := range in.GlobalSecondaryIndexes {
		if err := billing(mode, x.ProvisionedThroughput, x.IndexName); err != nil {
			return err
		}
	}
	if err := checkTags(in.Tags); err != nil {
		return err
	}
	return streamSpec(in.StreamSpecification)
}

// newTable describes the table that is asked for, all but its stream.
func (s *Service) newTable(ctx context.Context, r ref, in *api.CreateTableInput) *table.Table {
	info, now := call.From(ctx), s.now()
	t := &table.Table{
		ID: s.IDs.String(10, ids.Lower), UUID: s.IDs.UUID(), Name: r.name,
		ARN:     arn.New("dynamodb", info.Region, info.Account, "table/"+r.name),
		Account: info.Account, Region: info.Region, Created: now,
		Types:       make(map[string]string, len(in.AttributeDefinitions)),
		Provisioned: value(in.BillingMode) != api.BillingModePayPerRequest,
		Protected:   value(in.DeletionProtectionEnabled),
		Class:       value(in.TableClass),
		Policy:      value(in.ResourcePolicy),
		Limits:      onDemand(in.OnDemandThroughput),
		Warm:        warm(in.WarmThroughput),
		Tags:        tagMap(nil, in.Tags),
	}
	for _, d := range in.AttributeDefinitions {
		t.Types[d.AttributeName] = d.AttributeType
		t.Order = append(t.Order, d.AttributeName)
	}
	t.Hash, t.Range = keysOf(in.KeySchema)
	t.Throughput = throughput(in.ProvisionedThroughput)
	if !t.Provisioned {
		t.OnDemandAt = now
	}
	encryption(t, in.SSESpecification)
	for _, x := range in.LocalSecondaryIndexes {
		local := s.newIndex(t, x.IndexName, x.KeySchema, x.Projection)
		local.Local = true
		t.Locals = append(t.Locals, local)
	}
	for _, x := range in.GlobalSecondaryIndexes {
		global := s.newIndex(t, x.IndexName, x.KeySchema, x.Projection)
		global.Status = table.Active
		global.Throughput, global.Limits, global.Warm = throughput(x.ProvisionedThroughput), onDemand(x.OnDemandThroughput), warm(x.WarmThroughput)
		t.Globals = append(t.Globals, global)
	}
	return t
}

// newIndex describes an index of t.
func (s *Service) newIndex(t *table.Table, name string, keys []api.KeySchemaElement, p *api.Projection) *table.Index {
	x := &table.Index{
		ID: s.IDs.String(10, ids.Lower), Name: name, ARN: t.ARN + "/index/" + name,
		Projection: value(p.ProjectionType), NonKey: p.NonKeyAttributes,
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

// throughput reads a ProvisionedThroughput.
func throughput(in *api.ProvisionedThroughput) table.Throughput {
	if in == nil {
		return table.Throughput{}
	}
	return table.Throughput{Read: in.ReadCapacityUnits, Write: in.WriteCapacityUnits}
}

// onDemand reads an OnDemandThroughput.
func onDemand(in *api.OnDemandThroughput) *table.Limits {
	if in == nil {
		return nil
	}
	return &table.Limits{Read: value(in.MaxReadRequestUnits), Write: value(in.MaxWriteRequestUnits)}
}

// warm reads a WarmThroughput.
func warm(in *api.WarmThroughput) *table.Limits {
	if in == nil {
		return nil
	}
	return &table.Limits{Read: value(in.ReadUnitsPerSecond), Write: value(in.WriteUnitsPerSecond)}
}

// encryption reads an SSESpecification. The data are the host's to encrypt:
// the setting is kept and told, no more.
func encryption(t *table.Table, in *api.SSESpecification) {
	if in == nil {
		return
	}
	t.KMS, t.KMSKey = value(in.Enabled), ""
	if !t.KMS {
		return
	}
	t.KMSKey = value(in.KMSMasterKeyId)
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

// changeThroughput returns p with what AWS counts beside it.
func changeThroughput(old table.Throughput, in *api.ProvisionedThroughput, at time.Time) table.Throughput {
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
