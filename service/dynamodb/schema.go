package dynamodb

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/table"
)

// The limits of a table's indexes.
const (
	maxLocals     = 5
	maxGlobals    = 20
	maxNonKeys    = 100 // projected by all indexes together
	maxNonKeysOne = 20  // by one
	maxCapacity   = 1_000_000_000_000
)

// schemaRequest is what CreateTable and UpdateTable say of a table's shape.
type schemaRequest struct {
	definitions []api.AttributeDefinition
	keys        []api.KeySchemaElement
	locals      []api.LocalSecondaryIndex
	globals     []api.GlobalSecondaryIndex
}

// check holds a whole schema against AWS's rules, in AWS's order.
func (q schemaRequest) check() error {
	if len(q.keys) == 0 {
		return invalidValue("Some index key attributes are not defined in AttributeDefinitions")
	}
	if err := q.defined(q.keys, len(q.keys) == 2); err != nil {
		return err
	}
	if err := checkKeySchema(q.keys); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, x := range q.locals {
		if err := q.checkLocal(x, names); err != nil {
			return err
		}
	}
	for _, x := range q.globals {
		if err := q.checkGlobal(x, names); err != nil {
			return err
		}
	}
	if len(q.locals) > maxLocals {
		return invalidValue("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
	}
	if len(q.globals) > maxGlobals {
		return invalidValue("GlobalSecondaryIndex count exceeds the per-table limit of 20")
	}
	if q.nonKeys() > maxNonKeys {
		return invalidValue("Number of NonKeyAttributes exceeds the per-table limit of 100")
	}
	return q.allUsed()
}

// names lists what AttributeDefinitions defines.
func (q schemaRequest) names() []string {
	out := make([]string, len(q.definitions))
	for i, d := range q.definitions {
		out[i] = d.AttributeName
	}
	return out
}

// defined wants each key attribute to have a definition. AWS has other words
// for a table with a range key.
func (q schemaRequest) defined(keys []api.KeySchemaElement, short bool) error {
	names := q.names()
	for _, k := range keys {
		if slices.Contains(names, k.AttributeName) {
			continue
		}
		if short {
			return invalid("Invalid KeySchema: Some index key attribute have no definition")
		}
		return invalidValue("Some index key attributes are not defined in AttributeDefinitions. Keys: [%s], AttributeDefinitions: [%s]",
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
		return invalid("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")
	case len(keys) == 2 && keys[0].AttributeName == keys[1].AttributeName:
		return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	case keys[0].KeyType != api.KeyTypeHash:
		return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
	case len(keys) == 2 && keys[1].KeyType != api.KeyTypeRange:
		return invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
	}
	return nil
}

// checkLocal holds a local index against the rules. names are those of the
// indexes before it.
func (q schemaRequest) checkLocal(x api.LocalSecondaryIndex, names map[string]bool) error {
	switch {
	case len(q.keys) != 2:
		return invalidValue("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	case len(x.KeySchema) == 0:
		return invalidValue("Index KeySchema does not have a range key for index: %s", x.IndexName)
	}
	if err := q.defined(x.KeySchema, false); err != nil {
		return err
	}
	if err := checkKeySchema(x.KeySchema); err != nil {
		return err
	}
	if len(x.KeySchema) != 2 {
		return invalidValue("Index KeySchema does not have a range key for index: %s", x.IndexName)
	}
	if h, t := x.KeySchema[0].AttributeName, q.keys[0].AttributeName; h != t {
		return invalidValue("Index KeySchema does not have the same leading hash key as table KeySchema for index: %s. index hash key: %s, table hash key: %s", x.IndexName, h, t)
	}
	return checkIndex(x.IndexName, x.Projection, names)
}

// checkGlobal holds a global index against the rules.
func (q schemaRequest) checkGlobal(x api.GlobalSecondaryIndex, names map[string]bool) error {
	if len(x.KeySchema) == 0 {
		return invalidValue("Some index key attributes are not defined in AttributeDefinitions. Keys: [], AttributeDefinitions: [%s]", strings.Join(q.names(), ", "))
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
		return invalidValue("Unknown ProjectionType: null")
	}
	switch kind := *p.ProjectionType; {
	case kind != table.Include && p.NonKeyAttributes != nil:
		return invalidValue("ProjectionType is %s, but NonKeyAttributes is specified", kind)
	case kind == table.Include && len(p.NonKeyAttributes) == 0:
		return invalidValue("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
	case len(p.NonKeyAttributes) > maxNonKeysOne:
		return invalid("1 validation error detected: Value at 'projection.nonKeyAttributes' failed to satisfy constraint: Member must have length less than or equal to 20")
	}
	if names[name] {
		return invalidValue("Duplicate index name: %s", name)
	}
	names[name] = true
	return nil
}

// nonKeys counts the attributes that all indexes name.
func (q schemaRequest) nonKeys() int {
	n := 0
	for _, x := range q.locals {
		n += len(x.Projection.NonKeyAttributes)
	}
	for _, x := range q.globals {
		n += len(x.Projection.NonKeyAttributes)
	}
	return n
}

// allUsed wants each definition to be of a key attribute.
func (q schemaRequest) allUsed() error {
	used := attributeNames(q.keys)
	for _, x := range q.locals {
		used = append(used, attributeNames(x.KeySchema)...)
	}
	for _, x := range q.globals {
		used = append(used, attributeNames(x.KeySchema)...)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	if len(used) == len(q.definitions) {
		return nil
	}
	if len(q.locals) == 0 && len(q.globals) == 0 {
		return invalidValue("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	return invalidValue("Some AttributeDefinitions are not used. AttributeDefinitions: [%s], keys used: [%s]",
		strings.Join(q.names(), ", "), strings.Join(used, ", "))
}

// billing checks mode and throughput of a table or of one of its indexes.
func billing(mode string, p *api.ProvisionedThroughput, index string) error {
	of := ""
	if index != "" {
		of = " for index: " + index
	}
	switch {
	case mode == api.BillingModePayPerRequest && p != nil && index == "":
		return invalidValue("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case mode == api.BillingModePayPerRequest && p != nil:
		return invalidValue("ProvisionedThroughput should not be specified for index: %s when BillingMode is PAY_PER_REQUEST", index)
	case mode == api.BillingModePayPerRequest:
		return nil
	case p == nil && index == "":
		return invalidValue("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	case p == nil:
		return invalidValue("ProvisionedThroughput must be specified%s", of)
	case p.ReadCapacityUnits > maxCapacity:
		return invalid("Given value %d for ReadCapacityUnits is out of bounds%s", p.ReadCapacityUnits, of)
	case p.WriteCapacityUnits > maxCapacity:
		return invalid("Given value %d for WriteCapacityUnits is out of bounds%s", p.WriteCapacityUnits, of)
	}
	return nil
}

// streamSpec checks a StreamSpecification.
func streamSpec(in *api.StreamSpecification) error {
	switch {
	case in == nil:
		return nil
	case in.StreamEnabled && in.StreamViewType == nil:
		return invalidValue("StreamViewType must be specified when StreamEnabled is true")
	case !in.StreamEnabled && in.StreamViewType != nil:
		return invalidValue("StreamViewType cannot be specified when StreamEnabled is false")
	}
	return nil
}
