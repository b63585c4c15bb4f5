package asl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata"
)

// The limits of definitions.
const (
	maxDefinition = 1 << 20 // bytes
	maxStateName  = 80      // characters
	maxNested     = 64      // machines in each other
	maxSeconds    = 99_999_999
)

// Parse reads a definition and checks it for a state machine of the standard
// type. With findings that refuse it (see Refused) the machine is nil.
func Parse(definition []byte) (*Machine, []Finding) {
	return ParseType(definition, false)
}

// ParseType is Parse for a state machine of the express type, if express is true.
func ParseType(definition []byte, express bool) (*Machine, []Finding) {
	p := &parser{express: express, all: map[string]*State{}, labels: map[string]bool{}}
	root, ok := p.document(definition)
	if !ok {
		return nil, p.findings
	}
	p.language = p.machineLanguage(root)
	m := p.machine(root, nil, outermost)
	p.graph(m, "")
	p.scopes(m, nil)
	if Refused(p.findings) {
		return nil, p.findings
	}
	m.All = p.all
	return m, p.findings
}

// ParseState reads a single state, as TestState takes it, and checks it without
// its surroundings: whether its Next exists is not asked.
func ParseState(definition []byte) (*State, []Finding) {
	p := &parser{all: map[string]*State{}, labels: map[string]bool{}, language: JSONPath}
	root, ok := p.document(definition)
	if !ok {
		return nil, p.findings
	}
	m := &Machine{QueryLanguage: JSONPath, States: map[string]*State{}}
	s := p.state(root, "", m, nil)
	if s != nil {
		p.inner(s)
	}
	if Refused(p.findings) || s == nil {
		return nil, p.findings
	}
	return s, p.findings
}

// parser reads one definition and collects what there is to say about it.
type parser struct {
	findings []Finding
	express  bool

	// language is the whole machine's, which nested machines have, too, whatever
	// the state around them says.
	language QueryLanguage

	// all are the states at every depth, labels those of Map states.
	all    map[string]*State
	labels map[string]bool
	depth  int

	// functions are made with the first expression that calls any.
	functions map[string]jsonata.Function
}

// object is a JSON object within the definition with its location.
type object struct {
	*value.Object
	at string
}

// fail adds a finding of SCHEMA_VALIDATION_FAILED.
func (p *parser) fail(at, format string, args ...any) { p.add(CodeSchema, at, format, args...) }

// add adds a finding that refuses the definition.
func (p *parser) add(code, at, format string, args ...any) {
	p.findings = append(p.findings, Finding{SeverityError, code, fmt.Sprintf(format, args...), at})
}

// warn adds a finding that does not refuse the definition.
func (p *parser) warn(code, at, format string, args ...any) {
	p.findings = append(p.findings, Finding{SeverityWarning, code, fmt.Sprintf(format, args...), at})
}

// document reads the JSON text.
func (p *parser) document(definition []byte) (object, bool) {
	if len(definition) > maxDefinition {
		p.fail("", "The definition is larger than %d bytes", maxDefinition)
		return object{}, false
	}
	if strings.TrimSpace(string(definition)) == "" {
		p.fail("", "Definition must be a valid JSON object")
		return object{}, false
	}
	v, err := value.Parse(definition)
	if err != nil {
		fault := findFault(definition, err)
		at := fault.position(definition)
		p.add(CodeInvalidJSON, at, "%s\n at %s", fault.message, at)
		return object{}, false
	}
	root, ok := v.(*value.Object)
	if !ok {
		p.fail("", "Definition must be a valid JSON object")
		return object{}, false
	}
	return object{root, ""}, true
}

// nesting is where a machine stands.
type nesting uint8

// The places of machines.
const (
	outermost nesting = iota
	inBranch
	inProcessor
)

// fields are the names of the fields that a machine may have.
func (n nesting) fields() string {
	switch n {
	case outermost:
		return " Comment QueryLanguage StartAt States TimeoutSeconds Version "
	case inProcessor:
		return " Comment ProcessorConfig StartAt States "
	case inBranch:
	}
	return " Comment StartAt States "
}

// machineLanguage reads the query language of the whole machine.
func (p *parser) machineLanguage(o object) QueryLanguage {
	v, ok := o.Get("QueryLanguage")
	if !ok {
		return JSONPath
	}
	p.checkLanguage(v, o.at)
	return queryLanguage(v)
}

// queryLanguage reads a QueryLanguage field: whatever is not JSONPath counts as
// JSONata.
func queryLanguage(v any) QueryLanguage {
	if v == string(JSONPath) {
		return JSONPath
	}
	return JSONata
}

// checkLanguage tells of a QueryLanguage that is none.
func (p *parser) checkLanguage(v any, at string) {
	if _, ok := v.(string); !ok {
		p.wrongType(at+"/QueryLanguage", "STRING")
	} else if v != string(JSONPath) && v != string(JSONata) {
		p.valueOf(at+"/QueryLanguage", "JSONPath, JSONata")
	}
}

// valueOf tells that a field has none of the values that it may have.
func (p *parser) valueOf(at, values string) {
	p.fail(at, "Value should be one of the following: [%s]", values)
}

// oneOf is valueOf in the words that the validator has for a few fields: Type and
// InputType.
func (p *parser) oneOf(at, field, values string) {
	p.fail(at+"/"+field, "The field '%s' should have one of these values: [%s]", field, values)
}

// machine reads a machine and its states.
func (p *parser) machine(o object, parent *State, n nesting) *Machine {
	p.depth++
	defer func() { p.depth-- }()
	m := &Machine{QueryLanguage: p.language, States: map[string]*State{}}
	if p.depth > maxNested {
		p.add(CodeTooDeep, o.at, "The states are too deeply nested")
		return m
	}
	for name := range o.All() {
		if !strings.Contains(n.fields(), " "+name+" ") {
			p.fail(pointer(o.at), "Field '%s' is not supported", name)
		}
	}
	p.required(o, "States", "StartAt")
	m.Comment = p.text(o, "Comment")
	m.StartAt = p.text(o, "StartAt")
	if m.Version = p.text(o, "Version"); m.Version != "" && m.Version != "1.0" {
		p.valueOf(o.at+"/Version", "1.0")
	}
	if n == outermost {
		m.TimeoutSeconds, _ = p.integer(o, "TimeoutSeconds", 1, maxSeconds)
	}
	states, ok := p.object(o, "States")
	if !ok {
		return m
	}
	if states.Len() == 0 {
		p.fail(states.at, "Value cannot be empty")
	}
	for name, v := range states.All() {
		p.named(states, name, v, m, parent)
	}
	return m
}

// named reads one state of a machine.
func (p *parser) named(states object, name string, v any, m *Machine, parent *State) {
	at := states.at + "/" + name
	if name == "" || utf8.RuneCountInString(name) > maxStateName {
		p.add(CodeStateName, at, "State names must be between 1 and %d characters long", maxStateName)
	}
	if p.all[name] != nil {
		p.add(CodeDuplicateState, at, "Duplicate State name: %s", name)
	}
	o, ok := v.(*value.Object)
	if !ok {
		p.wrongType(at, "OBJECT")
		return
	}
	if s := p.state(object{o, at}, name, m, parent); s != nil {
		m.States[name] = s
		m.Order = append(m.Order, name)
		if p.all[name] == nil {
			p.all[name] = s
		}
		p.inner(s)
	}
}

// pointer writes a location; the whole definition is "/".
func pointer(at string) string {
	if at == "" {
		return "/"
	}
	return at
}

// required tells of fields that are missing.
func (p *parser) required(o object, names ...string) {
	var missing []string
	for _, name := range names {
		if _, ok := o.Get(name); !ok {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		p.fail(pointer(o.at), "These fields are required: [%s]", strings.Join(missing, ", "))
	}
}

// onlyOne tells of two fields that exclude each other, and if needed of none.
func (p *parser) onlyOne(o object, needed bool, names ...string) {
	found := 0
	for _, name := range names {
		if _, ok := o.Get(name); ok {
			found++
		}
	}
	switch {
	case found > 1:
		p.fail(pointer(o.at), "There should only be one of the following fields: [%s]", strings.Join(names, ", "))
	case found == 0 && needed:
		p.fail(pointer(o.at), "This object should have only one of the following fields: [%s]", strings.Join(names, ", "))
	}
}

// wrongType tells that a value has not the type that it should.
func (p *parser) wrongType(at, want string) {
	p.fail(at, "Expected value of type [%s]", want)
}

// text reads a field that is a string, "" if it is missing.
func (p *parser) text(o object, name string) string {
	v, ok := o.Get(name)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		p.wrongType(o.at+"/"+name, "STRING")
	}
	return s
}

// choice reads a field that has one of some values.
func (p *parser) choice(o object, name string, values ...string) string {
	s := p.text(o, name)
	if _, ok := o.Get(name); !ok {
		return ""
	}
	for _, v := range values {
		if s == v {
			return s
		}
	}
	if name == "InputType" {
		p.oneOf(o.at, name, strings.Join(values, ", "))
	} else {
		p.valueOf(o.at+"/"+name, strings.Join(values, ", "))
	}
	return s
}

// object reads a field that is an object.
func (p *parser) object(o object, name string) (object, bool) {
	v, ok := o.Get(name)
	if !ok {
		return object{}, false
	}
	inner, ok := v.(*value.Object)
	if !ok {
		p.wrongType(o.at+"/"+name, "OBJECT")
		return object{}, false
	}
	return object{inner, o.at + "/" + name}, true
}

// array reads a field that is an array.
func (p *parser) array(o object, name string) ([]any, bool) {
	v, ok := o.Get(name)
	if !ok {
		return nil, false
	}
	a, ok := v.([]any)
	if !ok {
		p.wrongType(o.at+"/"+name, "ARRAY")
	}
	return a, ok
}

// integer reads a field that is a whole number within bounds.
func (p *parser) integer(o object, name string, least, most int64) (int64, bool) {
	v, ok := o.Get(name)
	if !ok {
		return 0, false
	}
	n, ok := v.(int64)
	if !ok {
		p.wrongType(o.at+"/"+name, "INTEGER")
		return 0, false
	}
	if n < least || n > most {
		p.fail(o.at+"/"+name, "Value must be between %d and %d", least, most)
	}
	return n, true
}

// only tells of fields that an object may not have.
func (p *parser) only(o object, names string) {
	for name := range o.All() {
		if !strings.Contains(" "+names+" ", " "+name+" ") {
			p.fail(o.at, "Field '%s' is not supported", name)
		}
	}
}
