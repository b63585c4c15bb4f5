package jsonata

import (
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/jsonata/fault"
	"maru.dev/maru/service/states/jsonata/syntax"
)

// matcher is the function that a regular expression is: it takes a string and
// returns the first match, from which the next can be had.
type matcher struct{ node *syntax.Node }

func (*matcher) arity() int { return 2 }

// found is one match.
type found struct {
	start, end int // in bytes
	units      int // the start in UTF-16 units, as users count
	match      string
	groups     []any
	next       func() (*found, error) // the next match, or nil

	object *value.Object // as the matcher gave it, if it is the user's
}

// matcherOf returns the regular expression behind a function, if it is one.
func matcherOf(f any) *matcher {
	for {
		switch g := f.(type) {
		case *closure:
			f = g.target
		case *matcher:
			return g
		default:
			return nil
		}
	}
}

// firstMatch applies a matcher, which may be any function, to a string.
func (ev *evaluator) firstMatch(f any, s string) (*found, error) {
	if m := matcherOf(f); m != nil {
		return ev.regexMatch(m, s)
	}
	return ev.userMatch(f, s, s)
}

// steps is what it costs to compile the expression, which it may have to be, and to
// match it with a string.
func (m *matcher) steps(s string) int {
	size := m.node.Regexp.Size
	return size + size*len(s)/perStep
}

// regexMatch finds the first match of a regular expression. The others are
// looked for only if they are asked for.
func (ev *evaluator) regexMatch(m *matcher, s string) (*found, error) {
	if err := ev.text(len(s)); err != nil {
		return nil, err
	}
	if err := ev.work(m.steps(s)); err != nil {
		return nil, err
	}
	places := m.node.Regexp.First(s)
	if places == nil {
		return nil, nil
	}
	first := newFound(s, places)
	first.units = utf16Offset(s, first.start)
	var all [][]int
	var units []int // where they begin, each counted from the one before
	var zero bool
	var nextOf func(i int) func() (*found, error)
	nextOf = func(i int) func() (*found, error) {
		return func() (*found, error) {
			if err := ev.tick(); err != nil {
				return nil, err
			}
			if all == nil {
				if err := ev.work(m.steps(s)); err != nil {
					return nil, err
				}
				all, zero = m.node.Regexp.All(s)
				units = make([]int, max(1, len(all)))
				units[0] = first.units
				if err := ev.grow(len(all) * len(places)); err != nil {
					return nil, err
				}
			}
			if i < len(all) {
				f := newFound(s, all[i])
				before := all[i-1][0]
				units[i] = units[i-1] + utf16Offset(s[before:], f.start-before)
				f.units = units[i]
				f.next = nextOf(i + 1)
				return f, nil
			}
			if zero {
				return nil, fault.At("D1004", "", m.node.Position).WithValue(m.node.Regexp.Source)
			}
			return nil, nil
		}
	}
	first.next = nextOf(1)
	return first, nil
}

// newFound returns a match by its places.
func newFound(s string, places []int) *found {
	f := &found{start: places[0], end: places[1], match: s[places[0]:places[1]], groups: []any{}}
	for i := 2; i < len(places); i += 2 {
		if places[i] < 0 {
			f.groups = append(f.groups, Undefined{})
		} else {
			f.groups = append(f.groups, s[places[i]:places[i+1]])
		}
	}
	return f
}

// matchOnce is a regular expression called as a function: with a string, and
// with the place to begin at if there is one. Given to $map and the like it gets
// the index as that place, which is the reference's way, too.
func (ev *evaluator) matchOnce(m *matcher, args []any) (any, error) {
	s, ok := argument(args, 0).(string)
	if !ok {
		return Undefined{}, nil
	}
	from := 0
	if units, ok := numberArgument(args, 1); ok && units > 0 {
		if units > float64(utf16Offset(s, len(s))) {
			return Undefined{}, nil
		}
		from = byteOffset(s, units)
	}
	f, err := ev.regexMatch(m, s[from:])
	if err != nil || f == nil {
		return Undefined{}, err
	}
	return f.asObject(s, from), nil
}

// asObject returns a match as functions of the user get it; from is where in the
// string its places count from.
func (f *found) asObject(s string, from int) *value.Object {
	if f.object != nil {
		return f.object
	}
	next := &function{name: "next", call: func(*evaluator, []any) (any, error) {
		g, err := f.next()
		if err != nil || g == nil {
			return Undefined{}, err
		}
		return g.asObject(s, from), nil
	}}
	start := utf16Offset(s, from) + f.units
	return value.Of("match", f.match, "start", int64(start), "end", int64(start+utf16Offset(f.match, len(f.match))),
		"groups", f.groups, "next", next)
}

// userMatch calls a matcher of the user, or what it gave as the next one.
func (ev *evaluator) userMatch(f any, arg any, s string) (*found, error) {
	v, err := ev.invoke(f, []any{arg}, nil, nil)
	if err != nil || isUndefined(v) || v == nil {
		return nil, err
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fault.New("T1010")
	}
	member := func(name string) any {
		m, ok := o.Get(name)
		if !ok {
			return Undefined{}
		}
		return m
	}
	start, hasStart := value.Float(member("start"))
	end, hasEnd := value.Float(member("end"))
	groups, hasGroups := list(member("groups"))
	next, hasNext := member("next").(callable)
	if !hasStart && !hasEnd && !hasGroups && !hasNext {
		return nil, fault.New("T1010")
	}
	match, _ := member("match").(string)
	if err := ev.work(2 * len(s) / perStep); err != nil {
		return nil, err
	}
	return &found{
		start: byteOffset(s, start), end: byteOffset(s, end), units: int(max(0, min(start, 1<<53))), match: match, groups: groups, object: o,
		next: func() (*found, error) {
			if next == nil {
				return nil, nil
			}
			return ev.userMatch(next, Undefined{}, s)
		},
	}, nil
}

// byteOffset is the place in bytes of one in UTF-16 units.
func byteOffset(s string, units float64) int {
	n := 0.0
	for i, r := range s {
		if n >= units {
			return i
		}
		n++
		if r > 0xFFFF && utf8.ValidRune(r) {
			n++
		}
	}
	return len(s)
}
