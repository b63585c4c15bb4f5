package asl

import (
	"strings"

	"maru.dev/maru/pattern/value"
)

// operandOf tells the kind of a comparison's operand and whether it is a path; ok
// is false for names of no comparison.
func operandOf(operator string) (kind string, isPath, ok bool) {
	switch operator {
	case "IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp":
		return "Boolean", false, true
	case "StringMatches":
		return "String", false, true
	}
	base, isPath := strings.CutSuffix(operator, "Path")
	for _, kind := range []string{"String", "Numeric", "Timestamp", "Boolean"} {
		rest, found := strings.CutPrefix(base, kind)
		if !found {
			continue
		}
		switch rest {
		case "Equals":
			return kind, isPath, true
		case "GreaterThan", "GreaterThanEquals", "LessThan", "LessThanEquals":
			return kind, isPath, kind != "Boolean"
		}
	}
	return "", false, false
}

// comparisonFields is what the validator lists when a rule compares nothing.
const comparisonFields = "And, BooleanEquals, BooleanEqualsPath, IsBoolean, IsNull, IsNumeric, IsPresent, IsString, IsTimestamp, Not, " +
	"NumericEquals, NumericEqualsPath, NumericGreaterThan, NumericGreaterThanEquals, NumericGreaterThanEqualsPath, " +
	"NumericGreaterThanPath, NumericLessThan, NumericLessThanEquals, NumericLessThanEqualsPath, NumericLessThanPath, Or, " +
	"StringEquals, StringEqualsPath, StringGreaterThan, StringGreaterThanEquals, StringGreaterThanEqualsPath, " +
	"StringGreaterThanPath, StringLessThan, StringLessThanEquals, StringLessThanEqualsPath, StringLessThanPath, StringMatches, " +
	"TimestampEquals, TimestampEqualsPath, TimestampGreaterThan, TimestampGreaterThanEquals, TimestampGreaterThanEqualsPath, " +
	"TimestampGreaterThanPath, TimestampLessThan, TimestampLessThanEquals, TimestampLessThanEqualsPath, TimestampLessThanPath"

// choices compiles what a Choice state has of its own.
func (c *compiler) choices(o object) {
	c.state.Choice = &Choice{Default: c.text(o, "Default")}
	c.required(o, "Choices")
	rules, ok := c.array(o, "Choices")
	if ok && len(rules) == 0 {
		c.fail(o.at+"/Choices", "Value cannot be empty")
	}
	for i, v := range rules {
		place := indexed("Choices", i)
		rule, ok := v.(*value.Object)
		if !ok {
			c.wrongType(o.at+"/"+place, "OBJECT")
			continue
		}
		r := &Rule{}
		ro := object{rule, o.at + "/" + place}
		c.required(ro, "Next")
		r.Next = c.text(ro, "Next")
		if c.language == JSONata {
			c.conditionRule(ro, place, r)
		} else {
			c.rule(ro, r, true)
		}
		c.state.Choice.Rules = append(c.state.Choice.Rules, r)
	}
}

// conditionRule compiles a rule of a JSONata state.
func (c *compiler) conditionRule(o object, place string, r *Rule) {
	for name := range o.All() {
		if _, _, comparison := operandOf(name); comparison || has("Variable And Or Not", name) {
			c.fail(o.at, "The QueryLanguage is set to 'JSONata', but field '%s' is only supported for the 'JSONPath' QueryLanguage", name)
		} else if !has("Condition Next Comment Assign Output", name) {
			c.fail(o.at, "Field '%s' is not supported", name)
		}
	}
	c.required(o, "Condition")
	r.Comment = c.text(o, "Comment")
	r.Output = c.template(o, "Output", place, about{})
	r.Assign = c.assign(o, place, about{})
	v, ok := o.Get("Condition")
	if !ok {
		return
	}
	field := under(place, "Condition")
	switch v := v.(type) {
	case bool:
		r.Condition = &Expr{Field: field, Value: v}
	case string:
		if isJSONata(v) {
			r.Condition = c.expression(v, field, about{})
			return
		}
		c.fail(o.at+"/Condition", "Value must be a boolean or a JSONata expression")
	default:
		c.fail(o.at+"/Condition", "Value must be a boolean or a JSONata expression")
	}
}

// rule compiles a rule of a JSONPath state; those below And, Or and Not are not
// at the top.
func (c *compiler) rule(o object, r *Rule, top bool) {
	operators := 0
	for name := range o.All() {
		_, _, comparison := operandOf(name)
		switch {
		case comparison || has("And Or Not", name):
			operators++
		case name == "Variable", name == "Comment":
		case has("Next Assign", name) && top:
		case has("Condition Output", name):
			c.fail(o.at, "The QueryLanguage is set to 'JSONPath', but field '%s' is only supported for the 'JSONata' QueryLanguage", name)
		default:
			c.fail(o.at, "Field '%s' is not supported", name)
		}
	}
	switch {
	case operators > 1:
		c.fail(o.at, "There should only be one of the following fields: [%s]", comparisonFields)
	case operators == 0:
		c.fail(o.at, "This object should have only one of the following fields: [%s]", comparisonFields)
	}
	r.Comment = c.text(o, "Comment")
	if top {
		place := strings.TrimPrefix(o.at, c.state.Location+"/")
		r.Assign = c.assign(o, place, about{})
	}
	c.combined(o, r)
	c.comparison(o, r)
}

// combined compiles And, Or and Not.
func (c *compiler) combined(o object, r *Rule) {
	r.And = c.rules(o, "And")
	r.Or = c.rules(o, "Or")
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxNested {
		c.add(CodeTooDeep, o.at, "The states are too deeply nested")
		return
	}
	if inner, ok := c.object(o, "Not"); ok {
		r.Not = &Rule{}
		c.rule(inner, r.Not, false)
	}
}

// rules compiles a list of rules below And or Or.
func (c *compiler) rules(o object, name string) []*Rule {
	list, ok := c.array(o, name)
	if !ok {
		return nil
	}
	if len(list) == 0 {
		c.fail(o.at+"/"+name, "Value cannot be empty")
	}
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > maxNested {
		c.add(CodeTooDeep, o.at, "The states are too deeply nested")
		return nil
	}
	rules := make([]*Rule, 0, len(list))
	for i, v := range list {
		at := indexed(o.at+"/"+name, i)
		inner, ok := v.(*value.Object)
		if !ok {
			c.wrongType(at, "OBJECT")
			continue
		}
		r := &Rule{}
		c.rule(object{inner, at}, r, false)
		rules = append(rules, r)
	}
	return rules
}

// comparison compiles Variable, operator and operand.
func (c *compiler) comparison(o object, r *Rule) {
	for name, v := range o.All() {
		kind, isPath, ok := operandOf(name)
		if !ok {
			continue
		}
		r.Operator = name
		if isPath {
			r.Operand = c.reference(o, name)
		} else {
			c.checkOperand(kind, v, o.at+"/"+name)
			r.Operand = &Expr{Field: name, Value: v}
		}
	}
	if r.Operator == "" {
		if _, ok := o.Get("Variable"); ok && (r.And != nil || r.Or != nil || r.Not != nil) {
			c.fail(o.at, "Field 'Variable' is not supported")
		}
		return
	}
	c.required(o, "Variable")
	r.Variable = c.reference(o, "Variable")
}

// checkOperand checks the type of a constant operand.
func (c *compiler) checkOperand(kind string, v any, at string) {
	text, isText := v.(string)
	ok := true
	switch kind {
	case "Boolean":
		_, ok = v.(bool)
	case "String", "Timestamp":
		ok = isText
	case "Numeric":
		_, isInt := v.(int64)
		_, isFloat := v.(float64)
		ok = isInt || isFloat
		kind = "Number"
	}
	if !ok {
		if kind == "Timestamp" {
			kind = "String"
		}
		c.wrongType(at, strings.ToUpper(kind))
		return
	}
	switch {
	case kind == "Timestamp" && !validTimestamp(text):
		c.fail(at, "String does not match RFC3339 timestamp")
	case kind == "String" && looksLikePath(text):
		c.warn(CodeNoPath, at, "The value of the field looks like a path, but the field's name does not end with 'Path'")
	}
}
