package search

import (
	"bytes"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/table"
)

// Scan is a Scan request, checked as far as it can be without the table.
type Scan struct {
	search
	segment, total int
}

// NewScan reads the request.
func NewScan(in *api.ScanInput) (*Scan, error) {
	params, err := request.Placeholders(
		request.Given{
			{Name: "AttributesToGet", There: in.AttributesToGet != nil},
			{Name: "ScanFilter", There: in.ScanFilter != nil},
			{Name: "ConditionalOperator", There: in.ConditionalOperator != nil},
		},
		request.Given{
			{Name: expr.ProjectionExpression, There: in.ProjectionExpression != nil},
			{Name: expr.FilterExpression, There: in.FilterExpression != nil},
		},
		in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return nil, err
	}
	sc := &Scan{total: 1}
	if err := sc.readSegment(in); err != nil {
		return nil, err
	}
	sc.search, err = newSearch(searchRequest{
		index: in.IndexName, sel: in.Select, projection: in.ProjectionExpression, attributes: in.AttributesToGet, limit: in.Limit,
		start: in.ExclusiveStartKey, consistent: in.ConsistentRead, capacity: in.ReturnConsumedCapacity, verb: "Scanning",
	}, params)
	if err != nil {
		return nil, err
	}
	if sc.filter, err = request.Filter(in.FilterExpression, params, in.ScanFilter, in.ConditionalOperator); err != nil {
		return nil, err
	}
	return sc, params.Unused()
}

// readSegment reads which part of the table is meant.
func (sc *Scan) readSegment(in *api.ScanInput) error {
	switch {
	case in.Segment == nil && in.TotalSegments == nil:
		return nil
	case in.TotalSegments == nil:
		return expr.Invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case in.Segment == nil:
		return expr.Invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	case *in.Segment >= *in.TotalSegments:
		return expr.Invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", *in.Segment, *in.TotalSegments)
	}
	sc.segment, sc.total = int(*in.Segment), int(*in.TotalSegments)
	return nil
}

// Run reads the page.
func (sc *Scan) Run(tx *kv.Tx, t *table.Table) (*Page, error) {
	x, err := sc.place(t)
	if err != nil {
		return nil, err
	}
	if err := sc.checkStart(t, x); err != nil {
		return nil, err
	}
	r := t.Segment(x, sc.segment, sc.total)
	if sc.start != nil && sc.total > 1 && !inRange(r, t.At(x, sc.start)) {
		return nil, expr.Invalid("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: %d Segment: %d", sc.total, sc.segment)
	}
	return sc.search.run(tx, t, x, r)
}

// inRange tells whether key is in r.
func inRange(r kv.Range, key kv.Key) bool {
	return bytes.Compare(key, r.From) >= 0 && bytes.Compare(key, r.To) < 0
}
