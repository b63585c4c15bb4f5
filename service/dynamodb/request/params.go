package request

import (
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
	"maru.dev/maru/wire"
)

// Given tells of a request's parameters which are there, in the order in which
// AWS lists them in its messages.
type Given []Param

// Param is a parameter by its name, and whether it is there.
type Param struct {
	Name  string
	There bool
}

// any tells whether one of them is there.
func (g Given) any() bool {
	return slices.ContainsFunc(g, func(p Param) bool { return p.There })
}

// list returns the names of the parameters that are there, or those that are not.
func (g Given) list(there bool) []string {
	var names []string
	for _, p := range g {
		if p.There == there {
			names = append(names, p.Name)
		}
	}
	return names
}

// Placeholders checks how a request's legacy parameters, expressions and
// placeholders go together, and reads the placeholders.
func Placeholders(legacy, expressions Given, names map[string]string, values map[string]api.AttributeValue) (*expr.Params, error) {
	if legacy.any() && expressions.any() {
		return nil, expr.Invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}",
			strings.Join(legacy.list(true), ", "), strings.Join(expressions.list(true), ", "))
	}
	if names != nil && !expressions.any() {
		return nil, expr.Invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	if values != nil {
		if err := expressions.useValues(); err != nil {
			return nil, err
		}
	}
	if err := checkNames(names); err != nil {
		return nil, err
	}
	read, err := readPlaceholders(values)
	if err != nil {
		return nil, err
	}
	return expr.NewParams(names, read), nil
}

// useValues refuses values without an expression that could use them: any but
// a projection.
func (g Given) useValues() error {
	var absent []string
	for _, p := range g {
		switch {
		case p.Name == expr.ProjectionExpression:
		case p.There:
			return nil
		default:
			absent = append(absent, p.Name)
		}
	}
	verb := "is"
	switch len(absent) {
	case 0:
		return nil
	case 1:
	default:
		verb = "are"
	}
	return expr.Invalid("ExpressionAttributeValues can only be specified when using expressions: %s %s null", strings.Join(absent, " and "), verb)
}

// checkNames holds the keys of ExpressionAttributeNames against their form.
func checkNames(names map[string]string) error {
	if names == nil {
		return nil
	}
	if len(names) == 0 {
		return expr.Invalid("ExpressionAttributeNames must not be empty")
	}
	for k, v := range names {
		if !isPlaceholder(k, '#') {
			return expr.Invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "%s"`, k)
		}
		if v == "" || len(v) > 65535 {
			return expr.Invalid("ExpressionAttributeNames contains invalid value: %s for key %s", "The expression attribute name must be between 1 and 65535 bytes long;", k)
		}
	}
	return nil
}

// isPlaceholder tells whether k is mark and at least one letter, digit or underscore.
func isPlaceholder(k string, mark byte) bool {
	return len(k) > 1 && k[0] == mark && !strings.ContainsFunc(k[1:], func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
	})
}

// readPlaceholders reads ExpressionAttributeValues.
func readPlaceholders(values map[string]api.AttributeValue) (map[string]attr.Value, error) {
	if values == nil {
		return nil, nil
	}
	if len(values) == 0 {
		return nil, expr.Invalid("ExpressionAttributeValues must not be empty")
	}
	out := make(map[string]attr.Value, len(values))
	for k, v := range values {
		if !isPlaceholder(k, ':') {
			return nil, expr.Invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "%s"`, k)
		}
		read, err := convert(&v, 0)
		if err != nil {
			return nil, expr.Invalid("ExpressionAttributeValues contains invalid value: %s for key %s", err, k)
		}
		out[k] = read
	}
	return out, nil
}

// Condition reads a request's condition, in whichever form it has.
func Condition(text *string, params *expr.Params, expected map[string]api.ExpectedAttributeValue, operator *string) (*expr.Condition, error) {
	if text != nil {
		return expr.ParseCondition(expr.ConditionExpression, *text, params)
	}
	if operator != nil && len(expected) == 0 {
		return nil, expr.InvalidValue("ConditionalOperator cannot be used without Filter or Expected")
	}
	var all []*expr.Condition
	for _, name := range Sorted(expected) {
		c, err := expectation(name, expected[name])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return expr.Join(all, wire.Value(operator) == api.ConditionalOperatorOr), nil
}

// expectation reads one entry of the legacy Expected.
func expectation(name string, e api.ExpectedAttributeValue) (*expr.Condition, error) {
	refuse := func(why string) (*expr.Condition, error) {
		return nil, expr.InvalidValue("%s for Attribute: %s", why, name)
	}
	if e.ComparisonOperator != nil {
		switch {
		case e.Exists != nil:
			return refuse("Exists and ComparisonOperator cannot be used together")
		case e.Value != nil && e.AttributeValueList != nil:
			return refuse("Value and AttributeValueList cannot be used together")
		case e.Value != nil:
			return legacyCondition(name, *e.ComparisonOperator, []api.AttributeValue{*e.Value})
		}
		return legacyCondition(name, *e.ComparisonOperator, e.AttributeValueList)
	}
	switch {
	case e.AttributeValueList != nil:
		return refuse("AttributeValueList can only be used with a ComparisonOperator")
	case e.Exists != nil && !*e.Exists && e.Value != nil:
		return refuse("Value cannot be used when Exists is false")
	case e.Exists != nil && !*e.Exists:
		return expr.Legacy(name, api.ComparisonOperatorNull, nil)
	case e.Value == nil && e.Exists == nil:
		return refuse("Value must be provided when Exists is null")
	case e.Value == nil:
		return refuse("Value must be provided when Exists is true")
	}
	return legacyCondition(name, api.ComparisonOperatorEq, []api.AttributeValue{*e.Value})
}

// legacyCondition reads one comparison of the legacy parameters.
func legacyCondition(name, operator string, values []api.AttributeValue) (*expr.Condition, error) {
	read, err := Values(values)
	if err != nil {
		return nil, err
	}
	return expr.Legacy(name, operator, read)
}

// Values reads an AttributeValueList.
func Values(in []api.AttributeValue) ([]attr.Value, error) {
	out := make([]attr.Value, len(in))
	for i := range in {
		var err error
		if out[i], err = Value(&in[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Filter reads a filter, in whichever form it has.
func Filter(text *string, params *expr.Params, legacy map[string]api.Condition, operator *string) (*expr.Condition, error) {
	if text != nil {
		return expr.ParseCondition(expr.FilterExpression, *text, params)
	}
	if operator != nil && len(legacy) == 0 {
		return nil, expr.InvalidValue("ConditionalOperator cannot be used without Filter or Expected")
	}
	var all []*expr.Condition
	for _, name := range Sorted(legacy) {
		c, err := legacyCondition(name, legacy[name].ComparisonOperator, legacy[name].AttributeValueList)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return expr.Join(all, wire.Value(operator) == api.ConditionalOperatorOr), nil
}

// Projection reads which attributes a request wants, in whichever form it has.
func Projection(text *string, params *expr.Params, names []string) (expr.Projection, error) {
	if text != nil {
		return expr.ParseProjection(*text, params)
	}
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		if seen[n] {
			return expr.Projection{}, expr.InvalidValue("Duplicate value in attribute name: %s", n)
		}
		seen[n] = true
	}
	return expr.Names(names), nil
}

// Sorted returns the keys of m in order, so that of several faults always
// the same one is found.
func Sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// OneOf refuses a value that is not one of those an operation takes, where the
// model's enumeration has more.
func OneOf(name string, v *string, allowed ...string) error {
	if v == nil || slices.Contains(allowed, *v) {
		return nil
	}
	return expr.Invalid("%s can only be %s", name, fmt.Sprint(strings.Join(allowed, " or ")))
}
