package schema

import (
	"slices"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/number"
	"maru.dev/maru/service/dynamodb/request"
	"maru.dev/maru/service/dynamodb/table"
)

// The limits of items and keys, in bytes.
const (
	maxHashKey  = 2048
	maxRangeKey = 1024
	KeyMismatch = "The provided key element does not match the schema"
	EmptyKey    = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s"
)

// CheckKey holds a request's Key against the table's key schema.
func CheckKey(t *table.Table, key attr.Item) error {
	names := t.Keys()
	if len(key) != len(names) {
		return expr.Invalid(KeyMismatch)
	}
	for _, name := range names {
		v := key.Get(name)
		if v.Kind.String() != t.Types[name] {
			return expr.Invalid(KeyMismatch)
		}
		if err := checkKeyValue(t, name, v); err != nil {
			return err
		}
	}
	return nil
}

// checkKeyValue holds one key attribute's value against the rules for content.
func checkKeyValue(t *table.Table, name string, v attr.Value) error {
	if v.Text == "" {
		return expr.Invalid(EmptyKey, EmptyName(v.Kind), name)
	}
	return checkKeySize(name == t.Hash, v)
}

// EmptyName is how messages call an empty value.
func EmptyName(k attr.Kind) string {
	if k == attr.Binary {
		return "binary"
	}
	return "string"
}

// checkKeySize holds a key value against its limit.
func checkKeySize(hash bool, v attr.Value) error {
	n := len(v.Text)
	if v.Kind == attr.Number {
		n = number.Size(v.Text)
	}
	switch {
	case hash && n > maxHashKey:
		return expr.InvalidValue("Size of hashkey has exceeded the maximum size limit of2048 bytes")
	case !hash && n > maxRangeKey:
		return expr.InvalidValue("Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
	}
	return nil
}

// CheckPut holds an item that is to be put against the table's keys, its
// indexes' keys and the size limit.
func CheckPut(t *table.Table, item attr.Item, size int) error {
	for _, name := range t.Keys() {
		v := item.Get(name)
		switch {
		case v.Kind == attr.Missing:
			return expr.InvalidValue("Missing the key %s in the item", name)
		case v.Kind.String() != t.Types[name]:
			return expr.InvalidValue("Type mismatch for key %s expected: %s actual: %s", name, t.Types[name], v.Kind)
		}
		if err := checkKeyValue(t, name, v); err != nil {
			return err
		}
	}
	for _, x := range t.Indexes() {
		if err := checkIndexKeys(t, x, item); err != nil {
			return err
		}
	}
	if size > attr.MaxItem {
		return expr.Invalid("Item size has exceeded the maximum allowed size")
	}
	return nil
}

// checkIndexKeys holds what an item has of x's keys against their types.
func checkIndexKeys(t *table.Table, x *table.Index, item attr.Item) error {
	for _, name := range x.Keys() {
		v := item.Get(name)
		switch {
		case v.Kind == attr.Missing || t.IsKey(name):
		case v.Kind.String() != t.Types[name]:
			return expr.InvalidValue("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", name, t.Types[name], v.Kind, x.Name)
		case v.Text == "":
			return expr.Invalid("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s",
				EmptyName(v.Kind), x.Name, name)
		default:
			if err := checkKeySize(name == x.Hash, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckUpdated holds what an update makes of an item against the same rules,
// of which AWS speaks otherwise here.
func CheckUpdated(t *table.Table, item attr.Item, size int) error {
	for _, x := range t.Indexes() {
		for _, name := range x.Keys() {
			v := item.Get(name)
			switch {
			case v.Kind == attr.Missing || t.IsKey(name):
			case v.Kind.String() != t.Types[name]:
				return expr.Invalid("The update expression attempted to update the secondary index key to unsupported type")
			case v.Text == "":
				return expr.Invalid("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty %s value.", EmptyName(v.Kind))
			default:
				if err := checkKeySize(name == x.Hash, v); err != nil {
					return err
				}
			}
		}
	}
	if size > attr.MaxItem {
		return expr.Invalid(expr.TooLarge)
	}
	return nestingOf(item)
}

// nestingOf refuses an item that an update made too deep.
func nestingOf(item attr.Item) error {
	for i := range item {
		if depth(item[i].Value) > request.MaxNesting {
			return expr.Invalid(request.TooDeep)
		}
	}
	return nil
}

// depth is how many lists and maps are in one another.
func depth(v attr.Value) int {
	deepest := 0
	switch v.Kind {
	case attr.List:
		for _, e := range v.List {
			deepest = max(deepest, 1+depth(e))
		}
		return max(deepest, 1)
	case attr.Map:
		for _, a := range v.Map {
			deepest = max(deepest, 1+depth(a.Value))
		}
		return max(deepest, 1)
	}
	return 0
}

// CheckUpdatePaths refuses an update of the table's own keys.
func CheckUpdatePaths(t *table.Table, u *expr.Update) error {
	for _, p := range u.Paths() {
		if t.IsKey(p.Top()) {
			return expr.InvalidValue("Cannot update attribute %s. This attribute is part of the key", p.Top())
		}
	}
	return nil
}

// CheckScalars refuses paths into key attributes, which have no inside.
func CheckScalars(t *table.Table, x *table.Index, paths []expr.Path) error {
	for _, p := range paths {
		if len(p) == 1 {
			continue
		}
		what := "key"
		if !t.IsKey(p.Top()) {
			if x == nil || !slices.Contains(x.Keys(), p.Top()) {
				continue
			}
			what = "IndexKey"
		}
		return expr.Invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: %s: %s", what, p.Top())
	}
	return nil
}

// Fits tells whether what an item has of x's keys is of the right types. An
// item from before the index may have anything there.
func Fits(t *table.Table, x *table.Index, item attr.Item) bool {
	return checkIndexKeys(t, x, item) == nil
}
