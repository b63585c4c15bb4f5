package c2j

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"

	"maru.dev/maru/wire"
)

// Suite is a small model of the protocol test vectors, and what its operation
// looks like on the wire.
type Suite struct {
	Description    string
	ClientEndpoint string
	Metadata       Metadata
	Shapes         Ordered[*Shape]
	Cases          []Case
}

// Case is one vector. Input cases have Params and Serialized, output cases
// Result and Response.
type Case struct {
	Given      Operation
	Params     json.RawMessage // the input, in the model's member names
	Serialized struct {
		Method        string
		Host          string
		URI           string
		Body          string
		Headers       map[string]string
		ForbidHeaders []string
	}
	Result   json.RawMessage // the output, in the model's member names
	Response struct {
		StatusCode int `json:"status_code"`
		Headers    map[string]string
		Body       string
	}
}

// ParseSuites reads a file of protocol test vectors.
func ParseSuites(data []byte) ([]Suite, error) {
	var suites []Suite
	if err := json.Unmarshal(data, &suites); err != nil {
		return nil, fmt.Errorf("parse protocol tests: %w", err)
	}
	return suites, nil
}

// Service lays out the suite with the operation of case i alone. Its New and
// NewOut make values of types that are put together at run time, as the
// generator would write them.
func (s *Suite) Service(i int) (*wire.Service, *wire.Operation, error) {
	given := s.Cases[i].Given
	m := &Model{Metadata: s.Metadata, Shapes: s.Shapes}
	m.Operations.set(given.Name, &given)
	svc, err := Build(m, "test", []string{given.Name})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.Description, err)
	}
	op := &svc.Operations[0]
	declared := map[string]reflect.Type{"RecursiveStructType": reflect.TypeFor[recursive]()}
	if op.New, err = maker(svc, op.Input, declared); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.Description, err)
	}
	if op.NewOut, err = maker(svc, op.Output, declared); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.Description, err)
	}
	return svc, op, nil
}

// recursive is the one shape of the vectors that holds itself, which no type
// made at run time can.
type recursive struct {
	NoRecurse       *string
	RecursiveStruct *recursive
	RecursiveList   []recursive
	RecursiveMap    map[string]recursive
}

// maker returns a function that makes a pointer to a new value of a row.
func maker(svc *wire.Service, row int, declared map[string]reflect.Type) (func() any, error) {
	if row == wire.NoShape {
		return func() any { return new(struct{}) }, nil
	}
	t, err := TypeOf(svc, row, declared)
	if err != nil {
		return nil, err
	}
	return func() any { return reflect.New(t).Interface() }, nil
}

// TypeOf makes the Go type of a row as the generator would write it. Shapes
// that hold themselves are taken from declared, by their names.
func TypeOf(svc *wire.Service, row int, declared map[string]reflect.Type) (reflect.Type, error) {
	m := typeMaker{svc: svc, declared: declared, open: map[int]bool{}}
	return m.value(row)
}

// typeMaker makes types and notices shapes that hold themselves.
type typeMaker struct {
	svc      *wire.Service
	declared map[string]reflect.Type
	open     map[int]bool // rows that are being made
}

// scalarTypes are the types of the kinds that have but one.
var scalarTypes = map[wire.Kind]reflect.Type{
	wire.String: reflect.TypeFor[string](), wire.Blob: reflect.TypeFor[[]byte](), wire.Boolean: reflect.TypeFor[bool](),
	wire.Integer: reflect.TypeFor[int32](), wire.Long: reflect.TypeFor[int64](), wire.Float: reflect.TypeFor[float32](),
	wire.Double: reflect.TypeFor[float64](), wire.Timestamp: reflect.TypeFor[time.Time](),
	wire.Document: reflect.TypeFor[json.RawMessage](), wire.Events: reflect.TypeFor[wire.EventStream](),
}

// value is the type of a list's element, a map's value, or a required member.
func (m *typeMaker) value(row int) (reflect.Type, error) {
	s := m.svc.Shapes[row]
	if t := m.declared[s.Name]; t != nil {
		return t, nil
	}
	if m.open[row] {
		return nil, fmt.Errorf("shape %s holds itself and is not declared", s.Name)
	}
	m.open[row] = true
	defer delete(m.open, row)
	switch s.Kind {
	case wire.Structure:
		fields := make([]reflect.StructField, len(s.Members))
		for i, member := range s.Members {
			t, err := m.field(member)
			if err != nil {
				return nil, err
			}
			fields[i] = reflect.StructField{Name: GoName(member.Name), Type: t}
		}
		return reflect.StructOf(fields), nil
	case wire.List:
		elem, err := m.value(s.Members[0].Ref)
		if err != nil {
			return nil, err
		}
		return reflect.SliceOf(elem), nil
	case wire.Map:
		elem, err := m.value(s.Members[1].Ref)
		if err != nil {
			return nil, err
		}
		return reflect.MapOf(reflect.TypeFor[string](), elem), nil
	default:
		return scalarTypes[s.Kind], nil
	}
}

// field is the type of a structure's field.
func (m *typeMaker) field(member wire.Member) (reflect.Type, error) {
	t, err := m.value(member.Ref)
	if err != nil {
		return nil, err
	}
	kind := m.svc.Shapes[member.Ref].Kind
	switch {
	case kind == wire.Blob && member.Streaming:
		return reflect.TypeFor[io.Reader](), nil
	case HeldByPointer(kind, member.Required):
		return reflect.PointerTo(t), nil
	}
	return t, nil
}

// HeldByPointer reports whether a structure holds a member of kind by pointer:
// structures always, scalars when they are optional.
func HeldByPointer(kind wire.Kind, required bool) bool {
	switch kind {
	case wire.Structure:
		return true
	case wire.String, wire.Boolean, wire.Integer, wire.Long, wire.Float, wire.Double, wire.Timestamp:
		return !required
	default:
		return false
	}
}

// GoName makes a Go name of a model's name: its first letter upper-case, what
// Go does not allow left out.
func GoName(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
