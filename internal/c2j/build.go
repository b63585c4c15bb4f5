package c2j

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/wire"
)

// Build lays a model out as a service's rows. The operations named get their
// shapes; every other one has a row that only resolves. Shapes come in the
// order in which the operations, sorted by name, reach them.
func Build(m *Model, id string, operations []string) (*wire.Service, error) {
	b := builder{model: m, rows: map[string]int{}, plain: map[wire.Kind]int{}, full: map[string]bool{}}
	for _, name := range operations {
		if m.Operations.Get(name) == nil {
			return nil, fmt.Errorf("%s: the model has no operation %s", id, name)
		}
		b.full[name] = true
	}
	b.svc = header(m, id)
	for _, name := range slices.Sorted(slices.Values(m.Operations.Keys)) {
		def := m.Operations.Get(name)
		if def == nil {
			return nil, fmt.Errorf("%s.%s: no definition", id, name)
		}
		op, err := b.operation(name, def)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", id, name, err)
		}
		b.svc.Operations = append(b.svc.Operations, op)
	}
	return b.svc, nil
}

// header fills what the metadata says of the whole service.
func header(m *Model, id string) *wire.Service {
	md := m.Metadata
	s := &wire.Service{
		ID: id, ServiceID: md.ServiceID, SigningName: md.SigningName, EndpointPrefix: md.EndpointPrefix,
		APIVersion: md.APIVersion, TargetPrefix: md.TargetPrefix, JSONVersion: md.JSONVersion,
		XMLNS: md.XMLNamespace.URI, QueryCompatible: md.AWSQueryCompatible != nil,
	}
	if s.SigningName == "" {
		s.SigningName = md.EndpointPrefix
	}
	for _, p := range append([]string{md.Protocol}, md.Protocols...) {
		if protocol := wire.Protocol(p); p != "" && !slices.Contains(s.Protocols, protocol) {
			s.Protocols = append(s.Protocols, protocol)
		}
	}
	return s
}

// builder holds what Build has laid out so far.
type builder struct {
	model *Model
	svc   *wire.Service
	full  map[string]bool
	rows  map[string]int    // shape name → row
	plain map[wire.Kind]int // scalar of which nothing is said but its kind → row
}

func (b *builder) operation(name string, op *Operation) (wire.Operation, error) {
	row := wire.Operation{
		Name: name, Method: op.HTTP.Method, Path: op.HTTP.RequestURI, Status: op.HTTP.ResponseCode,
		Input: wire.NoShape, Output: wire.NoShape, HostPrefix: op.Endpoint.HostPrefix,
		NoAuth: op.AuthType == "none" || slices.Contains(op.Auth, "smithy.api#noAuth"),
	}
	if row.Status == 0 {
		row.Status = http.StatusOK
	}
	if !b.full[name] {
		return row, nil
	}
	var err error
	if op.Input != nil {
		row.InputName, row.InputXMLNS = op.Input.LocationName, op.Input.XMLNamespace.URI
		if row.Input, err = b.shape(op.Input.Shape); err != nil {
			return row, err
		}
	}
	if op.Output != nil {
		row.ResultWrapper = op.Output.ResultWrapper
		if row.Output, err = b.shape(op.Output.Shape); err != nil {
			return row, err
		}
	}
	for _, ref := range op.Errors {
		i, err := b.shape(ref.Shape)
		if err != nil {
			return row, err
		}
		row.Errors = append(row.Errors, i)
	}
	return row, nil
}

// shape returns the row of the named shape, laying it out on first sight.
func (b *builder) shape(name string) (int, error) {
	if i, ok := b.rows[name]; ok {
		return i, nil
	}
	s := b.model.Shapes.Get(name)
	if s == nil {
		return 0, fmt.Errorf("the model has no shape %s", name)
	}
	kind, err := kindOf(s)
	if err != nil {
		return 0, fmt.Errorf("shape %s: %w", name, err)
	}
	row := newShape(name, kind, s)
	if kind >= wire.String && kind <= wire.Timestamp && reflect.DeepEqual(row, wire.Shape{Name: name, Kind: kind}) {
		// Scalars without traits differ in nothing but a name that no wire carries.
		if i, ok := b.plain[kind]; ok {
			b.rows[name] = i
			return i, nil
		}
		row.Name = strings.ToUpper(s.Type[:1]) + s.Type[1:]
		b.plain[kind] = len(b.svc.Shapes)
	}
	i := len(b.svc.Shapes)
	b.rows[name] = i // before the members: shapes may hold themselves
	b.svc.Shapes = append(b.svc.Shapes, row)
	members, err := b.members(kind, s)
	if err != nil {
		return 0, fmt.Errorf("shape %s: %w", name, err)
	}
	b.svc.Shapes[i].Members = members
	return i, nil
}

func (b *builder) members(kind wire.Kind, s *Shape) ([]wire.Member, error) {
	var out []wire.Member
	add := func(name string, ref *Ref) error {
		if ref == nil {
			return fmt.Errorf("%s is missing", name)
		}
		i, err := b.shape(ref.Shape)
		if err != nil {
			return err
		}
		use := *ref
		if use.Location == "" {
			use.Location = b.model.Shapes.Get(ref.Shape).Location
		}
		m, err := newMember(name, i, &use)
		m.Required = slices.Contains(s.Required, name)
		m.Streaming = m.Streaming || (b.svc.Shapes[i].Streaming && b.svc.Shapes[i].Kind == wire.Blob)
		out = append(out, m)
		return err
	}
	switch kind {
	case wire.Structure, wire.Events:
		for _, name := range s.Members.Keys {
			if err := add(name, s.Members.Get(name)); err != nil {
				return nil, err
			}
		}
	case wire.List:
		return out, add("member", s.Member)
	case wire.Map:
		if err := add("key", s.Key); err != nil {
			return nil, err
		}
		return out, add("value", s.Value)
	}
	return out, nil
}

// newShape lays out everything of a shape but its members.
func newShape(name string, kind wire.Kind, s *Shape) wire.Shape {
	row := wire.Shape{
		Name: name, Kind: kind, Pattern: s.Pattern, Enum: s.Enum, Payload: s.Payload,
		Wrapper: s.Wrapper, Flattened: s.Flattened, Union: s.Union, Sensitive: s.Sensitive,
		Streaming: s.Streaming, JSONValue: s.JSONValue, TimeFormat: timeFormats[s.TimestampFormat],
		XMLName: s.LocationName, XMLNS: s.XMLNamespace.URI, XMLPrefix: s.XMLNamespace.Prefix,
	}
	if s.Min != nil {
		row.Min, row.HasMin = *s.Min, true
	}
	if s.Max != nil {
		row.Max, row.HasMax = *s.Max, true
	}
	if s.Exception || s.Error != nil {
		row.Error = newError(name, s)
	}
	return row
}

func newError(name string, s *Shape) *wire.ErrorTrait {
	e := &wire.ErrorTrait{Code: name, Status: http.StatusBadRequest, Sender: !s.Fault}
	if s.Fault {
		e.Status = http.StatusInternalServerError
	}
	if info := s.Error; info != nil {
		e.QueryCode = info.QueryCode
		if info.Code != "" {
			e.Code = info.Code
		}
		if info.HTTPStatusCode != 0 {
			e.Status = info.HTTPStatusCode
			e.Sender = info.HTTPStatusCode < http.StatusInternalServerError
		}
		e.Sender = e.Sender || info.SenderFault
	}
	return e
}

func newMember(name string, row int, ref *Ref) (wire.Member, error) {
	location, ok := locations[ref.Location]
	if !ok {
		return wire.Member{}, fmt.Errorf("%s: unknown location %q", name, ref.Location)
	}
	m := wire.Member{
		Name: name, Ref: row, Location: location, QueryName: ref.QueryName, Flattened: ref.Flattened, Streaming: ref.Streaming,
		JSONValue: ref.JSONValue, HostLabel: ref.HostLabel, Attribute: ref.XMLAttribute, Token: ref.IdempotencyToken,
		XMLNS: ref.XMLNamespace.URI, XMLPrefix: ref.XMLNamespace.Prefix, EventHeader: ref.EventHeader,
		EventPayload: ref.EventPayload, TimeFormat: timeFormats[ref.TimestampFormat], Emitted: ref.Emitted,
	}
	if ref.LocationName != name {
		m.WireName = ref.LocationName
	}
	return m, nil
}

// locations are the model's names of what wire.Location counts.
var locations = map[string]wire.Location{
	"": wire.Body, "header": wire.Header, "headers": wire.Headers, "uri": wire.URI,
	"querystring": wire.QueryString, "statusCode": wire.StatusCode,
}

// timeFormats are the model's names of what wire.TimeFormat counts.
var timeFormats = map[string]wire.TimeFormat{
	"": wire.DefaultTime, "unixTimestamp": wire.UnixTime, "iso8601": wire.ISO8601, "rfc822": wire.RFC822,
}

// kinds are the model's types. Structures may still turn out to be documents
// or event streams.
var kinds = map[string]wire.Kind{
	"structure": wire.Structure, "list": wire.List, "map": wire.Map, "string": wire.String, "character": wire.String,
	"blob": wire.Blob, "boolean": wire.Boolean, "integer": wire.Integer, "long": wire.Long,
	"float": wire.Float, "double": wire.Double, "timestamp": wire.Timestamp,
}

func kindOf(s *Shape) (wire.Kind, error) {
	kind, ok := kinds[s.Type]
	switch {
	case !ok:
		return 0, fmt.Errorf("unknown type %q", s.Type)
	case s.Document:
		return wire.Document, nil
	case s.EventStream:
		return wire.Events, nil
	}
	return kind, nil
}
