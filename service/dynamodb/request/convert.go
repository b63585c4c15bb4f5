// Package request reads what DynamoDB's requests have in common: values, which
// it checks and normalises, and conditions, filters, projections and their
// placeholders in both the present and the legacy form.
package request

import (
	"encoding/base64"
	"errors"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/service/dynamodb/number"
)

// MaxNesting is how many lists and maps may be in one another.
const MaxNesting = 32

// What a value may be refused for, in AWS's words.
const (
	prefixInvalid = "One or more parameter values were invalid: "
	noType        = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
	manyTypes     = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
	TooDeep       = "Nesting Levels have exceeded supported limits"
)

// Item checks and normalises an item, key or other map of attributes.
func Item(in map[string]api.AttributeValue) (attr.Item, error) {
	item, err := readMap(in, 0)
	if err != nil {
		return nil, expr.Invalid("%s", err)
	}
	return item, nil
}

// Value checks and normalises one value of a request.
func Value(in *api.AttributeValue) (attr.Value, error) {
	v, err := convert(in, 0)
	if err != nil {
		return attr.Value{}, expr.Invalid("%s", err)
	}
	return v, nil
}

// readMap reads a map of values. Its errors, like convert's, are AWS's
// messages without a type yet: where the value came from may add to them.
func readMap(in map[string]api.AttributeValue, depth int) (attr.Item, error) {
	out := make(attr.Item, 0, len(in))
	for name, v := range in {
		value, err := convert(&v, depth)
		if err != nil {
			return nil, err
		}
		out = append(out, attr.Attr{Name: name, Value: value})
	}
	out.Sort()
	return out, nil
}

// convert reads one value, of which exactly one member must be set.
func convert(in *api.AttributeValue, depth int) (attr.Value, error) {
	if depth > MaxNesting {
		return attr.Value{}, errors.New(TooDeep)
	}
	switch membersSet(in) {
	case 0:
		return attr.Value{}, errors.New(noType)
	case 1:
	default:
		return attr.Value{}, errors.New(manyTypes)
	}
	switch {
	case in.S != nil:
		return attr.Str(*in.S), nil
	case in.N != nil:
		text, err := number.Normal(*in.N)
		return attr.Num(text), err
	case in.B != nil:
		return attr.Value{Kind: attr.Binary, Text: string(in.B)}, nil
	case in.BOOL != nil:
		return attr.Value{Kind: attr.Bool, Bool: *in.BOOL}, nil
	case in.NULL != nil:
		if !*in.NULL {
			return attr.Value{}, errors.New(prefixInvalid + "Null attribute value types must have the value of true")
		}
		return attr.Value{Kind: attr.Null}, nil
	case in.M != nil:
		m, err := readMap(in.M, depth+1)
		return attr.Value{Kind: attr.Map, Map: m}, err
	case in.L != nil:
		return convertList(in.L, depth+1)
	}
	return convertSet(in)
}

// membersSet counts the members that are set.
func membersSet(in *api.AttributeValue) int {
	n := 0
	for _, set := range [...]bool{
		in.S != nil, in.N != nil, in.B != nil, in.SS != nil, in.NS != nil, in.BS != nil,
		in.M != nil, in.L != nil, in.NULL != nil, in.BOOL != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

// convertList reads a list.
func convertList(in []api.AttributeValue, depth int) (attr.Value, error) {
	out := make([]attr.Value, len(in))
	for i := range in {
		var err error
		if out[i], err = convert(&in[i], depth); err != nil {
			return attr.Value{}, err
		}
	}
	return attr.Value{Kind: attr.List, List: out}, nil
}

// convertSet reads a set of one of the three types.
func convertSet(in *api.AttributeValue) (attr.Value, error) {
	switch {
	case in.SS != nil:
		return stringSet(in.SS)
	case in.NS != nil:
		return numberSet(in.NS)
	}
	return binarySet(in.BS)
}

func stringSet(in []string) (attr.Value, error) {
	if len(in) == 0 {
		return attr.Value{}, errors.New(prefixInvalid + "An string set  may not be empty")
	}
	members := make([]attr.Value, len(in))
	for i, s := range in {
		if s == "" {
			return attr.Value{}, errors.New(prefixInvalid + "An string set may not have a empty string as a member")
		}
		members[i] = attr.Str(s)
	}
	v, ok := attr.NewSet(attr.StringSet, members)
	if !ok {
		return v, errors.New(prefixInvalid + "Input collection [" + strings.Join(in, ", ") + "] contains duplicates.")
	}
	return v, nil
}

func numberSet(in []string) (attr.Value, error) {
	if len(in) == 0 {
		return attr.Value{}, errors.New(prefixInvalid + "An number set  may not be empty")
	}
	members := make([]attr.Value, len(in))
	for i, s := range in {
		text, err := number.Normal(s)
		if err != nil {
			return attr.Value{}, err
		}
		members[i] = attr.Num(text)
	}
	v, ok := attr.NewSet(attr.NumberSet, members)
	if !ok {
		return v, errors.New("Input collection contains duplicates")
	}
	return v, nil
}

func binarySet(in [][]byte) (attr.Value, error) {
	if len(in) == 0 {
		return attr.Value{}, errors.New(prefixInvalid + "Binary sets should not be empty")
	}
	members, texts := make([]attr.Value, len(in)), make([]string, len(in))
	for i, b := range in {
		if len(b) == 0 {
			return attr.Value{}, errors.New(prefixInvalid + "Binary sets may not contain null or empty values")
		}
		members[i], texts[i] = attr.Value{Kind: attr.Binary, Text: string(b)}, base64.StdEncoding.EncodeToString(b)
	}
	v, ok := attr.NewSet(attr.BinarySet, members)
	if !ok {
		return v, errors.New(prefixInvalid + "Input collection [" + strings.Join(texts, ", ") + "]of type BS contains duplicates.")
	}
	return v, nil
}
