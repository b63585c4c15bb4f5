// Package filter reads CloudWatch Logs filter patterns and matches log events
// with them: terms, JSON selectors and space-delimited fields.
//
// Spec: CloudWatch Logs User Guide, Filter pattern syntax.
package filter

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"maru.dev/maru/pattern/bounded"
)

// Pattern is a filter pattern that has been read.
type Pattern struct {
	match func(message string) bool
	maybe func(text string) bool

	fields []field  // of a space-delimited pattern
	paths  []string // the selectors of a JSON pattern, as they are written
	json   bool
	cost   int
}

// maxLength is how long a pattern may be.
const maxLength = 1024

// Parse reads a pattern. The empty pattern matches every event.
func Parse(text string) (*Pattern, error) {
	if len(text) > maxLength {
		return nil, fmt.Errorf("filter pattern is longer than %d characters", maxLength)
	}
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return &Pattern{match: func(string) bool { return true }}, nil
	case text[0] == '{':
		return parseJSON(text)
	case text[0] == '[':
		return parseFields(text)
	default:
		return parseTerms(text)
	}
}

// Match says whether an event's message matches.
func (p *Pattern) Match(message string) bool { return p.match(message) }

// Cost is how many times longer an event is looked at than for a word: a regular
// expression is held against each character at as many places as it has.
func (p *Pattern) Cost() int64 { return 1 + int64(p.cost)/8 }

// Maybe says whether any of many messages, one behind another, may match. It is
// far faster than to look at each, and wrong only by saying so when none does.
func (p *Pattern) Maybe(text string) bool { return p.maybe == nil || p.maybe(text) }

// maybeTerms is Maybe for terms that must all occur, or of which one must.
func maybeTerms(all, any []term) func(text string) bool {
	plain := func(t term) bool { return t.regex == nil }
	switch {
	case slices.ContainsFunc(all, plain):
		return func(text string) bool {
			for _, t := range all {
				if plain(t) && !strings.Contains(text, t.text) {
					return false
				}
			}
			return true
		}
	case len(all) == 0 && len(any) > 0 && !slices.ContainsFunc(any, func(t term) bool { return !plain(t) }):
		return func(text string) bool {
			return slices.ContainsFunc(any, func(t term) bool { return strings.Contains(text, t.text) })
		}
	}
	return nil
}

// term is one word of a pattern, quoted or not, or a regular expression.
type term struct {
	text  string
	regex *regexp.Regexp
}

// in says whether the term occurs in a message.
func (t term) in(message string) bool {
	if t.regex != nil {
		return t.regex.MatchString(message)
	}
	return strings.Contains(message, t.text)
}

// parseTerms reads "one two", "?one ?two", "-not" and "%regex%" patterns. All
// plain terms must occur, none of the excluded ones, and one of the optional
// ones if there are no plain ones.
func parseTerms(text string) (*Pattern, error) {
	var all, any, none []term
	var room bounded.Room
	for rest := text; rest != ""; rest = strings.TrimLeft(rest, " \t\n") {
		into := &all
		switch rest[0] {
		case '?':
			into, rest = &any, rest[1:]
		case '-':
			into, rest = &none, rest[1:]
		}
		t, after, err := readTerm(rest, &room)
		if err != nil {
			return nil, err
		}
		*into, rest = append(*into, t), after
	}
	return &Pattern{cost: room.Taken(), maybe: maybeTerms(all, any), match: func(message string) bool {
		for _, t := range none {
			if t.in(message) {
				return false
			}
		}
		for _, t := range all {
			if !t.in(message) {
				return false
			}
		}
		if len(all) > 0 || len(any) == 0 {
			return true
		}
		for _, t := range any {
			if t.in(message) {
				return true
			}
		}
		return false
	}}, nil
}

// readTerm reads one term at the start of text.
func readTerm(text string, room *bounded.Room) (t term, rest string, err error) {
	if text == "" {
		return t, "", fmt.Errorf("filter pattern ends where a term was expected")
	}
	switch text[0] {
	case '"':
		t.text, rest, err = readQuoted(text)
		return t, rest, err
	case '%':
		end := strings.IndexByte(text[1:], '%')
		if end < 0 {
			return t, "", fmt.Errorf("regular expression has no closing %%")
		}
		t.regex, err = room.Compile(text[1 : end+1])
		return t, text[end+2:], err
	}
	end := strings.IndexAny(text, " \t\n")
	if end < 0 {
		end = len(text)
	}
	t.text = text[:end]
	if strings.ContainsAny(t.text, `"(){}[]<>=|&`) {
		return t, "", fmt.Errorf("term %q has special characters and must be quoted", t.text)
	}
	return t, text[end:], nil
}

// readQuoted reads a double-quoted string, in which a backslash escapes the
// next character.
func readQuoted(text string) (value, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			return b.String(), text[i+1:], nil
		case '\\':
			i++
			if i < len(text) {
				b.WriteByte(text[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fmt.Errorf("quoted term has no closing quote")
}
