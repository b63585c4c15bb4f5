package wire

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"maru.dev/maru/wire/internal/mapwalk"
)

// Type joins a row of a service's shape table to the Go type that holds its
// values. It is what codecs walk: made once for each pair, on first use.
type Type struct {
	Shape *Shape
	Go    reflect.Type // never a pointer

	Fields []Field // of a structure or an event stream's union
	Key    *Field  // of a map
	Elem   *Field  // of a list or map

	byName, byWire map[string]*Field // by Member.Name; by Field.Wire
	byXML          map[string]*Field // by Field.XML, and by the other names where nothing else has them
	byValue        uint64            // bits of the fields that are required and held by value
	constrained    bool              // validation may find fault in it or below it
	pattern        lazyPattern
	decoders       *sync.Pool // of *pooledDecoder, shared by the service's types
	walks          mapwalk.Pool
}

// Field is a member with its place in the Go struct.
type Field struct {
	*Member
	Type  *Type
	Wire  string // WireName, or else Name
	XML   string // in XML and query: Wire, or a flattened list's element name
	Index int    // of the Go field
	Ptr   bool   // the Go field is a pointer to the value
	Pos   uint8  // which bit of a Seen set is this field's
}

// maxSeen is how many fields a Seen set holds. A by-value field past it would
// always count as present; no model has so many required members.
const maxSeen = 64

// Seen is the set of a structure's members that a request has.
type Seen uint64

// Add notes that the request has f.
func (s *Seen) Add(f *Field) { *s |= 1 << f.Pos }

// ByName finds a member by the model's own name.
func (t *Type) ByName(name []byte) *Field { return t.byName[string(name)] }

// ByWire finds a member by its name on the wire.
func (t *Type) ByWire(name []byte) *Field { return t.byWire[string(name)] }

// ByXML finds a member by its name in XML and query requests. Where the model
// has lost the name that older clients send, the member's other names do.
func (t *Type) ByXML(name string) *Field { return t.byXML[name] }

// Field finds a member by the model's own name.
func (t *Type) Field(name string) *Field { return t.byName[name] }

// Payload returns the member that is the HTTP body, or nil.
func (t *Type) Payload() *Field {
	if t.Shape.Payload == "" {
		return nil
	}
	return t.byName[t.Shape.Payload]
}

// Of returns where f's value is held in the struct v, through f's pointer; ok
// is false when there is none: a nil pointer, slice, map or interface.
func (f *Field) Of(v reflect.Value) (value reflect.Value, ok bool) {
	v = v.Field(f.Index)
	if f.Ptr {
		if v.IsNil() {
			return reflect.Value{}, false
		}
		return v.Elem(), true
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Interface, reflect.Func:
		return v, !v.IsNil()
	default:
		return v, true
	}
}

// IsFlat tells whether a list or map stands without an element around it.
func (f *Field) IsFlat() bool { return f.Flattened || f.Type.Shape.Flattened }

// Set returns where to write f's value in the struct v, making room behind f's
// pointer.
func (f *Field) Set(v reflect.Value) reflect.Value {
	v = v.Field(f.Index)
	if !f.Ptr {
		return v
	}
	if v.IsNil() {
		v.Set(reflect.New(f.Type.Go))
	}
	return v.Elem()
}

// typeCache holds a service's Types. It is copied on write, so that the walk
// takes no lock.
type typeCache struct {
	mu    sync.Mutex // held while types are made
	known atomic.Pointer[map[typeKey]*Type]

	decoders sync.Pool
}

type typeKey struct {
	row int
	typ reflect.Type
}

// TypeOf returns the Type that joins a row of svc to the Go type of v, which
// is a struct or a pointer to one. A pair that does not fit is a fault in the
// generated code, and panics.
func (s *Service) TypeOf(row int, v any) *Type {
	typ := reflect.TypeOf(v)
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	key := typeKey{row, typ}
	if known := s.types.known.Load(); known != nil {
		if t, ok := (*known)[key]; ok {
			return t
		}
	}
	t, err := s.makeType(key)
	if err != nil {
		panic(fmt.Errorf("%s: %w", s.ID, err))
	}
	return t
}

func (s *Service) makeType(key typeKey) (*Type, error) {
	s.types.mu.Lock()
	defer s.types.mu.Unlock()
	m := typeMaker{svc: s, types: map[typeKey]*Type{}}
	if known := s.types.known.Load(); known != nil {
		maps.Copy(m.types, *known)
	}
	t, err := m.make(key)
	if err != nil {
		return nil, err
	}
	m.markConstrained()
	s.types.known.Store(&m.types)
	return t, nil
}

// typeMaker makes a Type and all it reaches.
type typeMaker struct {
	svc   *Service
	types map[typeKey]*Type
	fresh []*Type
}

func (m *typeMaker) make(key typeKey) (*Type, error) {
	if t, ok := m.types[key]; ok {
		return t, nil
	}
	if key.row < 0 || key.row >= len(m.svc.Shapes) {
		return nil, fmt.Errorf("no shape in row %d for %v", key.row, key.typ)
	}
	t := &Type{Shape: &m.svc.Shapes[key.row], Go: key.typ, decoders: &m.svc.types.decoders}
	if err := fits(t.Shape, t.Go); err != nil {
		return nil, err
	}
	m.types[key] = t // before the members: shapes may hold themselves
	m.fresh = append(m.fresh, t)
	if t.Go == emitterType {
		return t, nil // no codec looks inside
	}
	switch t.Shape.Kind {
	case Structure:
		return t, m.fields(t)
	case List:
		elem, err := m.field(t.Shape, 0, t.Go.Elem())
		t.Elem = &elem
		return t, err
	case Map:
		k, err := m.field(t.Shape, 0, t.Go.Key())
		if err != nil {
			return nil, err
		}
		elem, err := m.field(t.Shape, 1, t.Go.Elem())
		t.Key, t.Elem = &k, &elem
		return t, err
	case Events:
		if t.Go.Kind() == reflect.Struct {
			return t, m.fields(t)
		}
	}
	return t, nil
}

func (m *typeMaker) fields(t *Type) error {
	if t.Go.NumField() < len(t.Shape.Members) {
		return fmt.Errorf("%v has fewer fields than shape %s has members", t.Go, t.Shape.Name)
	}
	t.Fields = make([]Field, len(t.Shape.Members))
	pos := uint8(0)
	for i := range t.Fields {
		f, err := m.field(t.Shape, i, t.Go.Field(i).Type)
		if err != nil {
			return err
		}
		if f.Required && !f.Ptr && !nilable(f.Type.Go.Kind()) && pos < maxSeen-1 {
			f.Pos = pos
			t.byValue |= 1 << pos
			pos++
		} else {
			f.Pos = maxSeen - 1 // shared by all whose absence the value itself shows
		}
		t.Fields[i] = f
	}
	t.index()
	return nil
}

// index fills the maps of names. A member of the body goes before one of the
// same name elsewhere, and a right name before one that is only accepted.
func (t *Type) index() {
	n := len(t.Fields)
	t.byName, t.byWire, t.byXML = make(map[string]*Field, n), make(map[string]*Field, n), make(map[string]*Field, n)
	add := func(to map[string]*Field, name string, f *Field) {
		if _, taken := to[name]; !taken && name != "" {
			to[name] = f
		}
	}
	for _, inBody := range [...]bool{true, false} {
		for i := range t.Fields {
			f := &t.Fields[i]
			if (f.Location == Body) == inBody {
				add(t.byName, f.Name, f)
				add(t.byWire, f.Wire, f)
				add(t.byXML, f.XML, f)
			}
		}
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		for _, name := range [...]string{f.QueryName, f.Wire, f.Name} {
			add(t.byXML, name, f)
		}
	}
}

func (m *typeMaker) field(s *Shape, i int, typ reflect.Type) (Field, error) {
	member := &s.Members[i]
	f := Field{Member: member, Wire: member.WireName, Index: i}
	if f.Wire == "" {
		f.Wire = member.Name
	}
	f.XML = f.Wire
	if shape := &m.svc.Shapes[member.Ref]; shape.Kind == List && (member.Flattened || shape.Flattened) && shape.Members[0].WireName != "" {
		f.XML = shape.Members[0].WireName
	}
	if typ.Kind() == reflect.Pointer {
		f.Ptr, typ = true, typ.Elem()
	}
	if member.Emitted != (typ == emitterType) {
		return f, fmt.Errorf("%s.%s: emitted is %v, but its type is %v", s.Name, member.Name, member.Emitted, typ)
	}
	var err error
	if f.Type, err = m.make(typeKey{member.Ref, typ}); err != nil {
		return f, fmt.Errorf("%s.%s: %w", s.Name, member.Name, err)
	}
	return f, nil
}

// markConstrained finds which of the new types validation may skip. It repeats
// until nothing changes, because shapes may hold themselves.
func (m *typeMaker) markConstrained() {
	for changed := true; changed; {
		changed = false
		for _, t := range m.fresh {
			if !t.constrained && t.hasConstraint() {
				t.constrained, changed = true, true
			}
		}
	}
}

func (t *Type) hasConstraint() bool {
	s := t.Shape
	if s.HasMin || s.HasMax || s.Pattern != "" || len(s.Enum) > 0 {
		return true
	}
	for i := range t.Fields {
		if t.Fields[i].Required || t.Fields[i].Type.constrained {
			return true
		}
	}
	return t.Key != nil && t.Key.Type.constrained || t.Elem != nil && t.Elem.Type.constrained
}

func nilable(k reflect.Kind) bool {
	return k == reflect.Slice || k == reflect.Map || k == reflect.Interface || k == reflect.Func
}

// fits tells whether values of a shape can be held in typ.
func fits(s *Shape, typ reflect.Type) error {
	if typ == emitterType {
		return nil
	}
	ok := false
	switch s.Kind {
	case Structure:
		ok = typ.Kind() == reflect.Struct
	case List:
		ok = typ.Kind() == reflect.Slice
	case Map:
		ok = typ.Kind() == reflect.Map && typ.Key().Kind() == reflect.String
	case String:
		ok = typ.Kind() == reflect.String
	case Blob:
		ok = typ == reflect.TypeFor[[]byte]() || typ.Kind() == reflect.Interface && typ.Implements(reflect.TypeFor[io.Reader]())
	case Boolean:
		ok = typ.Kind() == reflect.Bool
	case Integer:
		ok = typ.Kind() == reflect.Int32
	case Long:
		ok = typ.Kind() == reflect.Int64
	case Float:
		ok = typ.Kind() == reflect.Float32
	case Double:
		ok = typ.Kind() == reflect.Float64
	case Timestamp:
		ok = typ == reflect.TypeFor[time.Time]()
	case Document:
		ok = typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8
	case Events:
		ok = typ == reflect.TypeFor[EventStream]() || typ.Kind() == reflect.Struct
	}
	if !ok {
		return fmt.Errorf("shape %s does not fit %v", s.Name, typ)
	}
	return nil
}

// ErrorType finds the row of a generated exception by the name of its Go type,
// and joins the two. It returns nil for errors without a row.
func (s *Service) ErrorType(fault Error) *Type {
	typ := reflect.TypeOf(fault)
	if typ.Kind() != reflect.Pointer || typ.Elem().Kind() != reflect.Struct {
		return nil
	}
	for i := range s.Shapes {
		if s.Shapes[i].Error != nil && strings.EqualFold(s.Shapes[i].Name, typ.Elem().Name()) {
			return s.TypeOf(i, fault)
		}
	}
	return nil
}

// CheckModel tells whether every Go type of a service fits the row that it is
// generated from.
func CheckModel(svc *Service) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	if name := svc.emittedInXML(); name != "" {
		return fmt.Errorf("%s: %s is emitted, which XML protocols do not know", svc.ID, name)
	}
	for i := range svc.Operations {
		op := &svc.Operations[i]
		if op.New != nil && op.Input != NoShape {
			svc.TypeOf(op.Input, op.New())
		}
		if op.NewOut != nil && op.Output != NoShape {
			svc.TypeOf(op.Output, op.NewOut())
		}
	}
	return nil
}

// emittedInXML names an emitted member of a service that speaks XML, or "".
func (s *Service) emittedInXML() string {
	if !slices.ContainsFunc(s.Protocols, func(p Protocol) bool { return p == Query || p == EC2Query || p == RESTXML }) {
		return ""
	}
	for _, shape := range s.Shapes {
		for _, m := range shape.Members {
			if m.Emitted {
				return shape.Name + "." + m.Name
			}
		}
	}
	return ""
}

// FindEventStream finds the event stream of an output, or returns nil.
func FindEventStream(t *Type, v reflect.Value) (*Field, EventStream) {
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Type.Shape.Kind == Events {
			stream, _ := v.Field(f.Index).Interface().(EventStream)
			return f, stream
		}
	}
	return nil, nil
}
