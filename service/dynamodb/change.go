package dynamodb

import (
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
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
	// wantOld asks for the item as it was, however little the change needs it.
	wantOld bool
}

// newPut reads an item that is to be put.
func newPut(r ref, item map[string]api.AttributeValue) (itemChange, error) {
	read, err := request.Item(item)
	return itemChange{ref: r, verb: putting, item: read, size: read.Size()}, err
}

// newKeyed reads the key of an item that is to be changed or looked at.
func newKeyed(r ref, v verb, key map[string]api.AttributeValue) (itemChange, error) {
	read, err := request.Item(key)
	return itemChange{ref: r, verb: v, item: read}, err
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
	if had && (c.wantOld || c.when != nil || c.update != nil || p.table.NeedsOld()) {
		p.change.Old, err = stored.Item()
	}
	return p, err
}

// allowed tells whether the item fulfils the condition.
func (p *pending) allowed() bool { return p.when.Eval(p.change.Old) }

// refusal is the error of a condition that fails.
func (p *pending) refusal() error {
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
		p.change.New, p.change.NewSize = item, item.Size()
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
