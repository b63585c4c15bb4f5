package search

import (
	"cmp"
	"slices"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/partiql"
	"maru.dev/maru/service/dynamodb/table"
)

// terms takes the condition of a statement apart into what must hold together.
func terms(where *partiql.Expr) []*partiql.Expr {
	if where == nil {
		return nil
	}
	return appendTerms(nil, where)
}

// appendTerms appends the terms of where to those of what stands before it.
func appendTerms(all []*partiql.Expr, where *partiql.Expr) []*partiql.Expr {
	if where.Op != "AND" {
		return append(all, where)
	}
	for _, kid := range where.Kids {
		all = appendTerms(all, kid)
	}
	return all
}

// about tells whether e is a condition by op that compares an attribute, and
// nothing in it, with values.
func about(e *partiql.Expr, name string, ops ...string) bool {
	found := false
	for _, op := range ops {
		found = found || e.Op == op
	}
	if !found || !e.Kids[0].IsPath() || len(e.Kids[0].Path) != 1 || e.Kids[0].Path.Top() != name {
		return false
	}
	for _, kid := range e.Kids[1:] {
		if !kid.IsValue() {
			return false
		}
	}
	return true
}

// take removes the first term that is about an attribute, and returns the rest.
func take(terms []*partiql.Expr, name string, ops ...string) (found *partiql.Expr, rest []*partiql.Expr) {
	for _, e := range terms {
		if found == nil && name != "" && about(e, name, ops...) {
			found = e
			continue
		}
		rest = append(rest, e)
	}
	return found, rest
}

// Key is the key that a statement's condition names in full, and what else the
// condition asks.
func Key(st *partiql.Statement, t *table.Table) (key attr.Item, rest []*partiql.Expr, err error) {
	rest = terms(st.Where)
	for _, name := range t.Keys() {
		var e *partiql.Expr
		if e, rest = take(rest, name, "="); e == nil {
			return nil, nil, expr.Invalid("Where clause does not contain a mandatory equality on all key attributes")
		}
		key = append(key, attr.Attr{Name: name, Value: e.Kids[1].Value})
	}
	key.Sort()
	return key, rest, nil
}

// Condition turns terms into a condition; none is nil.
func Condition(param string, terms []*partiql.Expr) (*expr.Condition, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	w := partiql.NewWriter()
	text := w.Expr(All(terms))
	return expr.ParseCondition(param, text, w.Params())
}

// All joins terms by AND.
func All(terms []*partiql.Expr) *partiql.Expr {
	if len(terms) == 1 {
		return terms[0]
	}
	return &partiql.Expr{Op: "AND", Kids: terms}
}

// reshape is how the paths of a SELECT make an item: each value goes by the
// last step that leads to it, and of those that go by the same name the last one
// stays. It is nil when all is wanted.
func reshape(st *partiql.Statement) func(attr.Item) attr.Item {
	if len(st.Paths) == 0 {
		return nil
	}
	names := make([]string, len(st.Paths))
	for i, path := range st.Paths {
		names[i] = path.Last()
	}
	type found struct {
		place int // in st.Paths
		value attr.Value
	}
	finder := expr.NewFinder(st.Paths)
	return func(item attr.Item) attr.Item {
		var all []found
		finder.Find(item, func(place int, v attr.Value) { all = append(all, found{place, v}) })
		slices.SortFunc(all, func(a, b found) int {
			return cmp.Or(strings.Compare(names[a.place], names[b.place]), cmp.Compare(a.place, b.place))
		})
		out := make(attr.Item, 0, len(all))
		for _, f := range all {
			name := names[f.place]
			if last := len(out) - 1; last >= 0 && out[last].Name == name {
				out[last].Value = f.value
				continue
			}
			out = append(out, attr.Attr{Name: name, Value: f.value})
		}
		return out
	}
}
