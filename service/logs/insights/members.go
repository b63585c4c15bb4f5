package insights

import (
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/service/logs/pick"
)

// members are the fields that a query names, which are picked out of messages
// that are JSON; discover finds whatever they do not cover.
type members struct {
	names []string
	plan  *pick.Plan
}

// newMembers plans for the fields of a query; nil when there is nothing to plan.
func newMembers(names []string) *members {
	m := &members{}
	var r record
	r.event = &Event{Pointer: func(*Event) string { return "" }}
	for _, name := range names {
		if _, own := r.own(name); !own {
			m.names = append(m.names, name)
		}
	}
	if len(m.names) == 0 || len(m.names) > pick.MostNames {
		return nil
	}
	m.plan = pick.Dotted(m.names, maxDiscovered)
	return m
}

// room is what a record's members are put in.
func (m *members) room() []pick.Value {
	if m == nil {
		return nil
	}
	return make([]pick.Value, len(m.names))
}

// picking is how far a record's members are known.
type picking uint8

const (
	unread   picking = iota
	picked           // they are known
	unpicked         // the message has to be discovered as a whole
)

// pick returns a member; ok says that it is known so, or known to be missing.
func (r *record) pick(name string) (v value, ok bool) {
	if r.members == nil || r.found != nil {
		return value{}, false
	}
	i := slices.Index(r.members.names, name)
	if i < 0 || strings.HasPrefix(name, "@") && strings.Contains(r.event.Log, ":/aws/lambda/") {
		return value{}, false
	}
	if r.state == unread {
		r.read()
	}
	if r.state == unpicked {
		return value{}, false
	}
	return fromPicked(r.picked[i]), true
}

// read picks the members of the message's first object. A message that may be a
// flow log is discovered.
func (r *record) read() {
	message := r.event.Message
	if strings.HasPrefix(message, "2 ") {
		r.state = unpicked
		return
	}
	if len(r.picked) != len(r.members.names) {
		r.picked = r.members.room()
	}
	r.state = picked
	i := strings.IndexByte(message, '{')
	if i < 0 {
		clear(r.picked)
		return
	}
	switch r.members.plan.Read(message[i:], r.picked) {
	case pick.Read:
	case pick.Invalid:
		clear(r.picked)
	case pick.Unsure:
		r.state = unpicked
	}
}

// clonePicked are the members of a record that is kept: its own, if they are
// known, and else none.
func (r *record) clonePicked() []pick.Value {
	if r.state != picked {
		return nil
	}
	out := slices.Clone(r.picked)
	for i := range out {
		out[i].Text = strings.Clone(out[i].Text)
	}
	return out
}

// fromPicked is fromJSON of what was picked.
func fromPicked(p pick.Value) value {
	switch p.Kind {
	case pick.String:
		return textValue(p.Text)
	case pick.Number:
		n, err := strconv.ParseFloat(p.Text, 64)
		if err != nil {
			return textValue(p.Text)
		}
		return value{kind: number, num: n, text: p.Text}
	case pick.True, pick.False:
		return truth(p.Kind == pick.True)
	case pick.Absent, pick.Null, pick.Compound:
	}
	return value{}
}
