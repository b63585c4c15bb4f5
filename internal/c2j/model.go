// Package c2j reads API models in the JSON form that botocore and the older
// AWS SDKs share (api-2.json, service-2.json), and lays them out as the rows
// that package wire walks.
//
// The generator uses it at build time, and the codecs' tests at run time, so
// that the two cannot read a model differently.
package c2j

import (
	"encoding/json"
	"fmt"
)

// Model is one API as its file writes it.
type Model struct {
	Metadata   Metadata
	Operations Ordered[*Operation]
	Shapes     Ordered[*Shape]
}

// Metadata names the API and its protocols.
type Metadata struct {
	APIVersion         string
	EndpointPrefix     string
	JSONVersion        string
	Protocol           string
	Protocols          []string
	ServiceID          string
	ServiceFullName    string
	SigningName        string
	TargetPrefix       string
	XMLNamespace       Namespace
	AWSQueryCompatible *struct{}
}

// Operation is one entry of the operation table.
type Operation struct {
	Name     string
	HTTP     HTTP
	Input    *Ref
	Output   *Ref
	Errors   []Ref
	AuthType string
	Auth     []string
	Endpoint struct{ HostPrefix string }
}

// HTTP is an operation's binding to a method and a path.
type HTTP struct {
	Method       string
	RequestURI   string
	ResponseCode int
}

// Shape is a type. Which fields are set depends on Type.
type Shape struct {
	Type     string
	Members  Ordered[*Ref]
	Member   *Ref
	Key      *Ref
	Value    *Ref
	Required []string

	Enum     []string
	Min, Max *float64
	Pattern  string

	Payload         string
	Location        string // of every member of this shape that has none
	LocationName    string
	TimestampFormat string
	XMLNamespace    Namespace

	Wrapper, Flattened, Union, Sensitive, Streaming, JSONValue bool
	EventStream, Event, Document, Exception, Fault             bool

	Error *ErrorInfo
}

// ErrorInfo is an exception's place on the wire. QueryCode is not of the
// form's own: overlays add it where the form has lost it.
type ErrorInfo struct {
	Code           string
	QueryCode      string
	HTTPStatusCode int
	SenderFault    bool
}

// Ref is a use of a shape, with what is said of this use alone.
type Ref struct {
	Shape           string
	Location        string
	LocationName    string
	QueryName       string
	ResultWrapper   string
	TimestampFormat string
	XMLNamespace    Namespace

	Flattened, Streaming, JSONValue, HostLabel bool
	Emitted                                    bool // ours: see wire.Emitter
	XMLAttribute, IdempotencyToken             bool
	EventHeader, EventPayload                  bool
}

// Namespace is an XML namespace, written in models as a string or an object.
type Namespace struct{ URI, Prefix string }

// UnmarshalJSON reads either form.
func (n *Namespace) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &n.URI)
	}
	type plain Namespace
	return json.Unmarshal(b, (*plain)(n))
}

// Parse reads a model and applies overlays in their order.
func Parse(data []byte, overlays ...Overlay) (*Model, error) {
	for _, o := range overlays {
		merged, err := merge(data, o.Patch)
		if err != nil {
			return nil, fmt.Errorf("overlay %q: %w", o.Reason, err)
		}
		data = merged
	}
	m := new(Model)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("parse model: %w", err)
	}
	return m, nil
}
