package asl

import (
	"strings"

	"maru.dev/maru/pattern/value"
)

// commonFields are what every state may have; the tables below name the rest:
// for both languages, for JSONPath, for JSONata.
const commonFields = "Type Comment QueryLanguage"

// fieldTable names the fields of one kind of states.
type fieldTable struct{ both, jsonPath, jsonata string }

// fieldsOf returns the table of a state's type.
func fieldsOf(t Type) (fieldTable, bool) {
	switch t {
	case TypeTask:
		return fieldTable{
			"Next End Resource TimeoutSeconds HeartbeatSeconds Credentials Retry Catch Assign",
			"InputPath OutputPath ResultPath Parameters ResultSelector TimeoutSecondsPath HeartbeatSecondsPath",
			"Arguments Output",
		}, true
	case TypePass:
		return fieldTable{"Next End Assign", "InputPath OutputPath ResultPath Parameters Result", "Output"}, true
	case TypeChoice:
		return fieldTable{"Choices Default Assign", "InputPath OutputPath", "Output"}, true
	case TypeWait:
		return fieldTable{
			"Next End Seconds Timestamp Assign", "InputPath OutputPath SecondsPath TimestampPath", "Output",
		}, true
	case TypeSucceed:
		return fieldTable{"", "InputPath OutputPath", "Output"}, true
	case TypeFail:
		return fieldTable{"Error Cause", "ErrorPath CausePath", ""}, true
	case TypeParallel:
		return fieldTable{
			"Next End Branches Retry Catch Assign",
			"InputPath OutputPath ResultPath Parameters ResultSelector", "Arguments Output",
		}, true
	case TypeMap:
		return fieldTable{
			"Next End ItemProcessor Iterator ItemSelector MaxConcurrency ToleratedFailureCount ToleratedFailurePercentage " +
				"Label ItemReader ItemBatcher ResultWriter Retry Catch Assign",
			"InputPath OutputPath ResultPath Parameters ResultSelector ItemsPath MaxConcurrencyPath " +
				"ToleratedFailureCountPath ToleratedFailurePercentagePath",
			"Items Output",
		}, true
	}
	return fieldTable{}, false
}

// has tells whether a list of names has one.
func has(names, name string) bool { return strings.Contains(" "+names+" ", " "+name+" ") }

// check tells of fields that a state may not have, or not in its language. Of a
// language that was refused nothing more is said.
func (t fieldTable) check(p *parser, o object, s *State, refused bool) {
	language := s.QueryLanguage
	for name := range o.All() {
		switch {
		case has(commonFields, name), has(t.both, name):
		case has(t.jsonPath, name):
			if language == JSONata && !refused {
				p.fail(o.at, "The QueryLanguage is set to 'JSONata', but field '%s' is only supported for the 'JSONPath' QueryLanguage", name)
			}
		case has(t.jsonata, name):
			if language == JSONPath {
				p.fail(o.at, "The QueryLanguage is set to 'JSONPath', but field '%s' is only supported for the 'JSONata' QueryLanguage", name)
			}
		default:
			p.fail(pointer(o.at), "Field '%s' is not supported", name)
		}
	}
}

// state reads one state without the machines within it (see inner).
func (p *parser) state(o object, name string, m *Machine, parent *State) *State {
	s := &State{Name: name, Machine: m, Parent: parent, Location: o.at, QueryLanguage: p.language}
	refused := false
	language, given := o.Get("QueryLanguage")
	if given {
		s.QueryLanguage = queryLanguage(language)
		if p.language == JSONata && language == string(JSONPath) {
			p.fail(pointer(o.at), "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
			s.QueryLanguage, refused = JSONata, true
		}
	}
	if _, ok := o.Get("Type"); !ok {
		p.required(o, "Type")
		return nil
	}
	s.Type = Type(p.text(o, "Type"))
	table, ok := fieldsOf(s.Type)
	if !ok {
		p.oneOf(o.at, "Type", "Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map")
		return nil
	}
	table.check(p, o, s, refused)
	if given {
		p.checkLanguage(language, o.at)
	}
	s.Comment = p.text(o, "Comment")
	c := &compiler{parser: p, state: s, language: s.QueryLanguage}
	p.transition(o, s, table)
	c.common(o, table)
	c.own(o)
	s.source = o
	return s
}

// transition reads Next and End, of which there must be one; an End of false is
// as good as none.
func (p *parser) transition(o object, s *State, table fieldTable) {
	if !has(table.both, "Next") {
		s.End = s.Type == TypeSucceed || s.Type == TypeFail
		return
	}
	v, given := o.Get("End")
	end, isBool := v.(bool)
	_, next := o.Get("Next")
	switch {
	case given && !isBool:
		p.wrongType(o.at+"/End", "BOOLEAN")
	case next && end:
		p.fail(pointer(o.at), "There should only be one of the following fields: [Next, End]")
	case !next && !end:
		p.fail(pointer(o.at), "This object should have only one of the following fields: [Next, End]")
	}
	s.Next, s.End = p.text(o, "Next"), end
}

// common compiles the fields of data flow and error handling.
func (c *compiler) common(o object, table fieldTable) {
	s := c.state
	if c.language == JSONPath {
		s.InputPath = c.pathField(o, "InputPath", false)
		s.OutputPath = c.pathField(o, "OutputPath", false)
		s.ResultPath = c.pathField(o, "ResultPath", true)
		if s.Type != TypeMap {
			s.Parameters = c.payload(o, "Parameters")
		}
		s.ResultSelector = c.payload(o, "ResultSelector")
	} else {
		s.Arguments = c.template(o, "Arguments", "", about{})
		s.Output = c.template(o, "Output", "", about{result: s.hasResult()})
	}
	s.Assign = c.assign(o, "", about{result: s.hasResult()})
	if has(table.both, "Retry") {
		c.retry(o)
		c.catch(o)
	}
}

// hasResult tells whether $states.result is known to a state's Output and Assign.
func (s *State) hasResult() bool {
	return s.Type == TypeTask || s.Type == TypeParallel || s.Type == TypeMap
}

// own compiles the fields of the state's type.
func (c *compiler) own(o object) {
	s := c.state
	switch s.Type {
	case TypeTask:
		c.task(o)
	case TypePass:
		result, ok := o.Get("Result")
		s.Pass = &Pass{Result: result, HasResult: ok}
		if ok && looksDynamic(result) {
			c.warn(CodeStaticResult, o.at+"/Result", "The Result field of a Pass state is static: it is not evaluated as a path")
		}
	case TypeChoice:
		c.choices(o)
	case TypeWait:
		c.wait(o)
	case TypeFail:
		s.Fail = &Fail{Error: c.failField(o, "Error"), Cause: c.failField(o, "Cause")}
	case TypeMap:
		c.mapState(o)
	case TypeParallel:
		s.Parallel = &Parallel{}
		c.required(o, "Branches")
	case TypeSucceed:
	}
}

// inner reads the machines within a Parallel or Map state.
func (p *parser) inner(s *State) {
	o := s.source
	s.source = object{}
	switch s.Type {
	case TypeParallel:
		branches, ok := p.array(o, "Branches")
		if ok && len(branches) == 0 {
			p.fail(o.at+"/Branches", "Value cannot be empty")
		}
		for i, b := range branches {
			at := indexed(o.at+"/Branches", i)
			branch, ok := b.(*value.Object)
			if !ok {
				p.wrongType(at, "OBJECT")
				continue
			}
			m := p.machine(object{branch, at}, s, inBranch)
			p.graph(m, at)
			s.Parallel.Branches = append(s.Parallel.Branches, m)
		}
	case TypeMap:
		field := "ItemProcessor"
		if s.Map.Iterator {
			field = "Iterator"
		}
		if processor, ok := p.object(o, field); ok {
			s.Map.Processor = p.machine(processor, s, inProcessor)
			p.graph(s.Map.Processor, processor.at)
		}
	case TypeTask, TypePass, TypeChoice, TypeWait, TypeSucceed, TypeFail:
	}
}

// task compiles what a Task state has of its own.
func (c *compiler) task(o object) {
	c.required(o, "Resource")
	t := &Task{}
	c.state.Task = t
	t.Resource = c.resource(o)
	c.onlyOne(o, false, "TimeoutSeconds", "TimeoutSecondsPath")
	c.onlyOne(o, false, "HeartbeatSeconds", "HeartbeatSecondsPath")
	t.TimeoutSeconds = c.number(o, "TimeoutSeconds", 1, maxSeconds)
	t.HeartbeatSeconds = c.number(o, "HeartbeatSeconds", 1, maxSeconds)
	if h, ok := constant(t.HeartbeatSeconds); ok {
		if limit, ok := constant(t.TimeoutSeconds); ok && h >= limit {
			c.fail(o.at, "The field 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
		}
	}
	c.credentials(o)
	c.taskArguments(o)
}

// constant returns an expression's value if it is a whole number.
func constant(e *Expr) (int64, bool) {
	if e == nil || e.Kind != Constant {
		return 0, false
	}
	n, ok := e.Value.(int64)
	return n, ok
}

// credentials compiles a task's Credentials.
func (c *compiler) credentials(o object) {
	v, ok := o.Get("Credentials")
	if !ok {
		return
	}
	if c.state.Task.Resource.Kind == Activity && c.state.Task.Resource.ARN != "" {
		c.fail(o.at+"/Credentials", "The field 'Credentials' is not supported for activities")
	}
	if c.language == JSONPath {
		c.state.Task.Credentials = c.payload(o, "Credentials")
	} else {
		c.state.Task.Credentials = c.template(o, "Credentials", "", about{})
	}
	if credentials, ok := v.(*value.Object); ok {
		_, plain := credentials.Get("RoleArn")
		_, dynamic := credentials.Get("RoleArn.$")
		if !plain && !(dynamic && c.language == JSONPath) {
			c.fail(o.at+"/Credentials", "The field 'RoleArn' is required but was missing")
		}
	}
}

// wait compiles what a Wait state has of its own.
func (c *compiler) wait(o object) {
	c.onlyOne(o, true, "SecondsPath", "Seconds", "TimestampPath", "Timestamp")
	w := &Wait{Seconds: c.number(o, "Seconds", 0, maxSeconds)}
	c.state.Wait = w
	if _, ok := o.Get("TimestampPath"); ok && c.language == JSONPath {
		w.Timestamp = c.reference(o, "TimestampPath")
	}
	v, ok := o.Get("Timestamp")
	if !ok {
		return
	}
	text, isText := v.(string)
	switch {
	case !isText:
		c.wrongType(o.at+"/Timestamp", "STRING")
	case c.language == JSONata && isJSONata(text):
		w.Timestamp = c.expression(text, "Timestamp", about{})
	case !validTimestamp(text):
		c.fail(o.at+"/Timestamp", "String does not match RFC3339 timestamp")
	default:
		w.Timestamp = &Expr{Field: "Timestamp", Source: text, Value: text}
	}
}

// failField compiles Error or Cause of a Fail state, or its form as a path.
func (c *compiler) failField(o object, name string) *Expr {
	c.onlyOne(o, false, name, name+"Path")
	if v, ok := o.Get(name + "Path"); ok && c.language == JSONPath {
		text, _ := v.(string)
		e := c.pathOrIntrinsic(text, name+"Path")
		if e == nil || e.Intrinsic != nil && !e.Intrinsic.ReturnsText() {
			c.fail(o.at+"/"+name+"Path", "The value for the field '%sPath' must be a valid JSONPath or an intrinsic function call that returns a string", name)
			return nil
		}
		return e
	}
	v, ok := o.Get(name)
	if !ok {
		return nil
	}
	text, isText := v.(string)
	if !isText {
		c.wrongType(o.at+"/"+name, "STRING")
		return nil
	}
	if c.language == JSONata && isJSONata(text) {
		return c.expression(text, name, about{})
	}
	if c.language == JSONPath && looksLikePath(text) {
		c.warn(CodeNoPath, o.at+"/"+name, "The value of the field '%s' looks like a path, but the field's name does not end with 'Path'", name)
	}
	return &Expr{Field: name, Source: text, Value: text}
}
