// Package pick takes the members that a search names out of a JSON text: in one
// pass, without memory for the others. It reads what encoding/json reads and
// nothing else; where it would have to remember more than it does (a name twice
// in one object, say) it is Unsure, and its caller decodes the text as a whole.
package pick

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MostNames is how many members a plan can name.
const MostNames = 64

// maxDepth is how deep encoding/json reads.
const maxDepth = 10_000

// Kind tells what a member is.
type Kind uint8

// The kinds of members. Absent is the zero value.
const (
	Absent Kind = iota
	Null
	False
	True
	Number
	String
	Compound // an object or a list
)

// Value is a member. The text of a number or a string shares the memory of what
// it was read from, if it can.
type Value struct {
	Kind Kind
	Text string
}

// Step goes to a member by its name, or to an element if Index is 0 or more.
type Step struct {
	Name  string
	Index int
}

// Plan is which members are wanted.
type Plan struct {
	dotted []string // each either by a name with dots,
	steps  [][]Step // or by its steps
	most   int
}

// Dotted is a plan of names such as "a.b.0", in which a dot may also be part of
// a member's own name. Only the first members of a text are looked at, as many as
// most says, that are neither null nor compound.
func Dotted(names []string, most int) *Plan { return &Plan{dotted: names, most: most} }

// Paths is a plan of steps. A path has one at least.
func Paths(paths [][]Step) *Plan { return &Plan{steps: paths} }

// Len is how many members are wanted.
func (p *Plan) Len() int { return max(len(p.dotted), len(p.steps)) }

// Outcome is how reading went.
type Outcome uint8

// The outcomes.
const (
	Read Outcome = iota
	Invalid
	Unsure
)

// Read reads the object or list that text begins with into values, of which
// there are as many as the plan has members. What stands behind it does not
// matter. The values mean something only if it could be Read.
func (p *Plan) Read(text string, into []Value) Outcome {
	clear(into)
	s := scanner{plan: p, text: text, into: into}
	if c := s.next(); c != '{' && c != '[' {
		return Unsure
	}
	ok := s.value(wanted{under: 1<<p.Len() - 1})
	switch {
	case s.unsure:
		return Unsure
	case !ok:
		return Invalid
	}
	return Read
}

// wanted is what is wanted of a value: which members it is itself, and which may
// be inside, by their bits. Of a dotted name, at is where the rest begins; of
// steps it is how many are taken.
type wanted struct {
	is, under uint64
	at        int
}

// scanner reads a text.
type scanner struct {
	plan   *Plan
	text   string
	pos    int
	into   []Value
	depth  int
	leaves int
	unsure bool
}

// next skips white space and returns what comes then, 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// value reads a value.
func (s *scanner) value(w wanted) bool {
	switch c := s.next(); c {
	case '{', '[':
		if s.depth++; s.depth > maxDepth {
			return false
		}
		s.pos++
		s.give(w.is, Value{Kind: Compound})
		var ok bool
		if c == '{' {
			ok = s.object(w)
		} else {
			ok = s.list(w)
		}
		s.depth--
		return ok
	case '"':
		s.leaves++
		if w.is == 0 {
			_, ok := s.skipString()
			return ok
		}
		text, ok := s.string()
		s.give(w.is, Value{String, text})
		return ok
	case 't':
		s.leaves++
		return s.word("true", w.is, True)
	case 'f':
		s.leaves++
		return s.word("false", w.is, False)
	case 'n':
		return s.word("null", w.is, Null)
	default:
		s.leaves++
		begin := s.pos
		ok := s.number()
		s.give(w.is, Value{Number, s.text[begin:s.pos]})
		return ok
	}
}

// give stores a member, for all who want it.
func (s *scanner) give(is uint64, v Value) {
	if s.plan.most > 0 && s.leaves > s.plan.most {
		return
	}
	for ; is != 0; is &= is - 1 {
		s.into[bits.TrailingZeros64(is)] = v
	}
}

// word reads a word of JSON.
func (s *scanner) word(word string, is uint64, k Kind) bool {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return false
	}
	s.pos += len(word)
	s.give(is, Value{Kind: k})
	return true
}

// object reads the members of an object. A member that is wanted twice, by one
// name or by two that can be read as one, leaves it unsure.
func (s *scanner) object(w wanted) bool {
	if s.next() == '}' {
		s.pos++
		return true
	}
	var seen uint64
	for {
		if s.next() != '"' {
			return false
		}
		var member wanted
		if w.under == 0 {
			if _, ok := s.skipString(); !ok {
				return false
			}
		} else {
			name, ok := s.string()
			if !ok {
				return false
			}
			if member = s.match(w, name, -1); (member.is|member.under)&seen != 0 || name == "" && w.at == 0 {
				s.unsure = true
				return false
			}
			seen |= member.is | member.under
		}
		if s.next() != ':' {
			return false
		}
		if s.pos++; !s.value(member) {
			return false
		}
		switch s.next() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return true
		default:
			return false
		}
	}
}

// list reads the elements of a list.
func (s *scanner) list(w wanted) bool {
	if s.next() == ']' {
		s.pos++
		return true
	}
	for i := 0; ; i++ {
		var member wanted
		if w.under != 0 {
			member = s.match(w, "", i)
		}
		if !s.value(member) {
			return false
		}
		switch s.next() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return true
		default:
			return false
		}
	}
}

// match is what is wanted of a member: by its name in an object, or by its index
// in a list, which is -1 in an object.
func (s *scanner) match(w wanted, name string, index int) (m wanted) {
	if s.plan.dotted != nil {
		if index >= 0 {
			name = strconv.Itoa(index)
		}
		m.at = w.at + len(name) + 1
	} else {
		m.at = w.at + 1
	}
	for left := w.under; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		bit := left & -left
		if s.plan.dotted != nil {
			rest := s.plan.dotted[i]
			rest = rest[min(w.at, len(rest)):]
			switch {
			case !strings.HasPrefix(rest, name):
			case len(rest) == len(name):
				m.is |= bit
			case rest[len(name)] == '.':
				m.under |= bit
			}
			continue
		}
		path := s.plan.steps[i]
		step := &path[w.at]
		switch {
		case index >= 0 && step.Index != index, index < 0 && (step.Index >= 0 || step.Name != name):
		case len(path) == w.at+1:
			m.is |= bit
		default:
			m.under |= bit
		}
	}
	return m
}

// string reads a string. One with escapes, or that is not UTF-8, is left to
// encoding/json.
func (s *scanner) string() (string, bool) {
	begin := s.pos
	plain, ok := s.skipString()
	if !ok {
		return "", false
	}
	text := s.text[begin+1 : s.pos-1]
	if plain || !strings.Contains(text, `\`) && utf8.ValidString(text) {
		return text, true
	}
	return decodeString(s.text[begin:s.pos])
}

// decodeString reads a string in quotes as encoding/json does.
func decodeString(quoted string) (text string, ok bool) {
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}

// skipString passes over a string, which is plain if it means just what it says.
func (s *scanner) skipString() (plain, ok bool) {
	text, i := s.text, s.pos+1
	plain = true
	for i < len(text) {
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			return plain, true
		case c == '\\':
			plain = false
			n := escape(text[i+1:])
			if n == 0 {
				return false, false
			}
			i += 1 + n
		case c < ' ':
			return false, false
		case c >= utf8.RuneSelf:
			plain = false
			i++
		default:
			i++
		}
	}
	return false, false
}

// escape is how long an escape is behind its backslash; 0 if it is none.
func escape(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(text) < 5 {
			return 0
		}
		for _, c := range []byte(text[1:5]) {
			if !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 5
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number passes over a number.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// take passes over a character, if it is there.
func (s *scanner) take(c byte) bool {
	if s.pos >= len(s.text) || s.text[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

// digits passes over digits, and says whether there was one.
func (s *scanner) digits() bool {
	begin := s.pos
	for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
		s.pos++
	}
	return s.pos > begin
}
