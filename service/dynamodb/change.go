package dynamodb

import (
	"context"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// verb is what a change does to an item.
type verb uint8

// The verbs. Checking only holds the item against a condition.
const (
	putting verb = iota
	deleting
	updating
	checking
)

// itemChange is one change of one item that a request asks for, checked as far as
// it can be without the table.
type itemChange struct {
	ref    ref
	verb   verb
	item   attr.Item // putting: the item; else its key
	size   int       // putting
	update *expr.Update
	when   *expr.Condition
	// tell asks for the item when the condition fails.
	tell bool
	// insert tells that the condition is that there is no such item yet.
	insert bool
	// wantOld asks for the item as it was, however little the change needs it.
	wantOld bool
}

// changeRequest is what the requests that change one item, and the parts of a
// transaction, have in common.
type changeRequest struct {
	verb      verb
	table     string
	item      map[string]api.AttributeValue // putting: the item; else its key
	update    *string
	condition *string
	names     map[string]string
	values    map[string]api.AttributeValue
	tell      *string // ReturnValuesOnConditionCheckFailure
	returns   *string // ReturnValues

	// The legacy parameters.
	updates  map[string]api.AttributeValueUpdate
	expected map[string]api.ExpectedAttributeValue
	operator *string
}

// placeholders reads the placeholders of a change.
func (q *changeRequest) placeholders() (*expr.Params, error) {
	legacy := request.Given{
		{Name: "AttributeUpdates", There: q.updates != nil},
		{Name: "Expected", There: q.expected != nil},
		{Name: "ConditionalOperator", There: q.operator != nil},
	}
	expressions := request.Given{
		{Name: expr.UpdateExpression, There: q.update != nil},
		{Name: expr.ConditionExpression, There: q.condition != nil},
	}
	if q.verb != updating {
		legacy, expressions = legacy[1:], expressions[1:]
	}
	return request.Placeholders(legacy, expressions, q.names, q.values)
}

// readChange reads a change of one item.
func (s *Service) readChange(ctx context.Context, q changeRequest) (itemChange, error) {
	c := itemChange{verb: q.verb}
	var err error
	if c.ref, err = s.ref(ctx, q.table); err != nil {
		return c, err
	}
	params, err := q.placeholders()
	if err != nil {
		return c, err
	}
	if q.verb != updating {
		if err := request.OneOf("ReturnValues", q.returns, api.ReturnValueAllOld, api.ReturnValueNone); err != nil {
			return c, err
		}
		c.wantOld = wire.Value(q.returns) == api.ReturnValueAllOld
	}
	if c.item, err = request.Item(q.item); err != nil {
		return c, err
	}
	if q.verb == putting {
		c.size = c.item.Size()
	}
	switch {
	case q.update != nil:
		c.update, err = expr.ParseUpdate(*q.update, params)
	case q.verb == updating:
		c.update, err = legacyUpdate(q.updates)
	}
	if err != nil {
		return c, err
	}
	if c.when, err = request.Condition(q.condition, params, q.expected, q.operator); err != nil {
		return c, err
	}
	c.tell = wire.Value(q.tell) == api.ReturnValuesOnConditionCheckFailureAllOld
	return c, params.Unused()
}

// changeItem makes the one change of a request.
func (s *Service) changeItem(ctx context.Context, q changeRequest) (pending, table.Usage, error) {
	var p pending
	var used table.Usage
	c, err := s.readChange(ctx, q)
	if err != nil {
		return p, used, err
	}
	at := s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		p, used, err = s.apply(tx, c, at)
		return err
	})
	return p, used, err
}

// pending is a change that has met its item: what is there, before anything is
// written.
type pending struct {
	itemChange
	table  *table.Table
	change table.Change
}

// meet loads the item that c is about, and checks c against the table.
func (s *Service) meet(tx *kv.Tx, c itemChange, at time.Time) (pending, error) {
	p := pending{itemChange: c}
	var err error
	if p.table, err = s.load(tx, c.ref); err != nil {
		return p, err
	}
	if c.verb == putting {
		err = schema.CheckPut(p.table, c.item, c.size)
	} else {
		err = schema.CheckKey(p.table, c.item)
	}
	if err != nil {
		return p, err
	}
	if c.update != nil {
		if err := schema.CheckUpdatePaths(p.table, c.update); err != nil {
			return p, err
		}
	}
	p.change = table.Change{Row: p.table.Row(c.item), At: at}
	stored, had, err := table.Get(tx, p.change.Row)
	if err != nil {
		return p, err
	}
	p.change.Had, p.change.OldSize = had, stored.Size
	if !had {
		p.table.Missed(tx)
	}
	if had && (c.wantOld || c.when != nil || c.update != nil || p.table.NeedsOld()) {
		p.change.Old, err = stored.Item()
	}
	return p, err
}

// wrote counts what the change has written, if that is wanted.
func (s *Service) wrote(p *pending, used table.Usage, wanted *string) *api.ConsumedCapacity {
	m := capacity.Meter{Wanted: wanted, Metrics: s.metrics}
	m.Wrote(p.table, used, 1)
	return m.One(p.table)
}

// old is the item as it was, if that is wanted.
func (p *pending) old() wire.Emitter {
	if !p.wantOld {
		return nil
	}
	return attr.Reply(p.change.Old)
}

// allowed tells whether the item fulfils the condition.
func (p *pending) allowed() bool { return p.when.Eval(p.change.Old) }

// refusal is the error of a condition that fails.
func (p *pending) refusal() error {
	if p.insert {
		return &api.DuplicateItemException{Message: duplicate}
	}
	e := &api.ConditionalCheckFailedException{Message: "The conditional request failed"}
	if p.tell {
		e.Item = attr.Reply(p.change.Old)
	}
	return e
}

// compute works out the item as it will be.
func (p *pending) compute() error {
	switch p.verb {
	case putting:
		p.change.New, p.change.NewSize = p.item, p.size
	case updating:
		if !p.change.Had && p.update.OnlyTakes() {
			return nil
		}
		base := p.change.Old
		if !p.change.Had {
			base = p.item
		}
		item, err := p.update.Apply(base)
		if err != nil {
			return err
		}
		p.change.New, p.change.NewSize = item, item.SizeUpTo(attr.MaxItem)
		return schema.CheckUpdated(p.table, item, p.change.NewSize)
	}
	return nil
}

// apply runs one change in its own transaction.
func (s *Service) apply(tx *kv.Tx, c itemChange, at time.Time) (pending, table.Usage, error) {
	p, err := s.meet(tx, c, at)
	if err != nil {
		return p, table.Usage{}, err
	}
	if !p.allowed() {
		return p, table.Usage{}, p.refusal()
	}
	if err := p.compute(); err != nil {
		return p, table.Usage{}, err
	}
	used, err := table.In(tx).Apply(p.table, p.change)
	return p, used, err
}
