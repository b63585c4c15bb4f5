package dynamodb

import (
	"context"
	"slices"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// UpdateTable changes a table's settings and its global indexes. All but the
// filling of a new index is done when it returns.
//
// Spec: DynamoDB API Reference, UpdateTable.
func (s *Service) UpdateTable(ctx context.Context, in *api.UpdateTableInput) (*api.UpdateTableOutput, error) {
	r, err := s.ref(ctx, in.TableName)
	if err != nil {
		return nil, err
	}
	if err := checkUpdateTable(in); err != nil {
		return nil, err
	}
	out := &api.UpdateTableOutput{}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := change(tx, r)
		if err != nil {
			return err
		}
		deleted, err := s.update(tx, t, in)
		if err != nil {
			return err
		}
		if err := t.Save(tx); err != nil {
			return err
		}
		if out.TableDescription, err = schema.Describe(tx, t); err != nil {
			return err
		}
		out.TableDescription.GlobalSecondaryIndexes = append(out.TableDescription.GlobalSecondaryIndexes, deleted...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.TableDescription.TableStatus = new(api.TableStatusUpdating)
	return out, nil
}

// checkUpdateTable holds the request against the rules that need no table.
func checkUpdateTable(in *api.UpdateTableInput) error {
	switch {
	case in.ReplicaUpdates != nil || in.MultiRegionConsistency != nil:
		return wire.NotImplemented("dynamodb", "UpdateTable with replicas")
	case in.BillingMode == nil && in.ProvisionedThroughput == nil && in.GlobalSecondaryIndexUpdates == nil && in.StreamSpecification == nil &&
		in.SSESpecification == nil && in.TableClass == nil && in.DeletionProtectionEnabled == nil && in.OnDemandThroughput == nil && in.WarmThroughput == nil:
		return invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	}
	online := 0
	for _, u := range in.GlobalSecondaryIndexUpdates {
		set := 0
		for _, there := range []bool{u.Create != nil, u.Update != nil, u.Delete != nil} {
			if there {
				set++
			}
		}
		if set != 1 {
			return invalidValue("One of GlobalSecondaryIndexUpdate's Create, Update or Delete must be specified")
		}
		if u.Update == nil {
			online++
		}
	}
	if online > 1 {
		return errOneIndex()
	}
	return schema.Stream(in.StreamSpecification)
}

// errOneIndex is the answer to more than one index that comes or goes.
func errOneIndex() error {
	return &api.LimitExceededException{Message: "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"}
}

// update makes the changes to t. It returns the indexes that go, as the reply
// shows them.
func (s *Service) update(tx *kv.Tx, t *table.Table, in *api.UpdateTableInput) ([]api.GlobalSecondaryIndexDescription, error) {
	now := s.now()
	if err := schema.UpdateBilling(t, in, now); err != nil {
		return nil, err
	}
	if in.DeletionProtectionEnabled != nil {
		t.Protected = *in.DeletionProtectionEnabled
	}
	if in.TableClass != nil {
		t.Class, t.ClassChanged = *in.TableClass, now
	}
	if in.OnDemandThroughput != nil {
		t.Limits = schema.OnDemand(in.OnDemandThroughput)
	}
	if in.WarmThroughput != nil {
		t.Warm = schema.Warm(in.WarmThroughput)
	}
	schema.Encrypt(t, in.SSESpecification)
	if err := s.updateStream(tx, t, in.StreamSpecification); err != nil {
		return nil, err
	}
	var deleted []api.GlobalSecondaryIndexDescription
	for _, u := range in.GlobalSecondaryIndexUpdates {
		var err error
		switch {
		case u.Create != nil:
			err = s.createIndex(tx, t, in, u.Create)
		case u.Update != nil:
			err = s.updateIndex(t, u.Update)
		default:
			var gone api.GlobalSecondaryIndexDescription
			gone, err = dropIndex(tx, t, u.Delete.IndexName)
			deleted = append(deleted, gone)
		}
		if err != nil {
			return nil, err
		}
	}
	return deleted, nil
}

// updateStream turns t's stream on or off.
func (s *Service) updateStream(tx *kv.Tx, t *table.Table, in *api.StreamSpecification) error {
	switch {
	case in == nil:
		return nil
	case in.StreamEnabled && t.Streaming():
		return invalid("Table already has an enabled stream: TableName: %s", t.Name)
	case in.StreamEnabled:
		return s.upkeep.OpenStream(tx, t, *in.StreamViewType)
	case !t.Streaming():
		return invalid("Table is already stream-disabled: TableName: %s", t.Name)
	}
	return s.upkeep.CloseStream(tx, t)
}

// createIndex adds a global index, which a task then fills.
func (s *Service) createIndex(tx *kv.Tx, t *table.Table, in *api.UpdateTableInput, c *api.CreateGlobalSecondaryIndexAction) error {
	if t.Index(c.IndexName) != nil {
		return invalid("Attempting to create an index which already exists")
	}
	for _, x := range t.Globals {
		if x.Status == table.Creating {
			return errOneIndex()
		}
	}
	if len(t.Globals) >= schema.MaxGlobals {
		return &api.LimitExceededException{Message: "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20"}
	}
	q := schema.Request{Definitions: schema.Merge(t, in.AttributeDefinitions)}
	if err := q.CheckGlobal(api.GlobalSecondaryIndex{IndexName: c.IndexName, KeySchema: c.KeySchema, Projection: c.Projection}, map[string]bool{}); err != nil {
		return err
	}
	if err := schema.Billing(schema.Mode(t), c.ProvisionedThroughput, c.IndexName); err != nil {
		return err
	}
	x := schema.NewIndex(s.IDs, t, c.IndexName, c.KeySchema, c.Projection)
	x.Status = table.Creating
	x.Throughput, x.Limits, x.Warm = schema.Throughput(c.ProvisionedThroughput), schema.OnDemand(c.OnDemandThroughput), schema.Warm(c.WarmThroughput)
	for _, d := range q.Definitions {
		if old, known := t.Types[d.AttributeName]; known && old != d.AttributeType {
			return invalidValue("Cannot change the type of the key attribute %s from %s to %s", d.AttributeName, old, d.AttributeType)
		}
		if slices.Contains(x.Keys(), d.AttributeName) {
			schema.Define(t, d)
		}
	}
	t.Globals = append(t.Globals, x)
	return s.upkeep.StartBackfill(tx, t, x)
}

// updateIndex changes a global index's throughput.
func (s *Service) updateIndex(t *table.Table, u *api.UpdateGlobalSecondaryIndexAction) error {
	x := t.Index(u.IndexName)
	if x == nil || x.Local {
		return noResource()
	}
	if u.ProvisionedThroughput != nil {
		if err := schema.Billing(schema.Mode(t), u.ProvisionedThroughput, u.IndexName); err != nil {
			return err
		}
		x.Throughput = schema.ChangeThroughput(x.Throughput, u.ProvisionedThroughput, s.now())
	}
	if u.OnDemandThroughput != nil {
		x.Limits = schema.OnDemand(u.OnDemandThroughput)
	}
	if u.WarmThroughput != nil {
		x.Warm = schema.Warm(u.WarmThroughput)
	}
	return nil
}

// dropIndex removes a global index, and the definitions that only it needed.
func dropIndex(tx *kv.Tx, t *table.Table, name string) (api.GlobalSecondaryIndexDescription, error) {
	x := t.Index(name)
	if x == nil || x.Local {
		return api.GlobalSecondaryIndexDescription{}, noResource()
	}
	gone := api.GlobalSecondaryIndexDescription{
		IndexName: &x.Name, IndexArn: &x.ARN, KeySchema: schema.Keys(x.Hash, x.Range),
		Projection:  &api.Projection{ProjectionType: &x.Projection, NonKeyAttributes: x.NonKey},
		IndexStatus: new(api.IndexStatusDeleting),
	}
	t.Globals = slices.DeleteFunc(slices.Clone(t.Globals), func(g *table.Index) bool { return g == x })
	used := t.Keys()
	for _, other := range slices.Concat(t.Locals, t.Globals) {
		used = append(used, other.Keys()...)
	}
	t.Order = slices.DeleteFunc(slices.Clone(t.Order), func(n string) bool {
		if slices.Contains(used, n) {
			return false
		}
		delete(t.Types, n)
		return true
	})
	return gone, t.DropIndex(tx, x)
}
