package cloudtrail

import (
	"context"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudtrail/selector"
	"maru.dev/maru/wire"
)

// PutEventSelectors says which events a trail records.
//
// Spec: CloudTrail API Reference, PutEventSelectors.
func (s *Service) PutEventSelectors(ctx context.Context, in *api.PutEventSelectorsInput) (*api.PutEventSelectorsOutput, error) {
	selectors := selectorsOf(in)
	if problem := selectors.Check(); problem != "" {
		return nil, &api.InvalidEventSelectorsException{Message: problem}
	}
	var name string
	err := s.change(ctx, in.TrailName, func(_ *kv.Tx, t *trail) error {
		t.Selectors, name = selectors, t.arn()
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &api.PutEventSelectorsOutput{TrailARN: &name}
	out.EventSelectors, out.AdvancedEventSelectors = shapes(&selectors)
	return out, nil
}

// GetEventSelectors tells which events a trail records.
//
// Spec: CloudTrail API Reference, GetEventSelectors.
func (s *Service) GetEventSelectors(ctx context.Context, in *api.GetEventSelectorsInput) (*api.GetEventSelectorsOutput, error) {
	t, err := s.find(ctx, in.TrailName)
	if err != nil {
		return nil, err
	}
	selectors := t.Selectors
	if len(selectors.Basic)+len(selectors.Advanced) == 0 {
		selectors.Basic = selector.Default()
	}
	out := &api.GetEventSelectorsOutput{TrailARN: new(t.arn())}
	out.EventSelectors, out.AdvancedEventSelectors = shapes(&selectors)
	return out, nil
}

// selectorsOf reads the selectors of a request.
func selectorsOf(in *api.PutEventSelectorsInput) (out selector.Set) {
	for _, e := range in.EventSelectors {
		b := selector.Basic{
			ReadWrite: wire.Value(e.ReadWriteType), Management: e.IncludeManagementEvents == nil || *e.IncludeManagementEvents,
			Exclude: e.ExcludeManagementEventSources,
		}
		if b.ReadWrite == "" {
			b.ReadWrite = api.ReadWriteTypeAll
		}
		for _, d := range e.DataResources {
			b.Data = append(b.Data, selector.DataResource{Type: wire.Value(d.Type), Values: d.Values})
		}
		out.Basic = append(out.Basic, b)
	}
	for _, e := range in.AdvancedEventSelectors {
		a := selector.Advanced{Name: wire.Value(e.Name)}
		for _, f := range e.FieldSelectors {
			a.Fields = append(a.Fields, selector.Field{
				Name: f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
		out.Advanced = append(out.Advanced, a)
	}
	return out
}

// shapes are selectors in the API's form.
func shapes(set *selector.Set) (basic []api.EventSelector, advanced []api.AdvancedEventSelector) {
	for _, b := range set.Basic {
		e := api.EventSelector{
			ReadWriteType: &b.ReadWrite, IncludeManagementEvents: &b.Management, DataResources: []api.DataResource{},
			ExcludeManagementEventSources: append([]string{}, b.Exclude...),
		}
		for _, d := range b.Data {
			e.DataResources = append(e.DataResources, api.DataResource{Type: &d.Type, Values: d.Values})
		}
		basic = append(basic, e)
	}
	for _, a := range set.Advanced {
		e := api.AdvancedEventSelector{Name: wire.Optional(a.Name)}
		for _, f := range a.Fields {
			e.FieldSelectors = append(e.FieldSelectors, api.AdvancedFieldSelector{
				Field: f.Name, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
		advanced = append(advanced, e)
	}
	return basic, advanced
}
