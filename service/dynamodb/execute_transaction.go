package dynamodb

import (
	"context"
	"crypto/sha256"
	"fmt"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/search"
	"maru.dev/maru/service/dynamodb/upkeep"
	"maru.dev/maru/wire"
)

// ExecuteTransaction runs statements together: all read as of one moment, or
// all change their items or none does.
//
// Spec: DynamoDB API Reference, ExecuteTransaction.
func (s *Service) ExecuteTransaction(ctx context.Context, in *api.ExecuteTransactionInput) (*api.ExecuteTransactionOutput, error) {
	if len(in.TransactStatements) > maxTransaction {
		return nil, invalid("1 validation error detected: Value at 'transactStatements' failed to satisfy constraint: Member must have length less than or equal to 100")
	}
	parts := make([]statement, len(in.TransactStatements))
	reads := 0
	for i, p := range in.TransactStatements {
		var err error
		if parts[i], err = s.readStatement(ctx, p.Statement, p.Parameters, nil, p.ReturnValuesOnConditionCheckFailure); err != nil {
			return nil, err
		}
		if parts[i].Returning != "" {
			return nil, invalid("RETURNING is not supported in transactions.")
		}
		if parts[i].Kind.Reads() {
			reads++
		}
	}
	switch reads {
	case 0:
		return s.transactWrites(ctx, in, parts)
	case len(parts):
		return s.transactReads(ctx, in, parts)
	}
	return nil, errMixed("transaction")
}

// transactReads reads the items that the statements name.
func (s *Service) transactReads(ctx context.Context, in *api.ExecuteTransactionInput, parts []statement) (*api.ExecuteTransactionOutput, error) {
	var out *api.ExecuteTransactionOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		m := &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Reads: true, Metrics: s.metrics}
		out = &api.ExecuteTransactionOutput{Responses: make([]api.ItemResponse, len(parts))}
		why := newReasons(len(parts))
		for i := range parts {
			item, err := s.readOne(tx, &parts[i], m, 2)
			if err != nil && !why.refuse(i, err) {
				return err
			}
			out.Responses[i].Item = item.Reply()
		}
		out.ConsumedCapacity = m.All()
		return why.verdict()
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// transactWrites makes the changes that the statements ask for.
func (s *Service) transactWrites(ctx context.Context, in *api.ExecuteTransactionInput, parts []statement) (*api.ExecuteTransactionOutput, error) {
	token, err := statementToken(ctx, in)
	if err != nil {
		return nil, err
	}
	var out *api.ExecuteTransactionOutput
	at := s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m := &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Writes: true, Metrics: s.metrics}
		out = &api.ExecuteTransactionOutput{Responses: make([]api.ItemResponse, len(parts))}
		changes, err := s.changesOf(tx, parts)
		if err != nil {
			return err
		}
		done, err := s.upkeep.Seen(tx, token, at)
		if err != nil {
			return err
		}
		if done {
			m.Writes, m.Reads = false, true
			err = s.reread(tx, changes, m)
		} else if err = s.writeAll(tx, &api.TransactWriteItemsInput{}, changes, at, m, &api.TransactWriteItemsOutput{}); err == nil {
			err = s.upkeep.Remember(tx, token, at)
		}
		out.ConsumedCapacity = m.All()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// changesOf turns statements into changes of the items of their tables.
func (s *Service) changesOf(tx *kv.Tx, parts []statement) ([]namedChange, error) {
	changes, why := make([]namedChange, len(parts)), newReasons(len(parts))
	for i := range parts {
		t, err := s.load(tx, parts[i].ref)
		if err != nil {
			return nil, err
		}
		changes[i].name = parts[i].Table
		if changes[i].itemChange, err = parts[i].change(t); err != nil && !why.refuse(i, err) {
			return nil, err
		}
	}
	return changes, why.verdict()
}

// statementToken reads the request's token, and what it stands for.
func statementToken(ctx context.Context, in *api.ExecuteTransactionInput) (upkeep.Token, error) {
	info := call.From(ctx)
	t := upkeep.Token{Account: info.Account, Region: info.Region, Name: wire.Value(in.ClientRequestToken)}
	if len(t.Name) > maxToken {
		return t, errToken(t.Name)
	}
	h := sha256.New()
	for _, p := range in.TransactStatements {
		params, err := request.Values(p.Parameters)
		if err != nil {
			return t, err
		}
		fmt.Fprintf(h, "%x", search.Sum(p.Statement, params))
	}
	t.Hash = h.Sum(nil)
	return t, nil
}
