// Package selector tells which events a trail wants: it checks event selectors,
// basic and advanced, and matches events against them. It is pure.
package selector

import (
	"slices"
	"strings"

	"maru.dev/maru/service/cloudtrail/record"
)

// Basic is an event selector of the older kind.
type Basic struct {
	ReadWrite  string // All, ReadOnly or WriteOnly
	Management bool
	Exclude    []string       `cbor:",omitempty"` // event sources whose management events are left out
	Data       []DataResource `cbor:",omitempty"`
}

// DataResource names resources of a type by ARN, or by the beginning of ARNs.
type DataResource struct {
	Type   string
	Values []string
}

// Advanced is an event selector all of whose fields must match.
type Advanced struct {
	Name   string `cbor:",omitempty"`
	Fields []Field
}

// Field is what an event's field has to be: one of what the first three say, if
// they say anything, and none of what the others say.
type Field struct {
	Name                                  string
	Equals, StartsWith, EndsWith          []string `cbor:",omitempty"`
	NotEquals, NotStartsWith, NotEndsWith []string `cbor:",omitempty"`
}

// Set is what a trail selects. The zero value selects all management events.
type Set struct {
	Basic    []Basic    `cbor:",omitempty"`
	Advanced []Advanced `cbor:",omitempty"`
}

// Default is what a trail without selectors of its own has.
func Default() []Basic { return []Basic{{ReadWrite: "All", Management: true}} }

// Event is what selectors see of an event before its record is written.
type Event struct {
	Class     *record.Class
	Resources []record.Resource // of a data event
	UserARN   string
	Error     string
}

// Management tells whether the set may select management events, reading or
// writing ones.
func (s *Set) Management(readOnly bool) bool {
	for _, a := range s.Advanced {
		if a.could("eventCategory", "Management") && a.could("readOnly", truth(readOnly)) {
			return true
		}
	}
	for _, b := range s.basics() {
		if b.Management && b.wants(readOnly) {
			return true
		}
	}
	return false
}

// DataTypes are the resource types of the data events that the set may select.
func (s *Set) DataTypes() []string {
	var out []string
	for _, a := range s.Advanced {
		if a.could("eventCategory", "Data") {
			for i := range a.Fields {
				if a.Fields[i].Name == "resources.type" {
					out = append(out, a.Fields[i].Equals...)
				}
			}
		}
	}
	for _, b := range s.Basic {
		for _, d := range b.Data {
			out = append(out, d.Type)
		}
	}
	return out
}

// Match tells whether the set selects an event.
func (s *Set) Match(e *Event) bool {
	for _, b := range s.basics() {
		if b.match(e) {
			return true
		}
	}
	for _, a := range s.Advanced {
		if a.match(e) {
			return true
		}
	}
	return false
}

// basics are the set's basic selectors, or the default.
func (s *Set) basics() []Basic {
	if len(s.Basic) == 0 && len(s.Advanced) == 0 {
		return Default()
	}
	return s.Basic
}

// wants tells whether the selector takes events that read, or that write.
func (b *Basic) wants(readOnly bool) bool {
	return b.ReadWrite == "All" || b.ReadWrite == "" || (b.ReadWrite == "ReadOnly") == readOnly
}

// match tells whether a basic selector takes an event.
func (b *Basic) match(e *Event) bool {
	if !b.wants(e.Class.ReadOnly) {
		return false
	}
	if e.Class.Data == "" {
		return b.Management && !slices.Contains(b.Exclude, e.Class.Source)
	}
	for _, d := range b.Data {
		if d.Type != e.Class.Data {
			continue
		}
		for _, r := range e.Resources {
			if r.Type == d.Type && slices.ContainsFunc(d.Values, func(v string) bool { return named(d.Type, v, r.Name) }) {
				return true
			}
		}
	}
	return false
}

// named tells whether a data resource's value names an ARN: the whole service
// ("arn:aws:s3"), the beginning of objects' names, or a resource.
func named(kind, value, name string) bool {
	if strings.Count(value, ":") == 2 || kind == "AWS::S3::Object" {
		if kind == "AWS::S3::Object" && strings.HasSuffix(value, ":::") {
			return true
		}
		return strings.HasPrefix(name, value)
	}
	return name == value
}

// could tells whether a selector leaves a field's value possible.
func (a *Advanced) could(field, value string) bool {
	for i := range a.Fields {
		if f := &a.Fields[i]; f.Name == field && !f.match([]string{value}) {
			return false
		}
	}
	return true
}

// match tells whether all fields of the selector match.
func (a *Advanced) match(e *Event) bool {
	for i := range a.Fields {
		if f := &a.Fields[i]; !f.match(e.field(f.Name)) {
			return false
		}
	}
	return true
}

// field are the values of an event's field.
func (e *Event) field(name string) []string {
	switch name {
	case "eventCategory":
		return []string{e.Class.Category()}
	case "readOnly":
		return []string{truth(e.Class.ReadOnly)}
	case "eventName":
		return []string{e.Class.Name}
	case "eventSource":
		return []string{e.Class.Source}
	case "eventType":
		return []string{"AwsApiCall"}
	case "sessionCredentialFromConsole":
		return []string{"false"}
	case "userIdentity.arn":
		return filled(e.UserARN)
	case "errorCode":
		return filled(e.Error)
	case "resources.type":
		out := make([]string, 0, 2)
		for _, r := range e.main() {
			out = append(out, r.Type)
		}
		return out
	case "resources.ARN":
		var out []string
		for _, r := range e.main() {
			out = append(out, filled(r.Name)...)
		}
		return out
	default:
		return nil
	}
}

// main are the resources that a data event is about: not what these are in.
func (e *Event) main() []record.Resource {
	if n := len(e.Resources); n > 1 && e.Resources[n-1].Type == "AWS::S3::Bucket" {
		return e.Resources[:n-1]
	}
	return e.Resources
}

// filled is a list of a text, unless it is empty.
func filled(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// truth is a truth value as selectors write it.
func truth(v bool) string {
	if v {
		return "true"
	}
	return "false"
}

// match tells whether values of a field are what f asks for.
func (f *Field) match(values []string) bool {
	if anyOf(f.NotEquals, values, equal) || anyOf(f.NotStartsWith, values, strings.HasPrefix) || anyOf(f.NotEndsWith, values, strings.HasSuffix) {
		return false
	}
	if len(f.Equals)+len(f.StartsWith)+len(f.EndsWith) == 0 {
		return true
	}
	return anyOf(f.Equals, values, equal) || anyOf(f.StartsWith, values, strings.HasPrefix) || anyOf(f.EndsWith, values, strings.HasSuffix)
}

// anyOf tells whether one of the values is what one of the operands asks for.
func anyOf(operands, values []string, test func(value, operand string) bool) bool {
	for _, o := range operands {
		for _, v := range values {
			if test(v, o) {
				return true
			}
		}
	}
	return false
}

// equal compares two texts.
func equal(a, b string) bool { return a == b }
