// Package expr is DynamoDB's expression language: conditions, filters, key
// conditions, updates and projections, with the legacy parameters that they
// replaced brought onto the same evaluator.
//
// An expression is parsed, its placeholders are resolved and its operands are
// checked before an item is seen; what is left to evaluate cannot fail but for
// what the item itself holds.
package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/wire"
)

// The parameters that hold expressions; errors name them.
const (
	ConditionExpression    = "ConditionExpression"
	FilterExpression       = "FilterExpression"
	KeyConditionExpression = "KeyConditionExpression"
	ProjectionExpression   = "ProjectionExpression"
	UpdateExpression       = "UpdateExpression"
)

// The limits of an expression.
const (
	maxBytes     = 4096
	maxOperators = 300
	maxOperands  = 100 // of IN
	maxSteps     = 32  // of a path
)

// Invalid is a ValidationException with a message of AWS's.
func Invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// InvalidValue is Invalid with the words that most of these errors begin with.
func InvalidValue(format string, args ...any) error {
	return Invalid("One or more parameter values were invalid: "+format, args...)
}

// Params are the placeholders that the expressions of one request share.
type Params struct {
	names      map[string]string
	values     map[string]attr.Value
	usedNames  map[string]bool
	usedValues map[string]bool
}

// NewParams returns the placeholders of a request.
func NewParams(names map[string]string, values map[string]attr.Value) *Params {
	p := &Params{names: names, values: values}
	if len(names) > 0 {
		p.usedNames = make(map[string]bool, len(names))
	}
	if len(values) > 0 {
		p.usedValues = make(map[string]bool, len(values))
	}
	return p
}

// Unused complains of placeholders that no expression of the request has used.
// It is asked once all are parsed.
func (p *Params) Unused() error {
	if len(p.usedNames) < len(p.names) {
		return Invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", unused(p.names, p.usedNames))
	}
	if len(p.usedValues) < len(p.values) {
		return Invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", unused(p.values, p.usedValues))
	}
	return nil
}

// unused lists the keys of all that are not in used.
func unused[V any](all map[string]V, used map[string]bool) string {
	var left []string
	for k := range all {
		if !used[k] {
			left = append(left, k)
		}
	}
	slices.Sort(left)
	return strings.Join(left, ", ")
}

// Step is one step of a path: into a map by name, or, without a name, into a
// list by index.
type Step struct {
	Name  string
	Index int
}

// Path leads to a value in an item.
type Path []Step

// String is how AWS writes a path in its messages: [a, b, [3]].
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		if parts[i] = s.Name; s.Name == "" {
			parts[i] = "[" + strconv.Itoa(s.Index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Last is the name of the value that the path ends at, as PartiQL calls it.
func (p Path) Last() string {
	n := len(p) - 1
	for p[n].Name == "" {
		n--
	}
	var b strings.Builder
	b.WriteString(p[n].Name)
	for _, s := range p[n+1:] {
		b.WriteString("[" + strconv.Itoa(s.Index) + "]")
	}
	return b.String()
}

// Top is the name of the attribute that the path starts at.
func (p Path) Top() string { return p[0].Name }

// Get returns the value that the path leads to, or Missing.
func (p Path) Get(item attr.Item) attr.Value {
	v := item.Get(p[0].Name)
	for _, s := range p[1:] {
		switch {
		case s.Name != "" && v.Kind == attr.Map:
			v = v.Map.Get(s.Name)
		case s.Name == "" && v.Kind == attr.List && s.Index < len(v.List):
			v = v.List[s.Index]
		default:
			return attr.Value{}
		}
	}
	return v
}
