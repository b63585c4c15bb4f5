package otlp

import (
	"encoding/base64"
	"strconv"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
)

// attributes are those of a span, a resource or a record, as JSON has them.
type attributes map[string]any

// attributesOf reads a list of attributes.
func attributesOf(list []*common.KeyValue) attributes {
	a := make(attributes, len(list))
	for _, kv := range list {
		if kv.GetKey() != "" {
			a[kv.GetKey()] = valueOf(kv.GetValue())
		}
	}
	return a
}

// resourceOf reads a resource's attributes.
func resourceOf(r *resource.Resource) attributes { return attributesOf(r.GetAttributes()) }

// valueOf is a value as JSON has it. Bytes are base64.
func valueOf(v *common.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_BoolValue:
		return v.BoolValue
	case *common.AnyValue_IntValue:
		return v.IntValue
	case *common.AnyValue_DoubleValue:
		return number(v.DoubleValue)
	case *common.AnyValue_BytesValue:
		return base64.StdEncoding.EncodeToString(v.BytesValue)
	case *common.AnyValue_ArrayValue:
		list := make([]any, 0, len(v.ArrayValue.GetValues()))
		for _, one := range v.ArrayValue.GetValues() {
			list = append(list, valueOf(one))
		}
		return list
	case *common.AnyValue_KvlistValue:
		return map[string]any(attributesOf(v.KvlistValue.GetValues()))
	default:
		return nil
	}
}

// number is a float as JSON can have it: what is no number is text.
func number(v float64) any {
	if v-v != 0 {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return v
}

// text is the first of some attributes that has text.
func (a attributes) text(names ...string) string {
	for _, name := range names {
		switch v := a[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case int64:
			return strconv.FormatInt(v, 10)
		case []any:
			if len(v) > 0 {
				if s, ok := v[0].(string); ok && s != "" {
					return s
				}
			}
		}
	}
	return ""
}

// whole is the first of some attributes that is a whole number.
func (a attributes) whole(names ...string) int64 {
	for _, name := range names {
		switch v := a[name].(type) {
		case int64:
			return v
		case float64:
			return int64(v)
		case string:
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				return n
			}
		}
	}
	return 0
}

// list is an attribute that is a list of texts.
func (a attributes) list(name string) (texts []string) {
	values, _ := a[name].([]any)
	for _, v := range values {
		if s, ok := v.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
