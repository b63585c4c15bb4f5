package trace

import (
	"maps"
	"slices"
	"time"

	api "maru.dev/maru/api/xray"
)

// Start is when the trace's first segment started.
func (t *Trace) Start() time.Time {
	start, _ := t.span()
	return Time(start)
}

// End is when the trace's last segment ended.
func (t *Trace) End() time.Time {
	_, last := t.span()
	return Time(last)
}

// ID is a node as a summary names it.
func (s Service) ID() api.ServiceId {
	out := api.ServiceId{Name: &s.Name, Names: []string{s.Name}}
	if s.Account != "" {
		out.AccountId = &s.Account
	}
	if s.Type != "" {
		out.Type = &s.Type
	}
	return out
}

// Summary is what is told of a trace without its documents.
func (t *Trace) Summary(revision int32) api.TraceSummary {
	root := t.root()
	out := api.TraceSummary{
		Id: &t.ID, StartTime: new(t.Start()), Duration: new(t.Duration()), HasFault: &root.Fault, HasError: &root.Error,
		HasThrottle: new(false), IsPartial: new(false), Revision: &revision,
		Http: root.http(), EntryPoint: new(root.service(t.Account).ID()), Annotations: t.annotations(), Users: t.users(),
	}
	if !root.InProgress {
		out.ResponseTime = new(round(root.end() - root.Start))
	}
	arns, instances, zones := set{}, set{}, set{}
	for _, s := range t.Segments {
		*out.HasThrottle = *out.HasThrottle || s.Throttle
		*out.IsPartial = *out.IsPartial || s.InProgress
		zone, instance := s.place()
		arns.add(s.arn())
		instances.add(instance)
		zones.add(zone)
	}
	for _, v := range arns.list() {
		out.ResourceARNs = append(out.ResourceARNs, api.ResourceARNDetail{ARN: &v})
	}
	for _, v := range instances.list() {
		out.InstanceIds = append(out.InstanceIds, api.InstanceIdDetail{Id: &v})
	}
	for _, v := range zones.list() {
		out.AvailabilityZones = append(out.AvailabilityZones, api.AvailabilityZoneDetail{Name: &v})
	}
	seen := map[Service]bool{}
	for _, c := range t.calls() {
		if !seen[c.service] {
			seen[c.service] = true
			out.ServiceIds = append(out.ServiceIds, c.service.ID())
		}
	}
	t.addCauses(&out)
	return out
}

// set is distinct strings.
type set map[string]bool

// add adds what is not empty.
func (s set) add(v string) {
	if v != "" {
		s[v] = true
	}
}

// list is the set in order.
func (s set) list() []string { return slices.Sorted(maps.Keys(s)) }

// http is the request that a segment served.
func (s *Segment) http() *api.Http {
	out := &api.Http{}
	if s.HTTP == nil {
		return out
	}
	for to, from := range map[**string]string{
		&out.HttpURL: s.HTTP.Request.URL, &out.HttpMethod: s.HTTP.Request.Method,
		&out.UserAgent: s.HTTP.Request.UserAgent, &out.ClientIp: s.HTTP.Request.ClientIP,
	} {
		if from != "" {
			*to = &from
		}
	}
	if status := s.HTTP.Response.Status; status != 0 {
		out.HttpStatus = new(int32(min(max(status, 0), 999)))
	}
	return out
}

// annotations are the trace's, by key: each value with the services that set it.
func (t *Trace) annotations() map[string][]api.ValueWithServiceIds {
	out := map[string][]api.ValueWithServiceIds{}
	type place struct {
		key   string
		value any
	}
	at, seen, n := map[place]int{}, map[any]bool{}, 0
	for _, s := range t.Segments {
		service := s.service(t.Account)
		s.walk(func(sub *Segment) bool {
			for _, key := range slices.Sorted(maps.Keys(sub.Annotations)) {
				p := place{key, sub.Annotations[key]}
				i, known := at[p]
				if !known {
					if n++; n > maxAnnotations {
						return false
					}
					i = len(out[key])
					at[p] = i
					out[key] = append(out[key], api.ValueWithServiceIds{AnnotationValue: annotationValue(p.value)})
				}
				type by struct {
					place
					Service
				}
				if !seen[by{p, service}] {
					seen[by{p, service}] = true
					out[key][i].ServiceIds = append(out[key][i].ServiceIds, service.ID())
				}
			}
			return true
		})
	}
	return out
}

// annotationValue is a value in its member.
func annotationValue(v any) *api.AnnotationValue {
	switch v := v.(type) {
	case string:
		return &api.AnnotationValue{StringValue: &v}
	case float64:
		return &api.AnnotationValue{NumberValue: &v}
	case bool:
		return &api.AnnotationValue{BooleanValue: &v}
	}
	return &api.AnnotationValue{}
}

// users are the trace's, each with the services that named it.
func (t *Trace) users() (out []api.TraceUser) {
	at := map[string]int{}
	seen := map[[2]any]bool{}
	for _, s := range t.Segments {
		if s.User == "" {
			continue
		}
		i, ok := at[s.User]
		if !ok {
			i = len(out)
			at[s.User] = i
			out = append(out, api.TraceUser{UserName: &s.User})
		}
		if service := s.service(t.Account); !seen[[2]any{s.User, service}] {
			seen[[2]any{s.User, service}] = true
			out[i].ServiceIds = append(out[i].ServiceIds, service.ID())
		}
	}
	return out
}
