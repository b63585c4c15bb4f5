package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/schema"
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
	t := schema.New(call.From(ctx), s.IDs, s.now(), r.name, in)
	var out *api.TableDescription
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, there, err := tx.Get(r.key); err != nil {
			return err
		} else if there {
			return &api.ResourceInUseException{Message: "Table already exists: " + r.name}
		}
		fresh := *t
		if in.StreamSpecification != nil && in.StreamSpecification.StreamEnabled {
			if err := s.upkeep.OpenStream(tx, &fresh, *in.StreamSpecification.StreamViewType); err != nil {
				return err
			}
		}
		fresh.Begin(tx)
		if err := fresh.Save(tx); err != nil {
			return err
		}
		out, err = schema.Describe(tx, &fresh)
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
	if err := schema.Billing(mode, in.ProvisionedThroughput, ""); err != nil {
		return err
	}
	if in.LocalSecondaryIndexes != nil && len(in.LocalSecondaryIndexes) == 0 {
		return invalidValue("List of LocalSecondaryIndexes is empty")
	}
	if in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0 {
		return invalidValue("List of GlobalSecondaryIndexes is empty")
	}
	q := schema.Request{Definitions: in.AttributeDefinitions, Keys: in.KeySchema, Locals: in.LocalSecondaryIndexes, Globals: in.GlobalSecondaryIndexes}
	if err := q.Check(); err != nil {
		return err
	}
	for _, x := range in.GlobalSecondaryIndexes {
		if err := schema.Billing(mode, x.ProvisionedThroughput, x.IndexName); err != nil {
			return err
		}
	}
	if err := schema.CheckTags(in.Tags); err != nil {
		return err
	}
	return schema.Stream(in.StreamSpecification)
}
