package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/partiql"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
)

// Wanted says which page of a SELECT is wanted.
type Wanted struct {
	Limit      int       // rows looked at; 0 is no limit
	Start      attr.Item // behind which key; nil is the beginning
	Consistent bool
	Capacity   *string // ReturnConsumedCapacity
}

// maxHashes is how many hash keys one SELECT may list.
const maxHashes = 50

// Selection is a SELECT that has met its table.
type Selection struct {
	Query
	index  *table.Index
	hash   string
	rng    string
	hashes []attr.Value // in which partitions to look; nil is everywhere
}

// NewSelection works out how t answers a SELECT. What page is wanted of it is
// said by page.
func NewSelection(t *table.Table, st *partiql.Statement, page Wanted) (*Selection, error) {
	f := search{limit: page.Limit, start: page.Start, wanted: page.Capacity, consistent: page.Consistent}
	l := &Selection{Query: Query{search: f}, hash: t.Hash, rng: t.Range}
	l.search.index, l.search.reshape = st.Index, reshape(st)
	l.readPaths(st)
	var err error
	if l.index, err = l.place(t); err != nil {
		return nil, err
	}
	if l.index != nil {
		l.hash, l.rng = l.index.Hash, l.index.Range
	}
	where := terms(st.Where)
	if e, rest := take(where, l.hash, "=", "IN"); e != nil {
		where = rest
		if err := l.readHashes(e); err != nil {
			return nil, err
		}
		if e, rest = take(where, l.rng, "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"); e != nil {
			where = rest
			l.keys = l.keys.With(keyCondition(l.rng, e))
		}
	}
	if err := l.readOrder(st.Order); err != nil {
		return nil, err
	}
	l.filter, err = Condition(expr.FilterExpression, where)
	return l, err
}

// readPaths reads what is wanted of each item.
func (l *Selection) readPaths(st *partiql.Statement) {
	switch {
	case len(st.Paths) > 0:
		l.sel = api.SelectSpecificAttributes
		names := make([]string, len(st.Paths))
		for i, path := range st.Paths {
			names[i] = path.Top()
		}
		l.want = expr.Names(names)
	case st.Index != "":
		l.sel = api.SelectAllProjectedAttributes
	default:
		l.sel = api.SelectAllAttributes
	}
}

// readHashes reads the condition on the hash key: one value, or a list.
func (l *Selection) readHashes(e *partiql.Expr) error {
	if len(e.Kids)-1 > maxHashes {
		return expr.Invalid("The number of hash keys in the IN operator may not exceed %d", maxHashes)
	}
	for _, kid := range e.Kids[1:] {
		known := false
		for _, v := range l.hashes {
			known = known || attr.Equal(v, kid.Value)
		}
		if !known {
			l.hashes = append(l.hashes, kid.Value)
		}
	}
	return nil
}

// keyCondition turns a term about a sort key into a condition of Query.
func keyCondition(name string, e *partiql.Expr) expr.KeyCondition {
	c := expr.KeyCondition{Name: name, Op: e.Op}
	for _, kid := range e.Kids[1:] {
		c.Values = append(c.Values, kid.Value)
	}
	return c
}

// readOrder reads ORDER BY: the hash key first or not at all, then the sort key.
func (l *Selection) readOrder(order []partiql.Order) error {
	if len(order) == 0 {
		return nil
	}
	if l.hashes == nil {
		return expr.Invalid("Must have WHERE clause in the statement when using ORDER BY clause.")
	}
	for i, o := range order {
		switch {
		case o.Name == l.rng && l.rng != "":
			l.reverse = o.Descending
		case o.Name != l.hash || i > 0:
			return expr.Invalid("Variable reference %s in ORDER BY clause must be part of the primary key", o.Name)
		}
	}
	return nil
}

// Run reads the page.
func (l *Selection) Run(tx *kv.Tx, t *table.Table) (*Page, error) {
	if err := l.checkStart(t, l.index); err != nil {
		return nil, err
	}
	if l.hashes == nil {
		return l.search.run(tx, t, l.index, t.Segment(l.index, 0, 1))
	}
	out, limit := l.newPage(), l.limit
	for _, hash := range l.hashes {
		l.keys = l.keys.With(expr.KeyCondition{Name: l.hash, Op: "=", Values: []attr.Value{hash}})
		if err := l.checkKeys(t, l.hash, l.rng); err != nil {
			return nil, err
		}
		if l.start != nil && !attr.Equal(l.start.Get(l.hash), hash) {
			continue // an earlier page has been there
		}
		part := t.Partition(l.index, hash)
		r := part.All()
		if c, ok := l.keys.On(l.rng); ok {
			r = narrow(part, c)
		}
		r.Reverse = l.reverse
		if err := l.extend(tx, t, l.index, r, out); err != nil {
			return nil, err
		}
		if out.Last != nil {
			break
		}
		l.start, l.limit = nil, limit-int(out.Scanned)
	}
	out.Used = out.meter.One(t)
	return out, nil
}

// One reads the one item that a SELECT in a batch or a transaction names
// by its key: nil when it is not there or not as the condition says.
func One(tx *kv.Tx, t *table.Table, st *partiql.Statement) (item attr.Raw, size int, err error) {
	key, rest, err := Key(st, t)
	if err != nil {
		return nil, 0, expr.Invalid("Select statements within a batch or a transaction must specify the primary key in the where clause.")
	}
	if st.Index != "" {
		return nil, 0, expr.Invalid("Reads of an index are not supported in a batch or a transaction.")
	}
	if err := schema.CheckKey(t, key); err != nil {
		return nil, 0, err
	}
	filter, err := Condition(expr.FilterExpression, rest)
	if err != nil {
		return nil, 0, err
	}
	row, ok, err := table.Get(tx, t.Row(key))
	if err != nil || !ok {
		return nil, 0, err
	}
	whole, err := row.Item()
	switch pick := reshape(st); {
	case err != nil || !filter.Eval(whole):
		return nil, row.Size, err
	case pick != nil:
		return pick(whole).Encode(), row.Size, nil
	}
	return row.Raw(), row.Size, nil
}

// tokenSum is how many bytes of a NextToken say which statement it belongs to.
const tokenSum = 8

// Sum is what a NextToken says of the statement it belongs to.
func Sum(text string, params []attr.Value) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q", text)
	_, _ = h.Write(attr.Item{{Name: "p", Value: attr.Value{Kind: attr.List, List: params}}}.Encode())
	return h.Sum(nil)[:tokenSum]
}

// NextToken says where a statement's next page begins.
func NextToken(sum []byte, last attr.Raw) *string {
	if last == nil {
		return nil
	}
	return new(base64.StdEncoding.EncodeToString(append(bytes.Clone(sum), last...)))
}

// ReadToken reads what NextToken wrote.
func ReadToken(sum []byte, token *string) (attr.Item, error) {
	if token == nil {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(*token)
	if err != nil || len(raw) < tokenSum || !bytes.Equal(raw[:tokenSum], sum) {
		return nil, expr.Invalid("Invalid NextToken")
	}
	start, err := attr.Decode(raw[tokenSum:])
	if err != nil {
		return nil, expr.Invalid("Invalid NextToken")
	}
	return start, nil
}
