package filter

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"maru.dev/maru/service/logs/pick"
)

// jsonMatcher holds events against a JSON pattern. What its selectors lead to is
// picked out of the message; selectors that lead to many values, and messages
// that cannot be picked from, have it decoded.
type jsonMatcher struct {
	selectors []path
	cond      condition
	plan      *pick.Plan // nil: messages are always decoded
	events    sync.Pool
}

// jsonEvent is a message that is held against a pattern.
type jsonEvent struct {
	selectors []path
	picked    []pick.Value // a value of each selector, or else
	decoded   bool
	whole     any // what the message is
}

func newJSONMatcher(selectors []path, cond condition) *jsonMatcher {
	m := &jsonMatcher{selectors: selectors, cond: cond}
	paths := make([][]pick.Step, len(selectors))
	for i, p := range selectors {
		for _, s := range p {
			paths[i] = append(paths[i], pick.Step{Name: s.name, Index: s.index})
		}
	}
	single := func(p path) bool {
		return len(p) > 0 && !slices.ContainsFunc(p, func(s step) bool { return s.index == -2 })
	}
	if len(paths) <= pick.MostNames && !slices.ContainsFunc(selectors, func(p path) bool { return !single(p) }) {
		m.plan = pick.Paths(paths)
	}
	m.events.New = func() any { return &jsonEvent{selectors: selectors, picked: make([]pick.Value, len(selectors))} }
	return m
}

// match says whether a message matches.
func (m *jsonMatcher) match(message string) bool {
	if strings.IndexByte(message, '{') < 0 || m.cond.maybe != nil && !m.cond.maybe(message) {
		return false
	}
	e := m.events.Get().(*jsonEvent)
	defer m.events.Put(e)
	outcome := pick.Unsure
	if m.plan != nil {
		outcome = m.plan.Read(message, e.picked)
	}
	switch outcome {
	case pick.Read:
		e.decoded = false
	case pick.Invalid:
		return false
	case pick.Unsure:
		d := json.NewDecoder(strings.NewReader(message))
		d.UseNumber()
		if e.decoded, e.whole = true, nil; d.Decode(&e.whole) != nil {
			return false
		}
	}
	return m.cond.holds(e)
}

// any says whether something holds for a value that a selector leads to.
func (e *jsonEvent) any(selector int, holds func(pick.Value) bool) bool {
	if !e.decoded {
		v := e.picked[selector]
		return v.Kind != pick.Absent && holds(v)
	}
	return slices.ContainsFunc(e.selectors[selector].find(e.whole), func(x any) bool { return holds(picked(x)) })
}

// picked is a decoded value as it would have been picked.
func picked(x any) pick.Value {
	switch x := x.(type) {
	case nil:
		return pick.Value{Kind: pick.Null}
	case bool:
		if x {
			return pick.Value{Kind: pick.True}
		}
		return pick.Value{Kind: pick.False}
	case json.Number:
		return pick.Value{Kind: pick.Number, Text: x.String()}
	case string:
		return pick.Value{Kind: pick.String, Text: x}
	}
	return pick.Value{Kind: pick.Compound}
}

// scalarText returns a value as text; null, objects and lists have none.
func scalarText(v pick.Value) (string, bool) {
	switch v.Kind {
	case pick.String, pick.Number:
		return v.Text, true
	case pick.True:
		return "true", true
	case pick.False:
		return "false", true
	case pick.Absent, pick.Null, pick.Compound:
	}
	return "", false
}

// either is what two conditions demand of which one has to hold.
func either(a, b func(string) bool) func(string) bool {
	if a == nil || b == nil {
		return nil
	}
	return func(text string) bool { return a(text) || b(text) }
}

// both is what two conditions demand that have to hold.
func both(a, b func(string) bool) func(string) bool {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(text string) bool { return a(text) && b(text) }
}

// named is what a path demands of a text that has a value of it: the longest name.
func (p path) named() func(text string) bool {
	longest := ""
	for _, s := range p {
		if s.index == -1 && plain(s.name) && len(s.name) > len(longest) {
			longest = s.name
		}
	}
	return written(longest)
}

// literal is a part of all text that equals a term; "" if nothing is known, as of
// a number, which can be written in many ways.
func (t term) literal() (longest string) {
	if _, number := readNumber(t.text); number {
		return ""
	}
	for part := range strings.SplitSeq(t.text, "*") {
		if plain(part) && len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// plain says that JSON has text as it is, or in escapes of Unicode.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\\/`, r) })
}

// written is the demand that plain text occurs.
func written(s string) func(text string) bool {
	if s == "" {
		return nil
	}
	return func(text string) bool { return strings.Contains(text, s) || strings.Contains(text, `\u`) }
}
