package asl

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata"
	"maru.dev/maru/service/states/path"
)

// maxVariableName is how many characters a variable's name may have.
const maxVariableName = 80

// compiler compiles the fields of one state.
type compiler struct {
	*parser
	state    *State
	language QueryLanguage
}

// about tells what $states holds where an expression stands.
type about struct{ result, errorOutput bool }

// indexed writes the place of an element.
func indexed(at string, i int) string { return at + "[" + strconv.Itoa(i) + "]" }

// under writes the place of a member.
func under(at, name string) string {
	if at == "" {
		return name
	}
	return at + "/" + name
}

// pathField compiles InputPath, OutputPath or ResultPath.
func (c *compiler) pathField(o object, name string, reference bool) PathField {
	v, ok := o.Get(name)
	if !ok {
		return PathField{}
	}
	if v == nil {
		return PathField{Null: true}
	}
	text, isText := v.(string)
	if !isText {
		c.wrongType(o.at+"/"+name, "STRING")
		return PathField{}
	}
	compiled, err := path.Parse(text)
	if err != nil || reference && (!compiled.Reference() || compiled.Root() != path.Input) {
		c.fail(o.at+"/"+name, "Value must be a valid JSONPath.")
		return PathField{}
	}
	return PathField{Expr: &Expr{Kind: PathExpr, Field: name, Source: text, Path: compiled}}
}

// reference compiles a field that holds a path to one value.
func (c *compiler) reference(o object, name string) *Expr {
	v, ok := o.Get(name)
	if !ok {
		return nil
	}
	text, _ := v.(string)
	compiled, err := path.Parse(text)
	if err != nil {
		c.fail(o.at+"/"+name, "Value must be a valid JSONPath.")
		return nil
	}
	return &Expr{Kind: PathExpr, Field: name, Source: text, Path: compiled}
}

// pathOrIntrinsic compiles a path or a call of an intrinsic function; nil if it
// is neither.
func (c *compiler) pathOrIntrinsic(text, field string) *Expr {
	if strings.HasPrefix(text, "$") {
		if compiled, err := path.Parse(text); err == nil {
			return &Expr{Kind: PathExpr, Field: field, Source: text, Path: compiled}
		}
		return nil
	}
	if compiled, err := path.ParseIntrinsic(text); err == nil {
		return &Expr{Kind: IntrinsicExpr, Field: field, Source: text, Intrinsic: compiled}
	}
	return nil
}

// payload compiles a payload template of a JSONPath state.
func (c *compiler) payload(o object, name string) *Expr {
	v, ok := o.Get(name)
	if !ok {
		return nil
	}
	template, ok := v.(*value.Object)
	if !ok {
		c.wrongType(o.at+"/"+name, "OBJECT")
		return nil
	}
	return c.payloadValue(template, name, o.at+"/"+name)
}

// payloadValue compiles a value within a payload template.
func (c *compiler) payloadValue(v any, field, at string) *Expr {
	switch v := v.(type) {
	case []any:
		e := &Expr{Kind: ArrayTemplate, Field: field, Value: v}
		for i, element := range v {
			e.Elements = append(e.Elements, c.payloadValue(element, field, indexed(at, i)))
		}
		return folded(e)
	case *value.Object:
		e := &Expr{Kind: ObjectTemplate, Field: field, Value: v}
		for name, member := range v.All() {
			plain, dynamic := strings.CutSuffix(name, ".$")
			if !dynamic {
				c.warnNoDollar(name, member, at)
				e.Names = append(e.Names, name)
				e.Elements = append(e.Elements, c.payloadValue(member, name, at+"/"+name))
				continue
			}
			if _, both := v.Get(plain); both {
				c.fail(at, "The fields '%s' and '%s' cannot be given both", plain, name)
			}
			if compiled := c.dynamic(member, name, at); compiled != nil {
				e.Names = append(e.Names, plain)
				e.Elements = append(e.Elements, compiled)
			}
		}
		return folded(e)
	}
	return &Expr{Field: field, Value: v}
}

// dynamic compiles the value of a member whose name ends in .$.
func (c *compiler) dynamic(v any, name, at string) *Expr {
	if text, ok := v.(string); ok {
		if e := c.pathOrIntrinsic(text, name); e != nil {
			return e
		}
	}
	c.fail(at, "The value for the field '%s' must be a valid JSONPath or a valid intrinsic function call", name)
	return nil
}

// folded makes a template whose elements are all constant one itself.
func folded(e *Expr) *Expr {
	for _, element := range e.Elements {
		if element.Kind != Constant {
			e.Value = nil
			return e
		}
	}
	e.Kind, e.Names, e.Elements = Constant, nil, nil
	return e
}

// warnNoDollar warns of a constant that looks as if it should be evaluated.
func (c *compiler) warnNoDollar(name string, v any, at string) {
	if text, ok := v.(string); ok && looksLikePath(text) {
		c.warn(CodeNoDollar, at+"/"+name, "The value of the field '%s' looks like a JSONPath or intrinsic function, but the field's name does not end with '.$'", name)
	}
}

// looksLikePath tells whether a text looks like a path or intrinsic function.
func looksLikePath(s string) bool {
	return s == "$" || strings.HasPrefix(s, "$.") || strings.HasPrefix(s, "$[") || strings.HasPrefix(s, "$$") ||
		strings.HasPrefix(s, "States.") && strings.HasSuffix(s, ")")
}

// looksDynamic tells whether a value holds members ending in .$ or paths.
func looksDynamic(v any) bool {
	switch v := v.(type) {
	case string:
		return looksLikePath(v)
	case []any:
		for _, e := range v {
			if looksDynamic(e) {
				return true
			}
		}
	case *value.Object:
		for name, m := range v.All() {
			if strings.HasSuffix(name, ".$") || looksDynamic(m) {
				return true
			}
		}
	}
	return false
}

// isJSONata tells whether a text is a JSONata expression.
func isJSONata(s string) bool {
	return len(s) >= 4 && strings.HasPrefix(s, "{%") && strings.HasSuffix(s, "%}")
}

// template compiles a field of a JSONata state, whose prefix is where the object
// o stands within the state.
func (c *compiler) template(o object, name, prefix string, a about) *Expr {
	v, ok := o.Get(name)
	if !ok {
		return nil
	}
	return c.templateValue(v, under(prefix, name), a)
}

// templateValue compiles a value in which each text within {% and %} is an expression.
func (c *compiler) templateValue(v any, field string, a about) *Expr {
	switch v := v.(type) {
	case string:
		if isJSONata(v) {
			return c.expression(v, field, a)
		}
		if strings.HasPrefix(v, "{%") {
			c.add(CodeJSONata, c.state.Location+"/"+field, "The JSONata expression is not closed with %%}")
		}
	case []any:
		e := &Expr{Kind: ArrayTemplate, Field: field, Value: v}
		for i, element := range v {
			e.Elements = append(e.Elements, c.templateValue(element, indexed(field, i), a))
		}
		return folded(e)
	case *value.Object:
		e := &Expr{Kind: ObjectTemplate, Field: field, Value: v, Names: v.Names()}
		for name, member := range v.All() {
			e.Elements = append(e.Elements, c.templateValue(member, under(field, name), a))
		}
		return folded(e)
	}
	return &Expr{Field: field, Value: v}
}

// expression compiles a JSONata expression with its {% and %}.
func (c *compiler) expression(text, field string, a about) *Expr {
	at := c.state.Location + "/" + field
	source := strings.TrimSpace(text[2 : len(text)-2])
	e := &Expr{Kind: JSONataExpr, Field: field, Source: source}
	compiled, err := jsonata.CompileStrict(source)
	if err != nil {
		message := err.Error()
		if fault, ok := errors.AsType[*jsonata.Error](err); ok {
			message = fault.Message
		}
		c.add(CodeJSONata, at, "%s", message)
		return e
	}
	e.JSONata = compiled
	if strings.Contains(source, "(") {
		if c.functions == nil {
			c.functions = jsonata.StepFunctions()
		}
		e.Functions = c.functions
	}
	for _, r := range compiled.Variables() {
		c.referred(e, r, at, a)
	}
	return e
}

// referred checks one variable that an expression uses, and notes it.
func (c *compiler) referred(e *Expr, r jsonata.Reference, at string, a about) {
	switch {
	case r.Name == "$":
		c.add(CodeJSONataReference, at, "Reference to '$$' is not supported.")
		return
	case r.Name == "" && len(r.Path) > 0 && !strings.HasSuffix(before(e.Source, r.Position), "$"):
		c.add(CodeJSONataReference, at, "Reference to '%s' at the top level is not supported.", r.Path[0])
		return
	case r.Name == "":
		c.add(CodeJSONataReference, at, "Reference to '$' is not supported.")
		return
	case r.Name == "states" && len(r.Path) > 0:
		field := r.Path[0]
		known := field == "input" || field == "context" || field == "result" && a.result || field == "errorOutput" && a.errorOutput
		if !known {
			c.add(CodeJSONataReference, at, "Field '$states.%s' does not exist.", field)
		}
	case r.Call:
		return
	}
	for _, name := range e.Uses {
		if name == r.Name {
			return
		}
	}
	e.Uses = append(e.Uses, r.Name)
}

// before returns what stands before the n-th UTF-16 unit.
func before(s string, n int) string {
	for i, c := range s {
		if n <= 0 {
			return s[:i]
		}
		n -= utf16.RuneLen(c)
	}
	return s
}

// assign compiles Assign, in either language.
func (c *compiler) assign(o object, prefix string, a about) *Expr {
	v, ok := o.Get("Assign")
	if !ok {
		return nil
	}
	at := c.state.Location + "/" + under(prefix, "Assign")
	variables, ok := v.(*value.Object)
	if !ok {
		c.wrongType(at, "OBJECT")
		return nil
	}
	for name := range variables.All() {
		if c.language == JSONPath {
			name = strings.TrimSuffix(name, ".$")
		}
		if !variableName(name) {
			c.fail(at, "The variable name '%s' is not valid", name)
		}
	}
	var e *Expr
	if c.language == JSONPath {
		e = c.payloadValue(variables, "Assign", at)
	} else {
		e = c.templateValue(variables, under(prefix, "Assign"), a)
	}
	if e.Kind == Constant && variables.Len() == 0 {
		return nil
	}
	return e
}

// variableName tells whether a variable may have a name: that of an identifier,
// except states.
func variableName(name string) bool {
	if name == "" || name == "states" || utf8.RuneCountInString(name) > maxVariableName {
		return false
	}
	for i, c := range name {
		start := unicode.IsLetter(c) || unicode.Is(unicode.Nl, c) || c == '_'
		if !start && (i == 0 || !unicode.In(c, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc)) {
			return false
		}
	}
	return true
}

// number compiles a field that is a whole number, with its form as a path in
// JSONPath states and as an expression in JSONata states.
func (c *compiler) number(o object, name string, least, most int64) *Expr {
	return c.numberIn(o, name, "", least, most)
}

// numberIn is number for an object that stands at a place within the state.
func (c *compiler) numberIn(o object, name, prefix string, least, most int64) *Expr {
	if c.language == JSONPath {
		if _, ok := o.Get(name + "Path"); ok {
			return c.reference(o, name+"Path")
		}
	}
	v, ok := o.Get(name)
	if !ok {
		return nil
	}
	if text, isText := v.(string); isText && c.language == JSONata && isJSONata(text) {
		return c.expression(text, under(prefix, name), about{})
	}
	n, _ := c.integer(o, name, least, most)
	return &Expr{Field: under(prefix, name), Value: n}
}

// validTimestamp tells whether a text is a time as the States Language has it:
// RFC 3339 with an upper-case T and Z.
func validTimestamp(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && !strings.ContainsAny(s, "tz")
}
