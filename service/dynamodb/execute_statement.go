package dynamodb

import (
	"context"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/partiql"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/search"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// ExecuteStatement runs one statement of PartiQL: a SELECT, or a change of one
// item.
//
// Spec: DynamoDB API Reference, ExecuteStatement.
func (s *Service) ExecuteStatement(ctx context.Context, in *api.ExecuteStatementInput) (*api.ExecuteStatementOutput, error) {
	st, err := s.readStatement(ctx, in.Statement, in.Parameters, in.ConsistentRead, in.ReturnValuesOnConditionCheckFailure)
	if err != nil {
		return nil, err
	}
	switch st.Kind {
	case partiql.Select:
		return s.executeSelect(ctx, in, st)
	case partiql.Exists:
		return nil, invalid("EXISTS can only be used in ExecuteTransaction.")
	}
	p, used, err := s.changeByStatement(ctx, st)
	if err != nil {
		return nil, err
	}
	out := &api.ExecuteStatementOutput{Items: attr.Items{}, ConsumedCapacity: s.wrote(&p, used, in.ReturnConsumedCapacity)}
	if item := st.returns(&p); item != nil {
		out.Items = attr.Items{item.Encode()}
	}
	return out, nil
}

// changeByStatement makes the change that a statement asks for.
func (s *Service) changeByStatement(ctx context.Context, st statement) (pending, table.Usage, error) {
	var p pending
	var used table.Usage
	at := s.now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := s.load(tx, st.ref)
		if err != nil {
			return err
		}
		c, err := st.change(t)
		if err != nil {
			return err
		}
		p, used, err = s.apply(tx, c, at)
		return err
	})
	return p, used, err
}

// executeSelect runs a SELECT.
func (s *Service) executeSelect(ctx context.Context, in *api.ExecuteStatementInput, st statement) (*api.ExecuteStatementOutput, error) {
	params, err := request.Values(in.Parameters)
	if err != nil {
		return nil, err
	}
	sum := search.Sum(in.Statement, params)
	want := search.Wanted{Limit: int(wire.Value(in.Limit)), Consistent: st.consistent, Capacity: in.ReturnConsumedCapacity}
	if want.Start, err = search.ReadToken(sum, in.NextToken); err != nil {
		return nil, err
	}
	page, err := s.page(ctx, st.ref, func(tx *kv.Tx, t *table.Table) (*search.Page, error) {
		l, err := search.NewSelection(t, st.Statement, want)
		if err != nil {
			return nil, err
		}
		return l.Run(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return &api.ExecuteStatementOutput{
		Items: page.Items, NextToken: search.NextToken(sum, page.Last), LastEvaluatedKey: page.Last.Reply(), ConsumedCapacity: page.Used,
	}, nil
}
