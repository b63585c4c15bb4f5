// Package wire turns AWS protocols into Go values and back.
//
// A service's API is data: a table of shapes and operations that cmd/awsgen
// writes into api/<svc>. Each protocol's codec is written once, by hand, and
// walks that table beside the Go value, so a shape knows nothing of protocols
// and a protocol knows nothing of services.
package wire

import "context"

// Kind says what a shape is made of.
type Kind uint8

// The kinds of shape, with the Go type that holds a value of each. A scalar
// that its structure requires is held by value; an optional one by pointer.
const (
	Structure Kind = iota // struct; as a member: *struct; in lists and maps: struct
	List                  // []T
	Map                   // map[string]T
	String                // string
	Blob                  // []byte; streaming: io.Reader
	Boolean               // bool
	Integer               // int32
	Long                  // int64
	Float                 // float32
	Double                // float64
	Timestamp             // time.Time
	Document              // json.RawMessage: any JSON value
	Events                // EventStream: a union whose members are events
)

// Location says where in an HTTP message a member travels.
type Location uint8

// The locations of REST protocols. Body is the default.
const (
	Body Location = iota
	Header
	Headers // a map of headers that share a prefix
	URI
	QueryString // a value, a list of values, or a map
	StatusCode
)

// TimeFormat is how a timestamp is written.
type TimeFormat uint8

// The timestamp formats. DefaultTime is the protocol's own: epoch seconds in
// JSON and CBOR, ISO 8601 in XML and query, RFC 822 in headers.
const (
	DefaultTime TimeFormat = iota
	UnixTime
	ISO8601
	RFC822
)

// NoShape marks an operation without input or output, in place of a row number.
const NoShape = -1

// Shape is one row of a service's shape table.
type Shape struct {
	Name string
	Kind Kind

	// Members of a structure, in the order of the Go struct's fields: field i
	// holds member i. A list has one member, its element; a map two, its key
	// and its value.
	Members []Member

	// Constraints that validation holds a value against.
	Min, Max       float64 // length of strings, blobs, lists and maps; value of numbers
	HasMin, HasMax bool
	Pattern        string
	Enum           []string

	Payload    string // the member that is the HTTP body, of a REST input or output
	Wrapper    bool   // rest-xml: an output whose body is wrapped once more
	Flattened  bool   // lists and maps without an enclosing element
	Union      bool   // exactly one member is set
	Sensitive  bool   // never logged
	Streaming  bool   // a blob that is not held in memory
	JSONValue  bool   // a JSON document that travels as base64 in a header
	TimeFormat TimeFormat
	XMLName    string // element name, where it is not the shape's
	XMLNS      string // namespace URI
	XMLPrefix  string // namespace prefix

	// Error is set on exceptions.
	Error *ErrorTrait
}

// ErrorTrait is what an exception's shape says of its place on the wire.
type ErrorTrait struct {
	Code      string // the code on the wire: the shape's name unless the model says otherwise
	QueryCode string // the code of query-compatible services, with its "AWS." prefix
	Status    int    // HTTP status
	Sender    bool   // the caller's fault
}

// Member is a structure's member, a list's element, or a map's key or value.
type Member struct {
	Name string // as the model writes it
	Ref  int    // row of its shape in Service.Shapes

	Required  bool
	Location  Location
	WireName  string // name on the wire where it differs from Name; awsJson and CBOR use Name
	QueryName string // name in an ec2 query request where it differs from WireName in capitals
	Flattened bool
	Streaming bool
	JSONValue bool
	HostLabel bool
	Attribute bool // an XML attribute
	Emitted   bool // held as an Emitter
	Token     bool // an idempotency token: made up when absent
	XMLNS     string
	XMLPrefix string
	// Of an event stream's event structure.
	EventHeader, EventPayload bool
	TimeFormat                TimeFormat
}

// Operation is one row of a service's operation table. Every operation of the
// model has a row, so that each resolves; those that are not generated in full
// have neither New nor Invoke, and answer "not implemented".
type Operation struct {
	Name   string
	Method string // HTTP method
	Path   string // URI template, with {label}, {label+} and a fixed query string
	Status int    // success status, 200 unless the model says otherwise

	Input, Output int // rows in Service.Shapes, or NoShape
	InputName     string
	InputXMLNS    string
	ResultWrapper string // query: the element around the result
	Errors        []int
	HostPrefix    string
	NoAuth        bool // called without a signature

	New    func() any // a new *<Op>Input
	NewOut func() any // a new *<Op>Output
	Invoke func(ctx context.Context, svc, in any) (out any, err error)
}

// Protocol is a wire protocol by its Smithy name.
type Protocol string

// The protocols that a service may speak. JSON covers 1.0 and 1.1.
const (
	AWSJSON  Protocol = "json"
	Query    Protocol = "query"
	EC2Query Protocol = "ec2"
	RESTJSON Protocol = "rest-json"
	RESTXML  Protocol = "rest-xml"
	RPCv2    Protocol = "smithy-rpc-v2-cbor"
)

// Service is one API: what api/<svc>.Model holds.
type Service struct {
	ID              string // package name, and key everywhere inside: "sqs"
	ServiceID       string // AWS's own: "SQS"
	SigningName     string // in the credential scope
	EndpointPrefix  string // first label of its host
	APIVersion      string
	TargetPrefix    string // X-Amz-Target before the dot
	JSONVersion     string // "1.0" or "1.1"
	XMLNS           string
	Protocols       []Protocol // the model's first one first
	QueryCompatible bool       // awsJson with x-amzn-query-error

	Shapes     []Shape
	Operations []Operation // sorted by name

	types typeCache
}
