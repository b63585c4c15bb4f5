package xray

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/xray/filter"
	"maru.dev/maru/wire"
)

const (
	defaultGroup = "Default"
	maxGroups    = 25
)

// group is a group's row.
type group struct {
	Name          string
	Suffix        string            // of its ARN
	Filter        string            `cbor:",omitempty"`
	Insights      bool              `cbor:",omitempty"`
	Notifications bool              `cbor:",omitempty"`
	Tags          map[string]string `cbor:",omitempty"`
}

// arn names a group.
func (g *group) arn(h home) string {
	if g.Suffix == "" {
		return h.arnOf("group/" + g.Name)
	}
	return h.arnOf("group/" + g.Name + "/" + g.Suffix)
}

// insights is the group's configuration of insights.
func (g *group) insights() *api.InsightsConfiguration {
	return &api.InsightsConfiguration{InsightsEnabled: &g.Insights, NotificationsEnabled: &g.Notifications}
}

// shape is the group in the API's form.
func (g *group) shape(h home) *api.Group {
	return &api.Group{GroupName: &g.Name, GroupARN: new(g.arn(h)), FilterExpression: wire.Optional(g.Filter), InsightsConfiguration: g.insights()}
}

// configure takes over a configuration of insights.
func (g *group) configure(in *api.InsightsConfiguration) error {
	if in == nil {
		return nil
	}
	if in.InsightsEnabled != nil {
		g.Insights = *in.InsightsEnabled
	}
	if in.NotificationsEnabled != nil {
		g.Notifications = *in.NotificationsEnabled
	}
	if g.Notifications && !g.Insights {
		return invalid("Notifications cannot be enabled when insights are not enabled.")
	}
	return nil
}

// loadGroup finds a group by name or ARN. The default one is always there.
func loadGroup(tx *kv.Tx, h home, nameOrARN string) (group, error) {
	name := nameOrARN
	if rest, ok := strings.CutPrefix(nameOrARN, h.arnOf("group/")); ok {
		name, _, _ = strings.Cut(rest, "/")
	}
	g, ok, err := kv.Get[group](tx, h.groupKey(name))
	switch {
	case err != nil:
		return g, fmt.Errorf("load group: %w", err)
	case !ok && name == defaultGroup:
		g = group{Name: defaultGroup}
	case !ok:
		return g, invalid("Group not found.")
	}
	if strings.HasPrefix(nameOrARN, "arn:") && nameOrARN != g.arn(h) {
		return g, invalid("Group not found.")
	}
	return g, nil
}

// which is the name or ARN of the group that a request is about.
func which(name, arn *string) (string, error) {
	if wire.Value(name) == "" && wire.Value(arn) == "" {
		return "", invalid("Either GroupName or GroupARN is required.")
	}
	if wire.Value(name) != "" && wire.Value(arn) != "" {
		return "", invalid("Specify either GroupName or GroupARN, but not both.")
	}
	return named(name, arn), nil
}

// CreateGroup makes a group of traces.
//
// Spec: X-Ray API Reference, CreateGroup.
func (s *Service) CreateGroup(ctx context.Context, in *api.CreateGroupInput) (*api.CreateGroupOutput, error) {
	h := homeOf(ctx)
	if _, err := parseFilter(in.FilterExpression); err != nil {
		return nil, err
	}
	g := group{Name: in.GroupName, Suffix: s.IDs.String(52, ids.Upper), Filter: wire.Value(in.FilterExpression)}
	if err := g.configure(in.InsightsConfiguration); err != nil {
		return nil, err
	}
	var err error
	if g.Tags, err = withTags(nil, in.Tags, g.arn(h)); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		n := 0
		for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
			if err != nil {
				return err
			}
			if row.Value.Name != defaultGroup {
				n++
			}
			if row.Value.Name == g.Name {
				return invalid("A group with name %s already exists.", g.Name)
			}
		}
		if g.Name == defaultGroup {
			return invalid("A group with name %s already exists.", g.Name)
		}
		if n >= maxGroups {
			return invalid("The maximum number of groups (%d) has been reached.", maxGroups)
		}
		return kv.Put(tx, h.groupKey(g.Name), g)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateGroupOutput{Group: g.shape(h)}, nil
}

// UpdateGroup changes a group's filter or configuration.
//
// Spec: X-Ray API Reference, UpdateGroup.
func (s *Service) UpdateGroup(ctx context.Context, in *api.UpdateGroupInput) (*api.UpdateGroupOutput, error) {
	h := homeOf(ctx)
	name, err := which(in.GroupName, in.GroupARN)
	if err != nil {
		return nil, err
	}
	if _, err := parseFilter(in.FilterExpression); err != nil {
		return nil, err
	}
	var g group
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if g, err = loadGroup(tx, h, name); err != nil {
			return err
		}
		if in.FilterExpression != nil {
			if g.Name == defaultGroup {
				return invalid("The filter expression of the default group cannot be changed.")
			}
			g.Filter = *in.FilterExpression
		}
		if err := g.configure(in.InsightsConfiguration); err != nil {
			return err
		}
		return kv.Put(tx, h.groupKey(g.Name), g)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateGroupOutput{Group: g.shape(h)}, nil
}

// DeleteGroup removes a group.
//
// Spec: X-Ray API Reference, DeleteGroup.
func (s *Service) DeleteGroup(ctx context.Context, in *api.DeleteGroupInput) (*api.DeleteGroupOutput, error) {
	h := homeOf(ctx)
	name, err := which(in.GroupName, in.GroupARN)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		if g.Name == defaultGroup {
			return invalid("The default group cannot be deleted.")
		}
		return tx.Delete(h.groupKey(g.Name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteGroupOutput{}, nil
}

// GetGroup returns a group.
//
// Spec: X-Ray API Reference, GetGroup.
func (s *Service) GetGroup(ctx context.Context, in *api.GetGroupInput) (*api.GetGroupOutput, error) {
	h := homeOf(ctx)
	name, err := which(in.GroupName, in.GroupARN)
	if err != nil {
		return nil, err
	}
	out := &api.GetGroupOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		out.Group = g.shape(h)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetGroups returns all groups: there are few enough for one page.
//
// Spec: X-Ray API Reference, GetGroups.
func (s *Service) GetGroups(ctx context.Context, in *api.GetGroupsInput) (*api.GetGroupsOutput, error) {
	if wire.Value(in.NextToken) != "" {
		return nil, invalid("Invalid NextToken.")
	}
	h := homeOf(ctx)
	out := &api.GetGroupsOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		d, err := loadGroup(tx, h, defaultGroup)
		if err != nil {
			return err
		}
		all := []group{d}
		for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
			if err != nil {
				return err
			}
			if row.Value.Name != defaultGroup {
				all = append(all, row.Value)
			}
		}
		out.Groups = nil
		for _, g := range all {
			out.Groups = append(out.Groups, api.GroupSummary{
				GroupName: &g.Name, GroupARN: new(g.arn(h)), FilterExpression: wire.Optional(g.Filter), InsightsConfiguration: g.insights(),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// groupTests tells of traces which groups they are in.
type groupTests struct {
	filters map[string]*filter.Expr // by name and by ARN
	depth   int
}

// loadGroupTests reads the filters of all groups.
func loadGroupTests(tx *kv.Tx, h home) (*groupTests, error) {
	t := &groupTests{filters: map[string]*filter.Expr{defaultGroup: nil, h.arnOf("group/" + defaultGroup): nil}}
	for row, err := range kv.Scan[group](tx, kv.Prefix(h.key("g"))) {
		if err != nil {
			return nil, fmt.Errorf("load groups: %w", err)
		}
		g := row.Value
		e, err := filter.Parse(g.Filter)
		if err != nil {
			return nil, fmt.Errorf("filter of group %s: %w", g.Name, err)
		}
		t.filters[g.Name], t.filters[g.arn(h)] = e, e
	}
	return t, nil
}

// match tells whether a trace is in a group. Groups that name each other in a
// circle hold nothing.
func (t *groupTests) match(name string, s filter.Subject) bool {
	e, ok := t.filters[name]
	if !ok || t.depth > 5 {
		return false
	}
	t.depth++
	defer func() { t.depth-- }()
	return e.Match(s)
}
