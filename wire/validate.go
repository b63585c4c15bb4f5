package wire

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"maru.dev/maru/wire/internal/javaregexp"
)

// Validate holds a typed input against the model's constraints. A required
// scalar that is held by value counts as present.
func Validate(svc *Service, op *Operation, in any) error {
	return Check(svc, op, in, nil)
}

// Check holds an input that was decoded under r against the model's
// constraints, and returns all faults as one error in the service's words.
func Check(svc *Service, op *Operation, in any, r *Reading) error {
	if op.Input == NoShape || in == nil {
		return nil
	}
	t := svc.TypeOf(op.Input, in)
	if !t.constrained {
		return nil
	}
	c := checker{style: styleOf(svc), path: make([]step, 0, 8)}
	if r != nil {
		c.missing = r.missing
	}
	c.structure(t, reflect.ValueOf(in).Elem())
	if len(c.faults) == 0 {
		return nil
	}
	return c.style.fault(c.faults)
}

// violation is one constraint that an input breaks.
type violation struct {
	path       string
	field      *Field // the last member on the path
	value      string // as Java prints it
	null       bool
	constraint string
}

// maxViolations bounds a reply: past it nobody reads on.
const maxViolations = 100

// checker walks one input.
type checker struct {
	style   style
	missing map[string]bool
	path    []step
	faults  []violation
}

func (c *checker) structure(t *Type, v reflect.Value) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if !f.Required && !f.Type.constrained || len(c.faults) >= maxViolations {
			continue
		}
		c.path = append(c.path, step{field: f})
		value, ok := f.Of(v)
		switch {
		case ok && !(f.Required && c.missing != nil && c.missing[pathOf(c.path)]):
			c.value(f.Type, value)
		case f.Required && !f.Token:
			c.add(violation{null: true, value: "null", constraint: "Member must not be null"})
		}
		c.path = c.path[:len(c.path)-1]
	}
}

func (c *checker) value(t *Type, v reflect.Value) {
	if !t.constrained {
		return
	}
	if c.style.constraints {
		for _, broken := range t.broken(v) {
			c.add(violation{value: t.text(v), constraint: broken})
		}
	}
	switch t.Shape.Kind {
	case Structure:
		c.structure(t, v)
	case List:
		c.list(t, v)
	case Map:
		c.entries(t, v)
	}
}

// list checks elements. Faults of scalar elements are told of the list as a
// whole; those inside of structures by their own path.
func (c *checker) list(t *Type, v reflect.Value) {
	elem := t.Elem.Type
	if !elem.constrained {
		return
	}
	for i := range v.Len() {
		e := indirect(v.Index(i))
		if !e.IsValid() {
			continue
		}
		if c.style.constraints && len(elem.broken(e)) > 0 {
			c.add(violation{value: t.text(v), constraint: "Member must satisfy constraint: [" + elem.rules() + "]"})
			return
		}
		if len(elem.Fields) > 0 || elem.Elem != nil {
			c.path = append(c.path, step{index: i + 1})
			c.inside(elem, e)
			c.path = c.path[:len(c.path)-1]
		}
	}
}

// entries checks a map's keys and values. Only where it finds fault does the
// order matter: then it goes through them again, sorted.
func (c *checker) entries(t *Type, v reflect.Value) {
	before := len(c.faults)
	walk := t.walks.Walk(t.Go)
	defer walk.Release()
	for walk.Over(v); walk.Next(); {
		if !c.entry(t, v, walk.Key, walk.Value) {
			break
		}
	}
	if len(c.faults) == before {
		return
	}
	c.faults = c.faults[:before]
	for _, k := range SortedKeys(v) {
		if !c.entry(t, v, k, v.MapIndex(k)) {
			return
		}
	}
}

// entry checks one entry, and tells whether to go on.
func (c *checker) entry(t *Type, v, k, e reflect.Value) bool {
	key, elem := t.Key.Type, t.Elem.Type
	if c.style.constraints && key.constrained && len(key.broken(k)) > 0 {
		c.add(violation{value: t.text(v), constraint: "Map keys must satisfy constraint: [" + key.rules() + "]"})
		return false
	}
	if e = indirect(e); !e.IsValid() || !elem.constrained {
		return true
	}
	if c.style.constraints && len(elem.broken(e)) > 0 {
		c.add(violation{value: t.text(v), constraint: "Map value must satisfy constraint: [" + elem.rules() + "]"})
		return false
	}
	if len(elem.Fields) > 0 || elem.Elem != nil {
		c.path = append(c.path, step{key: k.String()})
		c.inside(elem, e)
		c.path = c.path[:len(c.path)-1]
	}
	return true
}

// inside checks what an element holds; the element itself has been checked.
func (c *checker) inside(t *Type, v reflect.Value) {
	switch t.Shape.Kind {
	case Structure:
		c.structure(t, v)
	case List:
		c.list(t, v)
	case Map:
		c.entries(t, v)
	}
}

func (c *checker) add(v violation) {
	if len(c.faults) >= maxViolations {
		return
	}
	v.path = pathOf(c.path)
	for _, s := range slices.Backward(c.path) {
		if s.field != nil {
			v.field = s.field
			break
		}
	}
	c.faults = append(c.faults, v)
}

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}

// broken returns the constraints of t alone that v breaks.
func (t *Type) broken(v reflect.Value) []string {
	s := t.Shape
	var out []string
	switch s.Kind {
	case String:
		text := v.String()
		if len(s.Enum) > 0 {
			if !slices.Contains(s.Enum, text) {
				out = append(out, enumRule(s))
			}
			return out
		}
		if s.Pattern != "" && !t.pattern.match(s.Pattern, text) {
			out = append(out, patternRule(s))
		}
		if s.HasMax && float64(len(text)) > s.Max || s.HasMin && float64(len(text)) < s.Min*utf8.UTFMax {
			out = s.brokenLength(out, utf8.RuneCountInString(text)) // bytes may not settle it
		}
	case Blob:
		if v.Kind() == reflect.Slice {
			out = s.brokenLength(out, v.Len())
		}
	case List, Map:
		out = s.brokenLength(out, v.Len())
	case Integer, Long:
		out = s.brokenRange(out, float64(v.Int()))
	case Float, Double:
		out = s.brokenRange(out, v.Float())
	}
	return out
}

func (s *Shape) brokenLength(out []string, n int) []string {
	if s.HasMin && float64(n) < s.Min {
		out = append(out, lengthRule("greater", s.Min))
	}
	if s.HasMax && float64(n) > s.Max {
		out = append(out, lengthRule("less", s.Max))
	}
	return out
}

func (s *Shape) brokenRange(out []string, n float64) []string {
	if s.HasMin && n < s.Min {
		out = append(out, rangeRule("greater", s.Min))
	}
	if s.HasMax && n > s.Max {
		out = append(out, rangeRule("less", s.Max))
	}
	return out
}

// rules lists every constraint of t, as AWS does for elements.
func (t *Type) rules() string {
	s := t.Shape
	if len(s.Enum) > 0 {
		return enumRule(s)
	}
	rule := lengthRule
	switch s.Kind {
	case Integer, Long, Float, Double:
		rule = rangeRule
	}
	var out []string
	if s.HasMax {
		out = append(out, rule("less", s.Max))
	}
	if s.HasMin {
		out = append(out, rule("greater", s.Min))
	}
	if s.Pattern != "" {
		out = append(out, patternRule(s))
	}
	return strings.Join(out, ", ")
}

func lengthRule(side string, n float64) string {
	return "Member must have length " + side + " than or equal to " + strconv.FormatFloat(n, 'f', -1, 64)
}

func rangeRule(side string, n float64) string {
	return "Member must have value " + side + " than or equal to " + strconv.FormatFloat(n, 'f', -1, 64)
}

func enumRule(s *Shape) string {
	return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
}

func patternRule(s *Shape) string {
	return "Member must satisfy regular expression pattern: " + s.Pattern
}

// lazyPattern is a pattern compiled on first use.
type lazyPattern struct {
	once sync.Once
	re   *regexp.Regexp // nil: a pattern that RE2 cannot hold
}

func (p *lazyPattern) match(pattern, text string) bool {
	p.once.Do(func() { p.re, _ = javaregexp.Compile(pattern) })
	return p.re == nil || p.re.MatchString(text)
}
