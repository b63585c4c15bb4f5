// Package schema is what a table is to its owner: the rules for its keys,
// indexes, billing and tags, in AWS's words, and its description.
package schema

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/table"
)

// The limits of a table's indexes.
const (
	maxLocals     = 5
	MaxGlobals    = 20
	maxNonKeys    = 100 // projected by all indexes together
	maxNonKeysOne = 20  // by one
	maxCapacity   = 1_000_000_000_000
)

// Request is what CreateTable and UpdateTable say of a table's shape.
type Request struct {
	Definitions []api.AttributeDefinition
	Keys        []api.KeySchemaElement
	Locals      []api.LocalSecondaryIndex
	Globals     []api.GlobalSecondaryIndex
}

// Check holds a whole schema against AWS's rules, in AWS's order.
func (q Request) Check() error {
	if len(q.Keys) == 0 {
		return expr.InvalidValue("Some index key attributes are not defined in AttributeDefinitions")
	}
	if err := q.defined(q.Keys, len(q.Keys) == 2); err != nil {
		return err
	}
	if err := checkKeySchema(q.Keys); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, x := range q.Locals {
		if err := q.checkLocal(x, names); err != nil {
			return err
		}
	}
	for _, x := range q.Globals {
		if err := q.CheckGlobal(x, names); err != nil {
			return err
		}
	}
	if len(q.Locals) > maxLocals {
		return expr.InvalidValue("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
	}
	if len(q.Globals) > MaxGlobals {
		return expr.InvalidValue("GlobalSecondaryIndex count exceeds the per-table limit of 20")
	}
	if q.nonKeys() > maxNonKeys {
		return expr.InvalidValue("Number of NonKeyAttributes exceeds the per-table limit of 100")
	}
	return q.allUsed()
}

// names lists what AttributeDefinitions defines.
func (q Request) names() []string {
	out := make([]string, len(q.Definitions))
	for i, d := range q.Definitions {
		out[i] = d.AttributeName
	}
	return out
}

// defined wants each key attribute to have a definition. AWS has other words
// for a table with a range key.
func (q Request) defined(keys []api.KeySchemaElement, short bool) error {
	names := q.names()
	for _, k := range keys {
		if slices.Contains(names, k.AttributeName) {
			continue
		}
		if short {
			return expr.Invalid("Invalid KeySchema: Some index key attribute have no definition")
		}
		return expr.InvalidValue("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
			strings.Join(attributeNames(keys), ", "), strings.Join(names, ", "))
	}
	return nil
}

// attributeNames lists the attributes of a key schema.
func attributeNames(keys []api.KeySchemaElement) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.AttributeName
	}
	return out
}

// checkKeySchema wants a hash key and, if there is a second, a range key.
func checkKeySchema(keys []api.KeySchemaElement) error {
	switch {
	case len(keys) > 2:
		return expr.Invalid("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
	case len(keys) == 2 && keys[0].AttributeName == keys[1].AttributeName:
		return expr.Invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	case keys[0].KeyType != api.KeyTypeHash:
		return expr.Invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(keys) == 2 && keys[1].KeyType != api.KeyTypeRange:
		return expr.Invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	return nil
}

// checkLocal holds a local index against the rules. names are those of the
// indexes before it.
func (q Request) checkLocal(x api.LocalSecondaryIndex, names map[string]bool) error {
	switch {
	case len(q.Keys) != 2:
		return expr.InvalidValue("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	case len(x.KeySchema) == 0:
		return expr.InvalidValue("Index KeySchema does not have a range key for index: %s", x.IndexName)
	}
	if err := q.defined(x.KeySchema, false); err != nil {
		return err
	}
	if err := checkKeySchema(x.KeySchema); err != nil {
		return err
	}
	if len(x.KeySchema) != 2 {
		return expr.InvalidValue("Index KeySchema does not have a range key for index: %s", x.IndexName)
	}
	if h, t := x.KeySchema[0].AttributeName, q.Keys[0].AttributeName; h != t {
		return expr.InvalidValue("Index KeySchema does not have the same leading hash key as table KeySchema for index: %s. index hash key: %s, table hash key: %s", x.IndexName, h, t)
	}
	return checkIndex(x.IndexName, x.Projection, names)
}

// CheckGlobal holds a global index against the rules.
func (q Request) CheckGlobal(x api.GlobalSecondaryIndex, names map[string]bool) error {
	if len(x.KeySchema) == 0 {
		return expr.InvalidValue("Some index key attributes are not defined in AttributeDefinitions. Keys: [], AttributeDefinitions: [%s]", strings.Join(q.names(), ", "))
	}
	if err := q.defined(x.KeySchema, false); err != nil {
		return err
	}
	if err := checkKeySchema(x.KeySchema); err != nil {
		return err
	}
	return checkIndex(x.IndexName, x.Projection, names)
}

// checkIndex holds what both sorts of index have against the rules.
func checkIndex(name string, p *api.Projection, names map[string]bool) error {
	if p == nil || p.ProjectionType == nil {
		return expr.InvalidValue("Unknown ProjectionType: null")
	}
	switch kind := *p.ProjectionType; {
	case kind != table.Include && p.NonKeyAttributes != nil:
		return expr.InvalidValue("ProjectionType is %s, but NonKeyAttributes is specified", kind)
	case kind == table.Include && len(p.NonKeyAttributes) == 0:
		return expr.InvalidValue("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case len(p.NonKeyAttributes) > maxNonKeysOne:
		return expr.Invalid("1 validation error detected: Value at 'projection.nonKeyAttributes' failed to satisfy constraint: Member must have length less than or equal to 20")
	}
	if names[name] {
		return expr.InvalidValue("Duplicate index name: %s", name)
	}
	names[name] = true
	return nil
}

// nonKeys counts the attributes that all indexes name.
func (q Request) nonKeys() int {
	n := 0
	for _, x := range q.Locals {
		n += len(x.Projection.NonKeyAttributes)
	}
	for _, x := range q.Globals {
		n += len(x.Projection.NonKeyAttributes)
	}
	return n
}

// allUsed wants each definition to be of a key attribute.
func (q Request) allUsed() error {
	used := attributeNames(q.Keys)
	for _, x := range q.Locals {
		used = append(used, attributeNames(x.KeySchema)...)
	}
	for _, x := range q.Globals {
		used = append(used, attributeNames(x.KeySchema)...)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	if len(used) == len(q.Definitions) {
		return nil
	}
	if len(q.Locals) == 0 && len(q.Globals) == 0 {
		return expr.InvalidValue("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	return expr.InvalidValue("Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]",
		strings.Join(q.names(), ", "), strings.Join(used, ", "))
}

// Billing checks mode and throughput of a table or of one of its indexes.
func Billing(mode string, p *api.ProvisionedThroughput, index string) error {
	of := ""
	if index != "" {
		of = " for index: " + index
	}
	switch {
	case mode == api.BillingModePayPerRequest && p != nil && index == "":
		return expr.InvalidValue("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case mode == api.BillingModePayPerRequest && p != nil:
		return expr.InvalidValue("ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", index)
	case mode == api.BillingModePayPerRequest:
		return nil
	case p == nil && index == "":
		return expr.InvalidValue("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case p == nil:
		return expr.InvalidValue("ProvisionedThroughput must be specified%s", of)
	case p.ReadCapacityUnits > maxCapacity:
		return expr.Invalid("Given value %d for ReadCapacityUnits is out of bounds%s", p.ReadCapacityUnits, of)
	case p.WriteCapacityUnits > maxCapacity:
		return expr.Invalid("Given value %d for WriteCapacityUnits is out of bounds%s", p.WriteCapacityUnits, of)
	}
	return nil
}

// Stream checks a StreamSpecification.
func Stream(in *api.StreamSpecification) error {
	switch {
	case in == nil:
		return nil
	case in.StreamEnabled && in.StreamViewType == nil:
		return expr.InvalidValue("StreamViewType must be specified when StreamEnabled is true")
	case !in.StreamEnabled && in.StreamViewType != nil:
		return expr.InvalidValue("StreamViewType cannot be specified when StreamEnabled is false")
	}
	return nil
}

// Merge is what t's attributes are with those of a request.
func Merge(t *table.Table, in []api.AttributeDefinition) []api.AttributeDefinition {
	out := slices.Clone(in)
	for _, name := range t.Order {
		if !slices.ContainsFunc(in, func(d api.AttributeDefinition) bool { return d.AttributeName == name }) {
			out = append(out, api.AttributeDefinition{AttributeName: name, AttributeType: t.Types[name]})
		}
	}
	return out
}

// Define adds a key attribute to t, unless it is there.
func Define(t *table.Table, d api.AttributeDefinition) {
	if _, known := t.Types[d.AttributeName]; !known {
		t.Types[d.AttributeName] = d.AttributeType
		t.Order = append(t.Order, d.AttributeName)
	}
}
