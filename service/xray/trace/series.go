package trace

import "maru.dev/maru/service/xray/filter"

// Count adds the visits that the entities select to the windows, of period
// seconds each, in which they began. A visit counts once.
func (t *Trace) Count(subject filter.Subject, entities []filter.Entity, period int64, windows map[int64]*Statistics) {
	seen := map[*Segment]bool{}
	for _, e := range entities {
		subjects := subject.Services(e.Service)
		if e.Edge {
			subjects = subject.Edges(e.From, e.To)
		}
		for _, s := range subjects {
			v, ok := s.(visit)
			if !ok || seen[v.s] || !e.Inner.Match(v) {
				continue
			}
			seen[v.s] = true
			at := int64(v.s.Start) / period * period
			if windows[at] == nil {
				windows[at] = &Statistics{}
			}
			windows[at].add(v.s)
		}
	}
}
