package dynamodb

import (
	"context"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/partiql"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/search"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/wire"
)

// duplicate is what is said of an INSERT whose item is there.
const duplicate = "Duplicate primary key exists in table"

// statement is a PartiQL statement of a request.
type statement struct {
	*partiql.Statement
	ref        ref
	consistent bool
	tell       bool
}

// readStatement reads a statement and its parameters.
func (s *Service) readStatement(ctx context.Context, text string, params []api.AttributeValue, consistent *bool, tell *string) (statement, error) {
	st := statement{consistent: wire.Value(consistent), tell: wire.Value(tell) == api.ReturnValuesOnConditionCheckFailureAllOld}
	values, err := request.Values(params)
	if err != nil {
		return st, err
	}
	if st.Statement, err = partiql.Parse(text, values); err != nil {
		return st, err
	}
	st.ref, err = s.ref(ctx, st.Table)
	return st, err
}

// there is the condition that an item of t is there, or is not.
func there(t *table.Table, function string) *partiql.Expr {
	return &partiql.Expr{Op: function, Kids: []*partiql.Expr{{Path: expr.Path{{Name: t.Hash}}}}}
}

// change is what a statement does to its one item of t.
func (st *statement) change(t *table.Table) (itemChange, error) {
	c := itemChange{ref: st.ref, tell: st.tell}
	var terms []*partiql.Expr
	var err error
	if st.Kind == partiql.Insert {
		c.verb, c.item, c.size, c.insert = putting, st.Item, st.Item.Size(), true
		terms = []*partiql.Expr{there(t, "attribute_not_exists")}
	} else if c.item, terms, err = search.Key(st.Statement, t); err != nil {
		return c, err
	}
	switch st.Kind {
	case partiql.Update:
		c.verb = updating
		terms = append(terms, there(t, "attribute_exists"))
		c.update, err = st.update()
	case partiql.Exists:
		c.verb = checking
		terms = append(terms, there(t, "attribute_exists"))
	case partiql.Delete:
		c.verb, c.wantOld = deleting, st.Returning != ""
		if len(terms) > 0 { // nothing to delete is no failure
			terms = []*partiql.Expr{{Op: "OR", Kids: []*partiql.Expr{there(t, "attribute_not_exists"), search.All(terms)}}}
		}
	}
	if err != nil {
		return c, err
	}
	c.when, err = search.Condition(expr.ConditionExpression, terms)
	return c, err
}

// update turns the changes of an UPDATE into an update expression.
func (st *statement) update() (*expr.Update, error) {
	w := partiql.NewWriter()
	sections := map[string][]string{}
	for _, c := range st.Changes {
		text := w.Path(c.Path)
		switch c.Action {
		case partiql.Set:
			text += " = " + w.Expr(c.Value)
		case partiql.AddToSet, partiql.TakeAway:
			text += " " + w.Expr(c.Value)
		}
		sections[c.Action] = append(sections[c.Action], text)
	}
	var text []string
	for _, action := range request.Sorted(sections) {
		text = append(text, action+" "+strings.Join(sections[action], ", "))
	}
	return expr.ParseUpdate(strings.Join(text, " "), w.Params())
}

// returns is what a statement asks of the item that it has changed.
func (st *statement) returns(p *pending) attr.Item {
	switch {
	case st.Kind == partiql.Delete && st.Returning != "":
		return p.change.Old
	case st.Kind == partiql.Update:
		which := strings.ReplaceAll(st.Returning, " ", "_")
		return returned(strings.Replace(which, "MODIFIED", "UPDATED", 1), p)
	}
	return nil
}

// readOne reads the one item that a SELECT names by its key, and charges the
// reading, times factor, to m.
func (s *Service) readOne(tx *kv.Tx, st *statement, m *capacity.Meter, factor float64) (attr.Raw, error) {
	t, err := s.load(tx, st.ref)
	if err != nil {
		return nil, err
	}
	item, size, err := search.One(tx, t, st.Statement)
	if err == nil {
		m.Read(t, nil, factor*capacity.Reading(size, st.consistent || factor > 1))
	}
	return item, err
}
