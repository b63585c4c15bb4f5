package trace

import (
	api "maru.dev/maru/api/xray"
	"maru.dev/maru/service/xray/filter"
)

// causes finds root causes of a kind: paths from the trace's root along the
// segments that have the fault (or error), as deep as it goes. For
// "responsetime" it is the one path along what took longest.
func (t *Trace) causes(kind string) (out []filter.Cause) {
	root := t.root()
	if root == nil || root.Type != "" {
		return nil
	}
	has := func(s *Segment) bool { return kind == "fault" && s.Fault || kind == "error" && s.Error }
	if kind == "responsetime" {
		if root.InProgress || root.end() <= root.Start {
			return nil
		}
	} else if !has(root) {
		return nil
	}
	f := causeFinder{t: t, has: has, longest: kind == "responsetime", total: root.end() - root.Start, seen: map[*Segment]bool{}}
	f.service(root, nil)
	return f.found
}

// causeFinder collects the paths.
type causeFinder struct {
	t       *Trace
	has     func(*Segment) bool
	longest bool
	total   float64
	seen    map[*Segment]bool
	found   []filter.Cause
}

// maxCauses is how many root causes of a kind are told.
const maxCauses = 5

// service goes on in a segment of another service.
func (f *causeFinder) service(s *Segment, path []filter.CauseService) {
	if f.seen[s] {
		return
	}
	f.seen[s] = true
	node := s.service(f.t.Account)
	f.entity(s, append(path[:len(path):len(path)], filter.CauseService{Name: node.Name, Type: node.Type}))
}

// entity goes on in a segment or subsegment of the service that path ends with.
func (f *causeFinder) entity(s *Segment, path []filter.CauseService) {
	if len(f.found) >= maxCauses {
		return
	}
	path = append([]filter.CauseService(nil), path...)
	last := &path[len(path)-1]
	last.Path = append(last.Path[:len(last.Path):len(last.Path)], f.step(s))
	next := f.next(s)
	for _, sub := range next {
		f.entity(sub, path)
	}
	if to := f.t.called[s.ID]; to != nil && !f.seen[to] && (f.longest || f.has(to)) {
		f.service(to, path)
		return
	}
	if len(next) == 0 {
		f.found = append(f.found, filter.Cause{Services: path})
	}
}

// step describes a segment on a path.
func (f *causeFinder) step(s *Segment) filter.CauseEntity {
	e := filter.CauseEntity{Name: s.Name, Remote: s.downstream()}
	if f.total > 0 {
		e.Coverage = round(min(1, (s.end()-s.Start)/f.total))
	}
	for _, x := range s.exceptions() {
		e.Messages, e.Types = append(e.Messages, x.Message), append(e.Types, x.Type)
	}
	return e
}

// next are the subsegments that the cause lies in.
func (f *causeFinder) next(s *Segment) (out []*Segment) {
	var longest *Segment
	for _, sub := range s.Subsegments {
		if !f.longest && f.has(sub) {
			out = append(out, sub)
		}
		if longest == nil || sub.end()-sub.Start > longest.end()-longest.Start {
			longest = sub
		}
	}
	if f.longest && longest != nil && longest.end()-longest.Start > (s.end()-s.Start)/2 {
		out = append(out, longest)
	}
	return out
}

// addCauses tells a summary's root causes. The shapes of the three kinds differ
// by no more than their names and what is told of a step.
func (t *Trace) addCauses(out *api.TraceSummary) {
	out.FaultRootCauses = rootCauses(t.causes("fault"),
		func(e *filter.CauseEntity) api.FaultRootCauseEntity {
			return api.FaultRootCauseEntity{Name: &e.Name, Remote: &e.Remote, Exceptions: exceptions(e)}
		},
		func(s *filter.CauseService, path []api.FaultRootCauseEntity) api.FaultRootCauseService {
			return api.FaultRootCauseService{Name: &s.Name, Names: []string{s.Name}, Type: &s.Type, AccountId: &t.Account, Inferred: new(false), EntityPath: path}
		},
		func(list []api.FaultRootCauseService) api.FaultRootCause {
			return api.FaultRootCause{ClientImpacting: new(true), Services: list}
		})
	out.ErrorRootCauses = rootCauses(t.causes("error"),
		func(e *filter.CauseEntity) api.ErrorRootCauseEntity {
			return api.ErrorRootCauseEntity{Name: &e.Name, Remote: &e.Remote, Exceptions: exceptions(e)}
		},
		func(s *filter.CauseService, path []api.ErrorRootCauseEntity) api.ErrorRootCauseService {
			return api.ErrorRootCauseService{Name: &s.Name, Names: []string{s.Name}, Type: &s.Type, AccountId: &t.Account, Inferred: new(false), EntityPath: path}
		},
		func(list []api.ErrorRootCauseService) api.ErrorRootCause {
			return api.ErrorRootCause{ClientImpacting: new(true), Services: list}
		})
	out.ResponseTimeRootCauses = rootCauses(t.causes("responsetime"),
		func(e *filter.CauseEntity) api.ResponseTimeRootCauseEntity {
			return api.ResponseTimeRootCauseEntity{Name: &e.Name, Remote: &e.Remote, Coverage: &e.Coverage}
		},
		func(s *filter.CauseService, path []api.ResponseTimeRootCauseEntity) api.ResponseTimeRootCauseService {
			return api.ResponseTimeRootCauseService{Name: &s.Name, Names: []string{s.Name}, Type: &s.Type, AccountId: &t.Account, Inferred: new(false), EntityPath: path}
		},
		func(list []api.ResponseTimeRootCauseService) api.ResponseTimeRootCause {
			return api.ResponseTimeRootCause{ClientImpacting: new(true), Services: list}
		})
}

// rootCauses writes causes in the shapes of one kind.
func rootCauses[E, S, C any](
	causes []filter.Cause, entity func(*filter.CauseEntity) E, service func(*filter.CauseService, []E) S, cause func([]S) C,
) (out []C) {
	for _, c := range causes {
		var list []S
		for i := range c.Services {
			s := &c.Services[i]
			var path []E
			for j := range s.Path {
				path = append(path, entity(&s.Path[j]))
			}
			list = append(list, service(s, path))
		}
		out = append(out, cause(list))
	}
	return out
}

// exceptions are those of a step of a path.
func exceptions(e *filter.CauseEntity) (out []api.RootCauseException) {
	for i := range e.Messages {
		out = append(out, api.RootCauseException{Name: &e.Types[i], Message: &e.Messages[i]})
	}
	return out
}
