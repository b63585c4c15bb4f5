package dynamodb

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/service/dynamodb/upkeep"
	"maru.dev/maru/wire"
)

// TransactWriteItems changes several items, or none. Isolation is the store's:
// a transaction that meets another one runs again, so there are no conflicts
// to report.
//
// Spec: DynamoDB API Reference, TransactWriteItems.
func (s *Service) TransactWriteItems(ctx context.Context, in *api.TransactWriteItemsInput) (*api.TransactWriteItemsOutput, error) {
	changes, err := s.readTransactWrites(ctx, in)
	if err != nil {
		return nil, err
	}
	token, err := newToken(ctx, in)
	if err != nil {
		return nil, err
	}
	var out *api.TransactWriteItemsOutput
	at := s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m := &capacity.Meter{Wanted: in.ReturnConsumedCapacity, Writes: true, Metrics: s.metrics}
		out = &api.TransactWriteItemsOutput{}
		done, err := s.upkeep.Seen(tx, token, at)
		if err != nil {
			return err
		}
		if done {
			// The same request again answers as it did, and costs a read.
			m.Writes, m.Reads = false, true
			err = s.reread(tx, changes, m)
		} else if err = s.writeAll(tx, in, changes, at, m, out); err == nil {
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

// writeAll makes all changes of a transaction, or reports why each cannot be.
func (s *Service) writeAll(tx *kv.Tx, in *api.TransactWriteItemsInput, changes []namedChange, at time.Time, m *capacity.Meter, out *api.TransactWriteItemsOutput) error {
	met, seen := make([]pending, len(changes)), make(map[string]bool, len(changes))
	why := newReasons(len(changes))
	total := 0
	for i, c := range changes {
		p, err := s.meet(tx, c.itemChange, at)
		if err != nil {
			if !why.refuse(i, err) {
				return err
			}
			continue
		}
		if row := string(p.change.Row.Key); seen[row] {
			return errSameItem()
		} else {
			seen[row] = true
		}
		if !p.allowed() {
			why.fail(i, &p)
		} else if err := p.compute(); err != nil && !why.refuse(i, err) {
			return err
		}
		total += max(p.change.OldSize, p.change.NewSize)
		met[i] = p
	}
	if err := why.verdict(); err != nil {
		return err
	}
	if total > maxTransactionBytes {
		return invalid("Transaction cannot exceed 4 MB in size")
	}
	w := table.In(tx)
	for i := range met {
		if err := writeOne(w, &met[i], changes[i].name, in, m, out); err != nil {
			return err
		}
	}
	return nil
}

// writeOne makes one change of a transaction.
func writeOne(w *table.Write, p *pending, name string, in *api.TransactWriteItemsInput, m *capacity.Meter, out *api.TransactWriteItemsOutput) error {
	if p.verb == checking {
		m.Wrote(p.table, table.Usage{Table: p.change.OldSize}, 2)
		return nil
	}
	used, err := w.Apply(p.table, p.change)
	if err != nil {
		return err
	}
	m.Wrote(p.table, used, 2)
	if metrics := capacity.Collection(in.ReturnItemCollectionMetrics, p.table, p.item); metrics != nil {
		if out.ItemCollectionMetrics == nil {
			out.ItemCollectionMetrics = make(map[string][]api.ItemCollectionMetrics)
		}
		out.ItemCollectionMetrics[name] = append(out.ItemCollectionMetrics[name], *metrics)
	}
	return nil
}

// reread charges for a transaction that has been made before.
func (s *Service) reread(tx *kv.Tx, changes []namedChange, m *capacity.Meter) error {
	for _, c := range changes {
		t, err := s.load(tx, c.ref)
		if err != nil {
			return err
		}
		stored, _, err := table.Get(tx, t.Row(c.item))
		if err != nil {
			return err
		}
		m.Read(t, nil, 2*capacity.Reading(stored.Size, true))
	}
	return nil
}

// reasons collects why the parts of a transaction cannot be.
type reasons struct {
	list   []api.CancellationReason
	failed bool
}

// newReasons returns reasons for n parts, none of which has failed.
func newReasons(n int) *reasons {
	r := &reasons{list: make([]api.CancellationReason, n)}
	for i := range r.list {
		r.list[i].Code = new("None")
	}
	return r
}

// fail notes that part i's condition does not hold.
func (r *reasons) fail(i int, p *pending) {
	r.failed = true
	r.list[i] = api.CancellationReason{Code: new("ConditionalCheckFailed"), Message: new("The conditional request failed")}
	if p.insert {
		r.list[i] = api.CancellationReason{Code: new("DuplicateItem"), Message: new(duplicate)}
	}
	if p.tell {
		r.list[i].Item = attr.Reply(p.change.Old)
	}
}

// refuse notes that part i is not valid for its item. It returns false when
// err is none of the part's own, and fails the whole request.
func (r *reasons) refuse(i int, err error) bool {
	e, ok := err.(*wire.APIError) //nolint:errorlint // made here, and never wrapped
	if !ok || e.Code != "ValidationException" {
		return false
	}
	r.failed = true
	r.list[i] = api.CancellationReason{Code: new("ValidationError"), Message: &e.Message}
	return true
}

// verdict is the error of a transaction of which a part has failed.
func (r *reasons) verdict() error {
	if !r.failed {
		return nil
	}
	codes := make([]string, len(r.list))
	for i := range r.list {
		codes[i] = *r.list[i].Code
	}
	return &api.TransactionCanceledException{
		Message:             "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]",
		CancellationReasons: r.list,
	}
}

// readTransactWrites reads the request.
func (s *Service) readTransactWrites(ctx context.Context, in *api.TransactWriteItemsInput) ([]namedChange, error) {
	if len(in.TransactItems) > maxTransaction {
		return nil, errTransactionLength()
	}
	changes := make([]namedChange, 0, len(in.TransactItems))
	for _, item := range in.TransactItems {
		part, err := partOf(item)
		if err != nil {
			return nil, err
		}
		c, err := s.readChange(ctx, part)
		if err != nil {
			return nil, err
		}
		changes = append(changes, namedChange{itemChange: c, name: part.table})
	}
	return changes, nil
}

// partOf returns the one member that is set.
func partOf(item api.TransactWriteItem) (changeRequest, error) {
	var parts []changeRequest
	if c := item.ConditionCheck; c != nil {
		parts = append(parts, changeRequest{
			verb: checking, table: c.TableName, item: c.Key, condition: &c.ConditionExpression,
			names: c.ExpressionAttributeNames, values: c.ExpressionAttributeValues, tell: c.ReturnValuesOnConditionCheckFailure,
		})
	}
	if c := item.Put; c != nil {
		parts = append(parts, changeRequest{
			verb: putting, table: c.TableName, item: c.Item, condition: c.ConditionExpression,
			names: c.ExpressionAttributeNames, values: c.ExpressionAttributeValues, tell: c.ReturnValuesOnConditionCheckFailure,
		})
	}
	if c := item.Delete; c != nil {
		parts = append(parts, changeRequest{
			verb: deleting, table: c.TableName, item: c.Key, condition: c.ConditionExpression,
			names: c.ExpressionAttributeNames, values: c.ExpressionAttributeValues, tell: c.ReturnValuesOnConditionCheckFailure,
		})
	}
	if c := item.Update; c != nil {
		parts = append(parts, changeRequest{
			verb: updating, table: c.TableName, item: c.Key, update: &c.UpdateExpression, condition: c.ConditionExpression,
			names: c.ExpressionAttributeNames, values: c.ExpressionAttributeValues, tell: c.ReturnValuesOnConditionCheckFailure,
		})
	}
	if len(parts) != 1 {
		return changeRequest{}, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	return parts[0], nil
}

// newToken reads the request's token, and what it stands for.
func newToken(ctx context.Context, in *api.TransactWriteItemsInput) (upkeep.Token, error) {
	info := call.From(ctx)
	t := upkeep.Token{Account: info.Account, Region: info.Region, Name: wire.Value(in.ClientRequestToken)}
	if t.Name == "" {
		return t, nil
	}
	if len(t.Name) > maxToken {
		return t, errToken(t.Name)
	}
	h := sha256.New()
	for _, item := range in.TransactItems {
		p, err := partOf(item)
		if err != nil {
			return t, err
		}
		read, err := request.Item(p.item)
		if err != nil {
			return t, err
		}
		values, err := request.Item(p.values)
		if err != nil {
			return t, err
		}
		fmt.Fprintf(h, "%d %q %q %q %x %x\n", p.verb, p.table, wire.Value(p.update), wire.Value(p.condition), read.Encode(), values.Encode())
		for _, k := range slices.Sorted(maps.Keys(p.names)) {
			fmt.Fprintf(h, "%q=%q ", k, p.names[k])
		}
	}
	t.Hash = h.Sum(nil)
	return t, nil
}

// errToken is the answer to a ClientRequestToken that is too long.
func errToken(token string) error {
	return invalid("1 validation error detected: Value '%s' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36", token)
}

// maxToken is how long a ClientRequestToken may be.
const maxToken = 36
