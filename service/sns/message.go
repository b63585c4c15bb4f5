package sns

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/service/sns/filter"
	"maru.dev/maru/service/sns/names"
)

// maxMessage is how long a message may be with its attributes, in bytes.
const maxMessage = 256 << 10

// message is a published message, as it is kept until it has been handed to
// every subscriber.
type message struct {
	ID         string               `cbor:"i"`
	Text       string               `cbor:"m"`
	ByProtocol map[string]string    `cbor:"s,omitempty"` // of MessageStructure json
	Subject    string               `cbor:"b,omitempty"`
	Attributes map[string]attribute `cbor:"a,omitempty"`
	GroupID    string               `cbor:"g,omitempty"`
	DedupID    string               `cbor:"d,omitempty"`
	Sequence   uint64               `cbor:"n,omitempty"`
	At         time.Time            `cbor:"t"`
	Endpoint   string               `cbor:"e"` // where the publisher reached maru
	TraceID    string               `cbor:"x,omitempty"`
}

// attribute is a message attribute; the value of a binary one is base64.
type attribute struct {
	Type  string `cbor:"t"`
	Value string `cbor:"v"`
}

// textFor returns what a protocol's subscribers get to read.
func (m *message) textFor(protocol string) string {
	if text, ok := m.ByProtocol[protocol]; ok {
		return text
	}
	return m.Text
}

// filterAttributes returns the attributes as filters look at them.
func (m *message) filterAttributes() map[string]filter.Attribute {
	out := make(map[string]filter.Attribute, len(m.Attributes))
	for name, a := range m.Attributes {
		if !strings.HasPrefix(a.Type, "Binary") {
			out[name] = filter.Attribute{DataType: a.Type, Value: a.Value}
		}
	}
	return out
}

// request is what Publish and an entry of PublishBatch have in common.
type request struct {
	message    string
	subject    *string
	structure  *string
	attributes map[string]api.MessageAttributeValue
	dedupID    *string
	groupID    *string
}

// newMessage validates a request and returns its message, without its place in
// a FIFO topic. Device tells that it is for a platform endpoint, which needs no
// default text.
func (s *Service) newMessage(info call.Info, r request, device bool) (*message, error) {
	if r.subject != nil && !validSubject(*r.subject) {
		return nil, names.Invalid("Subject")
	}
	if r.message == "" {
		return nil, names.Invalid("Empty message")
	}
	attributes, err := readAttributes(r.attributes)
	if err != nil {
		return nil, err
	}
	if r.size() > maxMessage {
		return nil, names.Invalid("Message too long")
	}
	m := &message{
		ID: s.IDs.UUID(), Text: r.message, Attributes: attributes, At: s.Clock.Now().Truncate(time.Millisecond),
		Endpoint: s.Endpoint, TraceID: info.TraceID,
	}
	if info.Endpoint != "" {
		m.Endpoint = info.Endpoint
	}
	if r.subject != nil {
		m.Subject = *r.subject
	}
	if r.groupID != nil {
		m.GroupID = *r.groupID
	}
	if r.dedupID != nil {
		m.DedupID = *r.dedupID
	}
	if r.structure == nil || *r.structure == "" {
		return m, nil
	}
	if *r.structure != "json" {
		return nil, names.Invalid("MessageStructure")
	}
	return m, m.split(device)
}

// split reads a message that says something else to each protocol.
func (m *message) split(device bool) error {
	var raw map[string]any
	if err := json.Unmarshal([]byte(m.Text), &raw); err != nil {
		return names.Invalid("Message Structure - JSON message body failed to parse")
	}
	m.ByProtocol = make(map[string]string, len(raw))
	for protocol, v := range raw {
		if text, ok := v.(string); ok { // others are ignored
			m.ByProtocol[protocol] = text
		}
	}
	text, ok := m.ByProtocol["default"]
	if !ok && !device {
		return names.Invalid("Message Structure - No default entry in JSON message body")
	}
	m.Text = text
	delete(m.ByProtocol, "default")
	return nil
}

// size is what counts against the limit of a message.
func (r *request) size() int {
	n := len(r.message)
	for name, a := range r.attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

// validSubject tells whether a text may stand in a mail's subject.
func validSubject(s string) bool {
	if s == "" || utf8.RuneCountInString(s) > 100 || strings.TrimSpace(s) == "" {
		return false
	}
	return !strings.ContainsFunc(s, unicode.IsControl)
}

// fifoID is what a message group or a deduplication may be called.
var fifoID = regexp.MustCompile("^[a-zA-Z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]{1,128}$")

// checkFIFO tells why a request's ids do not fit its topic.
func (r *request) checkFIFO(t *topic) error {
	if r.groupID != nil && !fifoID.MatchString(*r.groupID) {
		return names.Invalid("MessageGroupId Reason: The request includes MessageGroupId that is not valid: it can include alphanumeric and punctuation characters and must be at most 128 characters long")
	}
	if !t.fifo() {
		if r.dedupID != nil {
			return names.Invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
		}
		return nil
	}
	if r.groupID == nil {
		return names.Invalid("The MessageGroupId parameter is required for FIFO topics")
	}
	if r.dedupID == nil {
		if t.Attributes["ContentBasedDeduplication"] != "true" {
			return names.Invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		}
		return nil
	}
	if !fifoID.MatchString(*r.dedupID) {
		return names.Invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId that is not valid: it can include alphanumeric and punctuation characters and must be at most 128 characters long")
	}
	return nil
}

// badAttribute is the error ParameterValueInvalid.
func badAttribute(format string, args ...any) error {
	return &api.InvalidParameterValueException{Message: fmt.Sprintf(format, args...)}
}

// readAttributes validates message attributes.
func readAttributes(in map[string]api.MessageAttributeValue) (map[string]attribute, error) {
	if len(in) == 0 {
		return nil, nil
	}
	out := make(map[string]attribute, len(in))
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if err := checkAttributeName(name); err != nil {
			return nil, err
		}
		a, err := readAttribute(name, in[name])
		if err != nil {
			return nil, err
		}
		out[name] = a
	}
	return out, nil
}

// checkAttributeName tells why an attribute cannot be called so.
func checkAttributeName(name string) error {
	switch {
	case name == "":
		return badAttribute("The message attribute name can not be empty.")
	case len(name) > 256:
		return badAttribute("Length of message attribute name must be less than 256 bytes.")
	case name[0] == '.':
		return badAttribute("Invalid message attribute name starting with character '.' was found.")
	case name[len(name)-1] == '.':
		return badAttribute("Invalid message attribute name ending with character '.' was found.")
	case strings.Contains(name, ".."):
		return badAttribute("Message attribute name can not have successive '.' character.")
	}
	for _, c := range name {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-.", c) {
			return badAttribute("Invalid non-alphanumeric character '#x%X' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.", c)
		}
	}
	return nil
}

// readAttribute validates one attribute.
func readAttribute(name string, v api.MessageAttributeValue) (attribute, error) {
	kind, _, _ := strings.Cut(v.DataType, ".")
	if kind != "String" && kind != "Number" && kind != "Binary" {
		return attribute{}, badAttribute("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
	}
	if v.StringValue == nil && v.BinaryValue == nil || kind == "Binary" && v.BinaryValue != nil && len(v.BinaryValue) == 0 ||
		kind != "Binary" && v.StringValue != nil && *v.StringValue == "" {
		return attribute{}, badAttribute("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, v.DataType)
	}
	if kind == "Binary" {
		if v.BinaryValue == nil {
			return attribute{}, badAttribute("The message attribute '%s' with type '%s' must use field 'Binary'.", name, v.DataType)
		}
		return attribute{v.DataType, base64.StdEncoding.EncodeToString(v.BinaryValue)}, nil
	}
	if v.StringValue == nil {
		return attribute{}, badAttribute("The message attribute '%s' with type '%s' must use field 'String'.", name, v.DataType)
	}
	if kind == "Number" {
		if _, err := strconv.ParseFloat(*v.StringValue, 64); err != nil {
			return attribute{}, badAttribute("Could not cast message attribute '%s' value to number.", name)
		}
	}
	if v.DataType == "String.Array" {
		var list []any
		if err := json.Unmarshal([]byte(*v.StringValue), &list); err != nil {
			return attribute{}, badAttribute("The message attribute '%s' with type 'String.Array' must be a JSON array.", name)
		}
	}
	return attribute{v.DataType, *v.StringValue}, nil
}
