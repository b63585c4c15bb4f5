package dynamodbstreams

import (
	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/service/dynamodb/stream"
)

// writeItem returns an item as the API has it. It shares the item's texts. No
// item at all stays nil.
func writeItem(item stream.Item) map[string]api.AttributeValue {
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
func writeValue(v *stream.Value) api.AttributeValue {
	switch v.Kind.String() {
	case "S":
		return api.AttributeValue{S: &v.Text}
	case "N":
		return api.AttributeValue{N: &v.Text}
	case "B":
		return api.AttributeValue{B: []byte(v.Text)}
	case "BOOL":
		return api.AttributeValue{BOOL: &v.Bool}
	case "NULL":
		return api.AttributeValue{NULL: new(true)}
	case "M":
		if v.Map == nil {
			return api.AttributeValue{M: map[string]api.AttributeValue{}}
		}
		return api.AttributeValue{M: writeItem(v.Map)}
	case "L":
		list := make([]api.AttributeValue, len(v.List))
		for i := range v.List {
			list[i] = writeValue(&v.List[i])
		}
		return api.AttributeValue{L: list}
	case "SS":
		return api.AttributeValue{SS: memberTexts(v)}
	case "NS":
		return api.AttributeValue{NS: memberTexts(v)}
	case "BS":
		set := make([][]byte, len(v.List))
		for i, m := range v.List {
			set[i] = []byte(m.Text)
		}
		return api.AttributeValue{BS: set}
	}
	return api.AttributeValue{}
}

// memberTexts lists the members of a set.
func memberTexts(v *stream.Value) []string {
	out := make([]string, len(v.List))
	for i, m := range v.List {
		out[i] = m.Text
	}
	return out
}
