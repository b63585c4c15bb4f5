package insights

import (
	"strings"

	"maru.dev/maru/service/logs/pick"
)

// Event is a log event to be queried.
type Event struct {
	At       int64 // milliseconds
	Version  uint64
	Index    int64 // At, Version and Index are the event's place among all
	Ingested int64
	Message  string
	Stream   string
	Log      string // account:group
	// Pointer is what @ptr is, if it is asked for.
	Pointer func(e *Event) string
	// Before says that the event is of the time that diff compares with.
	Before bool
}

// record is what commands work on: an event with its fields, or a row that a
// command has made.
type record struct {
	event *Event
	set   map[string]value // made by the query; these come first
	found map[string]value // discovered in the message, once needed

	members *members // those that are picked instead of discovering all
	picked  []pick.Value
	state   picking
}

// get returns a field's value.
func (r *record) get(name string) value {
	if v, ok := r.set[name]; ok {
		return v
	}
	if r.event != nil {
		if v, ok := r.own(name); ok {
			return v
		}
		if v, ok := r.pick(name); ok {
			if v.kind != missing {
				return v
			}
			return r.inside(name)
		}
		if r.found == nil {
			r.found = discover(r.event)
		}
		if v, ok := r.found[name]; ok {
			return v
		}
	}
	return r.inside(name)
}

// own is what every event has.
func (r *record) own(name string) (value, bool) {
	if name == "" || name[0] != '@' {
		return value{}, false
	}
	switch name {
	case "@message":
		return textValue(r.event.Message), true
	case "@timestamp":
		return timeValue(r.event.At), true
	case "@ingestionTime":
		return timeValue(r.event.Ingested), true
	case "@logStream":
		return textValue(r.event.Stream), true
	case "@log":
		return textValue(r.event.Log), true
	case "@ptr":
		return textValue(r.event.Pointer(r.event)), true
	}
	return value{}, false
}

// inside follows a path into a map or list that the query has made.
func (r *record) inside(name string) value {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] != '.' {
			continue
		}
		v, ok := r.set[name[:i]]
		if !ok || v.kind != compound {
			continue
		}
		return v.path(name[i+1:])
	}
	return value{}
}

// put sets a field.
func (r *record) put(name string, v value) {
	if v.kind == missing {
		return
	}
	if r.set == nil {
		r.set = make(map[string]value)
	}
	r.set[name] = v
}

// time is when a record happened; rows that the query has made have none, unless
// they are of bin().
func (r *record) time() int64 {
	if r.event != nil {
		return r.event.At
	}
	for _, v := range r.set {
		if v.kind == instant {
			return int64(v.num)
		}
	}
	return 0
}

// keep returns a copy that does not hold on to the chunk that the event was
// read from.
func (r *record) keep() *record {
	k := *r
	if r.event != nil {
		e := *r.event
		e.Message = strings.Clone(e.Message)
		k.event = &e
		k.picked = r.clonePicked()
		for name, v := range r.found {
			r.found[name] = v.clone()
		}
		for name, v := range r.set {
			r.set[name] = v.clone()
		}
	}
	return &k
}
