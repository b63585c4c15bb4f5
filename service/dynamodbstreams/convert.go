package dynamodbstreams

import (
	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/service/dynamodb/attr"
)

// writeItem returns an item as the API has it. It shares the item's texts. No
// item at all stays nil.
func writeItem(item attr.Item) map[string]api.AttributeValue {
	if item == nil {
		return nil
	}
	out := make(map[string]api.AttributeValue, len(item))
	for i := range item {
		out[item[i].Name] = writeValue(&item[i].Value)
	}
	return out
}

// writeValue returns a value as the API has it; v must not change any more.
func writeValue(v *attr.Value) api.AttributeValue {
	switch v.Kind {
	case attr.String:
		return api.AttributeValue{S: &v.Text}
	case attr.Number:
		return api.AttributeValue{N: &v.Text}
	case attr.Binary:
		return api.AttributeValue{B: []byte(v.Text)}
	case attr.Bool:
		return api.AttributeValue{BOOL: &v.Bool}
	case attr.Null:
		return api.AttributeValue{NULL: new(true)}
	case attr.Map:
		if v.Map == nil {
			return api.AttributeValue{M: map[string]api.AttributeValue{}}
		}
		return api.AttributeValue{M: writeItem(v.Map)}
	case attr.List:
		list := make([]api.AttributeValue, len(v.List))
		for i := range v.List {
			list[i] = writeValue(&v.List[i])
		}
		return api.AttributeValue{L: list}
	case attr.StringSet:
		return api.AttributeValue{SS: memberTexts(v)}
	case attr.NumberSet:
		return api.AttributeValue{NS: memberTexts(v)}
	case attr.BinarySet:
		set := make([][]byte, len(v.List))
		for i, m := range v.List {
			set[i] = []byte(m.Text)
		}
		return api.AttributeValue{BS: set}
	}
	return api.AttributeValue{}
}

// memberTexts lists the members of a set.
func memberTexts(v *attr.Value) []string {
	out := make([]string, len(v.List))
	for i, m := range v.List {
		out[i] = m.Text
	}
	return out
}
