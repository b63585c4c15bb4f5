package search

import (
	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/service/dynamodb/table"
)

// Query is a Query request, checked as far as it can be without the table.
type Query struct {
	search
	keys    expr.KeyConditions
	reverse bool
}

// NewQuery reads the request.
func NewQuery(in *api.QueryInput) (*Query, error) {
	legacy := request.Given{
		{Name: "AttributesToGet", There: in.AttributesToGet != nil},
		{Name: "QueryFilter", There: in.QueryFilter != nil},
		{Name: "ConditionalOperator", There: in.ConditionalOperator != nil},
		{Name: "KeyConditions", There: in.KeyConditions != nil && in.KeyConditionExpression != nil},
	}
	params, err := request.Placeholders(legacy, request.Given{
		{Name: expr.ProjectionExpression, There: in.ProjectionExpression != nil},
		{Name: expr.FilterExpression, There: in.FilterExpression != nil},
		{Name: expr.KeyConditionExpression, There: in.KeyConditionExpression != nil},
	}, in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	q := &Query{reverse: in.ScanIndexForward != nil && !*in.ScanIndexForward}
	if q.keys, err = keyConditions(in, params); err != nil {
		return nil, err
	}
	q.search, err = newSearch(searchRequest{
		index: in.IndexName, sel: in.Select, projection: in.ProjectionExpression, attributes: in.AttributesToGet, limit: in.Limit,
		start: in.ExclusiveStartKey, consistent: in.ConsistentRead, capacity: in.ReturnConsumedCapacity, verb: "Querying",
	}, params)
	if err != nil {
		return nil, err
	}
	if q.filter, err = request.Filter(in.FilterExpression, params, in.QueryFilter, in.ConditionalOperator); err != nil {
		return nil, err
	}
	q.keyFilter = "Filter Expression"
	if in.QueryFilter != nil {
		q.keyFilter = "QueryFilter"
	}
	return q, params.Unused()
}

// keyConditions reads the conditions on keys, in whichever form they have.
func keyConditions(in *api.QueryInput, params *expr.Params) (expr.KeyConditions, error) {
	if in.KeyConditionExpression != nil {
		return expr.ParseKeyCondition(*in.KeyConditionExpression, params)
	}
	if len(in.KeyConditions) == 0 {
		return nil, expr.Invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	keys := make(expr.KeyConditions, 0, 2)
	for _, name := range request.Sorted(in.KeyConditions) {
		c := in.KeyConditions[name]
		values, err := request.Values(c.AttributeValueList)
		if err != nil {
			return nil, err
		}
		key, err := expr.LegacyKey(name, c.ComparisonOperator, values)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	if len(keys) > 2 {
		return nil, expr.Invalid("Conditions can be of length 1 or 2 only")
	}
	return keys, nil
}

// Run reads the page.
func (q *Query) Run(tx *kv.Tx, t *table.Table) (*Page, error) {
	x, err := q.place(t)
	if err != nil {
		return nil, err
	}
	hash, rng := t.Hash, t.Range
	if x != nil {
		hash, rng = x.Hash, x.Range
	}
	if err := q.checkKeys(t, hash, rng); err != nil {
		return nil, err
	}
	if err := q.checkFilter(hash, rng); err != nil {
		return nil, err
	}
	if err := q.checkStart(t, x); err != nil {
		return nil, err
	}
	key, _ := q.keys.On(hash)
	part := t.Partition(x, key.Values[0])
	r := part.All()
	if c, ok := q.keys.On(rng); ok {
		r = narrow(part, c)
	}
	r.Reverse = q.reverse
	if err := q.checkStartInside(hash, rng); err != nil {
		return nil, err
	}
	return q.search.run(tx, t, x, r)
}

// narrow is the part of a partition that fulfils a condition on the sort key.
func narrow(p table.Partition, c expr.KeyCondition) kv.Range {
	first := table.Sort(c.Values[0])
	switch c.Op {
	case "=":
		return p.Until(p.From(first, false), first, true)
	case "<":
		return p.Until(p.All(), first, false)
	case "<=":
		return p.Until(p.All(), first, true)
	case ">":
		return p.From(first, true)
	case ">=":
		return p.From(first, false)
	case "BETWEEN":
		return p.Until(p.From(first, false), table.Sort(c.Values[1]), true)
	}
	return p.Starting(first)
}

// checkKeys holds the conditions on keys against the key schema.
func (q *Query) checkKeys(t *table.Table, hash, rng string) error {
	key, ok := q.keys.On(hash)
	if !ok {
		return expr.Invalid("Query condition missed key schema element: %s", hash)
	}
	if len(q.keys) > 1 {
		if rng == "" {
			return expr.Invalid("Query key condition not supported")
		}
		if _, ok := q.keys.On(rng); !ok {
			return expr.Invalid("Query condition missed key schema element: %s", rng)
		}
	}
	if len(q.keys) > 2 {
		return expr.Invalid("Conditions can be of length 1 or 2 only")
	}
	for _, c := range q.keys {
		name := c.Name
		for _, v := range c.Values {
			if v.Kind.String() != t.Types[name] {
				return expr.InvalidValue("Condition parameter type does not match schema type")
			}
			if v.Text == "" && (name == hash || c.Op == "=") {
				return expr.Invalid(schema.EmptyKey, schema.EmptyName(v.Kind), name)
			}
		}
		if name == rng && c.Op == "BETWEEN" {
			if order, _ := attr.Compare(c.Values[0], c.Values[1]); order > 0 {
				return expr.Invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
			}
		}
	}
	if key.Op != "=" {
		return expr.Invalid("Query key condition not supported")
	}
	return nil
}

// checkFilter refuses a filter over the keys that the query is by.
func (q *Query) checkFilter(hash, rng string) error {
	if q.filter == nil {
		return nil
	}
	for _, p := range q.filter.Paths() {
		if top := p.Top(); top == hash || rng != "" && top == rng {
			return expr.Invalid("%s can only contain non-primary key attributes: Primary key attribute: %s", q.keyFilter, top)
		}
	}
	return nil
}

// checkStartInside refuses a start key that the conditions on keys exclude.
func (q *Query) checkStartInside(hash, rng string) error {
	if q.start == nil {
		return nil
	}
	key, _ := q.keys.On(hash)
	sameHash := attr.Equal(q.start.Get(hash), key.Values[0])
	c, ranged := q.keys.On(rng)
	switch {
	case !ranged && !sameHash:
		return expr.Invalid("The provided starting key is outside query boundaries based on provided conditions")
	case ranged && !c.Holds(q.start.Get(rng)):
		return expr.Invalid("The provided starting key does not match the range key predicate")
	case ranged && !sameHash:
		return expr.Invalid("The query can return at most one row and cannot be restarted")
	}
	return nil
}
