package dynamodb

import (
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/attr"
	"maru.dev/maru/service/dynamodb/expr"
)

// given is a parameter of a request, and whether it is there.
type given struct {
	name string
	set  bool
}

// placeholders checks how a request's expressions, legacy parameters and
// placeholders go together, and reads the placeholders. The projection has no
// values in it, so it is not named among those that could have.
func placeholders(legacy, expressions []given, names map[string]string, values map[string]api.AttributeValue) (*expr.Params, error) {
	old, now := present(legacy), present(expressions)
	if len(old) > 0 && len(now) > 0 {
		return nil, invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {%s} Expression parameters: {%s}",
			strings.Join(old, ", "), strings.Join(now, ", "))
	}
	if names != nil && len(now) == 0 {
		return nil, invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	if err := valuesHaveUse(expressions, values); err != nil {
		return nil, err
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

// present lists the names of the parameters that are there.
func present(params []given) []string {
	var names []string
	for _, p := range params {
		if p.set {
			names = append(names, p.name)
		}
	}
	return names
}

// valuesHaveUse refuses values without an expression that could use them.
func valuesHaveUse(expressions []given, values map[string]api.AttributeValue) error {
	var absent []string
	for _, p := range expressions {
		switch {
		case p.name == expr.ProjectionExpression:
		case p.set:
			return nil
		default:
			absent = append(absent, p.name)
		}
	}
	if values == nil || len(absent) == 0 {
		return nil
	}
	verb := "is"
	if len(absent) > 1 {
		verb = "are"
	}
	return invalid("ExpressionAttributeValues can only be specified when using expressions: %s %s null", strings.Join(absent, " and "), verb)
}

// checkNames holds the keys of ExpressionAttributeNames against their form.
func checkNames(names map[string]string) error {
	if names == nil {
		return nil
	}
	if len(names) == 0 {
		return invalid("ExpressionAttributeNames must not be empty")
	}
	for k, v := range names {
		if !isPlaceholder(k, '#') {
			return invalid(`ExpressionAttributeNames contains invalid key: Syntax error; key: "%s"`, k)
		}
		if v == "" || len(v) > 65535 {
			return invalid("ExpressionAttributeNames contains invalid value: %s for key %s", "The expression attribute name must be between 1 and 65535 bytes long;", k)
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
		return nil, invalid("ExpressionAttributeValues must not be empty")
	}
	out := make(map[string]attr.Value, len(values))
	for k, v := range values {
		if !isPlaceholder(k, ':') {
			return nil, invalid(`ExpressionAttributeValues contains invalid key: Syntax error; key: "%s"`, k)
		}
		read, err := convert(&v, 0)
		if err != nil {
			return nil, invalid("ExpressionAttributeValues contains invalid value: %s for key %s", err, k)
		}
		out[k] = read
	}
	return out, nil
}

// condition reads a request's condition, in whichever form it has.
func condition(text *string, params *expr.Params, expected map[string]api.ExpectedAttributeValue, operator *string) (*expr.Condition, error) {
	if text != nil {
		return expr.ParseCondition(expr.ConditionExpression, *text, params)
	}
	if operator != nil && len(expected) == 0 {
		return nil, invalidValue("ConditionalOperator cannot be used without Filter or Expected")
	}
	var all []*expr.Condition
	for _, name := range sortedKeys(expected) {
		c, err := expectation(name, expected[name])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return expr.Join(all, value(operator) == api.ConditionalOperatorOr), nil
}

// expectation reads one entry of the legacy Expected.
func expectation(name string, e api.ExpectedAttributeValue) (*expr.Condition, error) {
	refuse := func(why string) (*expr.Condition, error) {
		return nil, invalidValue("%s for Attribute: %s", why, name)
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
	read, err := legacyValues(values)
	if err != nil {
		return nil, err
	}
	return expr.Legacy(name, operator, read)
}

// legacyValues reads an AttributeValueList.
func legacyValues(in []api.AttributeValue) ([]attr.Value, error) {
	out := make([]attr.Value, len(in))
	for i := range in {
		var err error
		if out[i], err = readValue(&in[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// filter reads a filter, in whichever form it has.
func filter(text *string, params *expr.Params, legacy map[string]api.Condition, operator *string) (*expr.Condition, error) {
	if text != nil {
		return expr.ParseCondition(expr.FilterExpression, *text, params)
	}
	if operator != nil && len(legacy) == 0 {
		return nil, invalidValue("ConditionalOperator cannot be used without Filter or Expected")
	}
	var all []*expr.Condition
	for _, name := range sortedKeys(legacy) {
		c, err := legacyCondition(name, legacy[name].ComparisonOperator, legacy[name].AttributeValueList)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return expr.Join(all, value(operator) == api.ConditionalOperatorOr), nil
}

// projection reads which attributes a request wants, in whichever form it has.
func projection(text *string, params *expr.Params, names []string) (expr.Projection, error) {
	if text != nil {
		return expr.ParseProjection(*text, params)
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return expr.Projection{}, invalidValue("Duplicate value in attribute name: %s", n)
		}
	}
	return expr.Names(names), nil
}

// sortedKeys returns the keys of m in order, so that of several faults always
// the same one is found.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// oneOf refuses a value that is not one of those an operation takes, where the
// model's enumeration has more.
func oneOf(name string, v *string, allowed ...string) error {
	if v == nil || slices.Contains(allowed, *v) {
		return nil
	}
	return invalid("%s can only be %s", name, fmt.Sprint(strings.Join(allowed, " or ")))
}
