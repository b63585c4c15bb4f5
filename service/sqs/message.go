package sqs

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// bodyPart is how much of a body a row holds: a row of the store may have 1 MiB
// in all, and a body alone may have that.
const bodyPart = 512 << 10

// putMessage writes a message under its storage id, in parts when it is large.
func putMessage(tx *kv.Tx, q *queue, sid []byte, m message) error {
	rest := ""
	if len(m.Body) > bodyPart {
		m.Body, rest = m.Body[:bodyPart], m.Body[bodyPart:]
	}
	m.Parts = 0
	for rest != "" {
		part := rest[:min(len(rest), bodyPart)]
		rest = rest[len(part):]
		if err := tx.Put(q.partsKey(sid).With(m.Parts), []byte(part)); err != nil {
			return err
		}
		m.Parts++
	}
	return kv.Put(tx, q.bodyKey(sid), m)
}

// getMessage reads a message whole.
func getMessage(tx *kv.Tx, q *queue, sid []byte) (m message, ok bool, err error) {
	m, ok, err = kv.Get[message](tx, q.bodyKey(sid))
	if err != nil || !ok || m.Parts == 0 {
		return m, ok, err
	}
	body := []byte(m.Body)
	for i := range m.Parts {
		part, ok, err := tx.Get(q.partsKey(sid).With(i))
		if err != nil || !ok {
			return m, false, err
		}
		body = append(body, part...)
	}
	m.Body = string(body)
	return m, true, nil
}

// inlineBody is the size up to which a message stands in its position.
const inlineBody = 4 << 10

// putPosition writes a standard queue's message, to be visible from at.
func putPosition(tx *kv.Tx, q *queue, sid []byte, m *message, at time.Time, p position) error {
	p.Message = nil
	if len(m.Body) <= inlineBody {
		p.Message = m
	} else if err := putMessage(tx, q, sid, *m); err != nil {
		return err
	}
	return kv.Put(tx, q.positionKey(at, sid), p)
}

// message returns the message of a position.
func (p *position) message(tx *kv.Tx, q *queue, sid []byte) (m message, ok bool, err error) {
	if p.Message != nil {
		return *p.Message, true, nil
	}
	return getMessage(tx, q, sid)
}

// drop removes the message of a position, whose row the caller removes.
func (p *position) drop(tx *kv.Tx, q *queue, sid []byte) error {
	if p.Message != nil {
		return tx.Add(q.countKey(), -1)
	}
	return dropMessage(tx, q, sid)
}

// dropMessage removes a message's body and counts it off.
func dropMessage(tx *kv.Tx, q *queue, sid []byte) error {
	m, ok, err := kv.Get[message](tx, q.bodyKey(sid))
	if err != nil || !ok {
		return err
	}
	for i := range m.Parts {
		if err := tx.Delete(q.partsKey(sid).With(i)); err != nil {
			return err
		}
	}
	if err := tx.Delete(q.bodyKey(sid)); err != nil {
		return err
	}
	return tx.Add(q.countKey(), -1)
}

// md5Hex is the checksum of a body as SDKs verify it.
func md5Hex(text string) string {
	sum := md5.Sum([]byte(text))
	var digits [2 * md5.Size]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

// sha256Hex is the deduplication id of content.
func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// attribute is what user and system attributes have in common.
type attribute struct {
	kind   string
	text   *string
	binary []byte
}

// md5OfAttributes is the checksum of message attributes: by name, each as
// name, type, one byte for string or binary, and value, all with their lengths.
//
// Spec: SQS Developer Guide, Calculating the MD5 message digest for message attributes.
func md5OfAttributes(attributes map[string]attribute) string {
	sum := md5.New()
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		writeSized(sum, []byte(name))
		writeSized(sum, []byte(a.kind))
		if strings.HasPrefix(a.kind, "Binary") {
			sum.Write([]byte{2})
			writeSized(sum, a.binary)
		} else {
			sum.Write([]byte{1})
			writeSized(sum, []byte(*a.text))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writeSized adds b to a checksum behind its length.
func writeSized(sum hash.Hash, b []byte) {
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(b)))
	sum.Write(size[:])
	sum.Write(b)
}

// userAttributes returns message attributes in their common form.
func userAttributes(in map[string]api.MessageAttributeValue) map[string]attribute {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]attribute, len(in))
	for name, v := range in {
		out[name] = attribute{v.DataType, v.StringValue, v.BinaryValue}
	}
	return out
}

// systemAttributes returns message system attributes in their common form.
func systemAttributes(in map[string]api.MessageSystemAttributeValue) map[string]attribute {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]attribute, len(in))
	for name, v := range in {
		out[name] = attribute{v.DataType, v.StringValue, v.BinaryValue}
	}
	return out
}

// checkAttributes holds message attributes against the rules for names, types
// and values, and returns their size in bytes.
//
// Spec: SQS Developer Guide, Amazon SQS message metadata.
func checkAttributes(attributes map[string]attribute) (size int, err error) {
	if len(attributes) == 0 {
		return 0, nil
	}
	if len(attributes) > 10 {
		return 0, invalidValue("Number of message attributes [%d] exceeds the allowed maximum [10].", len(attributes))
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		if err := checkAttributeName(name); err != nil {
			return 0, err
		}
		base, _, _ := strings.Cut(a.kind, ".")
		switch {
		case a.kind == "":
			return 0, invalidValue("The message attribute '%s' must contain a non-empty message attribute type.", name)
		case len(a.kind) > 256:
			return 0, invalidValue("Message attribute type length must be less than 256 bytes.")
		case base != "String" && base != "Number" && base != "Binary":
			return 0, invalidValue("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
		case base == "Binary" && len(a.binary) == 0, base != "Binary" && (a.text == nil || *a.text == ""):
			return 0, invalidValue("The message attribute '%s' must contain a non-empty message attribute value for message attribute type '%s'.", name, base)
		case base == "Number" && !isNumber(*a.text):
			return 0, invalidValue("Can't cast the value of message attribute '%s' to a number.", name)
		}
		size += len(name) + len(a.kind) + len(a.binary)
		if a.text != nil {
			if err := checkText(*a.text); err != nil {
				return 0, err
			}
			size += len(*a.text)
		}
	}
	return size, nil
}

// isNumber says whether text is a decimal number.
func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && !strings.ContainsAny(text, "xXpP_nN")
}

// checkAttributeName holds a message attribute's name against the rules.
func checkAttributeName(name string) error {
	valid := name != "" && name[0] != '.' && name[len(name)-1] != '.' && !strings.Contains(name, "..")
	for _, c := range name {
		valid = valid && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	}
	lower := strings.ToLower(name)
	switch {
	case len(name) > 256:
		return invalidValue("Message (user) attribute name '%s' is invalid. Length must be between 1 and 256.", name)
	case !valid:
		return invalidValue("The message attribute name '%s' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.).", name)
	case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
		return invalidValue("Message (user) attribute name '%s' is reserved for AWS.", name)
	}
	return nil
}

// checkText refuses characters that XML does not have, as SQS does.
func checkText(text string) error {
	for i, r := range text {
		legal := r == 0x9 || r == 0xA || r == 0xD || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
		if r == utf8.RuneError {
			_, width := utf8.DecodeRuneInString(text[i:])
			legal = width > 1
		}
		if !legal {
			return &api.InvalidMessageContents{Message: fmt.Sprintf("Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF; found #x%X.", r)}
		}
	}
	return nil
}

// checkToken holds a group, deduplication or attempt id against the rules.
func checkToken(parameter, value string) error {
	valid := value != "" && len(value) <= 128
	for _, c := range value {
		valid = valid && c > 0x20 && c < 0x7F
	}
	if !valid {
		return invalidValue("Value %s for parameter %s is invalid. Reason: %s can only include alphanumeric and punctuation characters. 1 to 128 in length.", value, parameter, parameter)
	}
	return nil
}
