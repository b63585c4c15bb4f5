package cloudformation

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// changes computes what a prepared template changes in a stack.
func (s *Service) changes(ctx context.Context, h home, old *stack, p *prepared) ([]api.Change, error) {
	var resources map[string]*resource
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		resources, err = loadResources(tx, h, old.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	g := &changing{service: s, resources: resources, p: p, unknown: map[string]bool{}, tags: p.deployment.tags()}
	env := *p.env
	env.Unknown = unknownValue
	env.Resource = func(name string) (template.Resolved, bool) {
		r := resources[name]
		if r == nil || r.Now == nil || g.unknown[name] {
			return template.Resolved{}, false
		}
		return template.Resolved{Ref: r.Now.ID, Attributes: decodeObject(r.Now.Attrs)}, true
	}
	env.Import = func(ctx context.Context, name string) (value string, err error) {
		err = s.Store.View(ctx, func(tx *kv.Tx) error {
			x, ok, err := kv.Get[export](tx, h.exportKey(name))
			if err == nil && !ok {
				err = invalid("No export named %s found.", name)
			}
			value = x.Value
			return err
		})
		return value, err
	}
	var out []api.Change
	for _, name := range inOrder(p.needs) {
		c, err := g.change(ctx, &env, name)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, api.Change{Type: new("Resource"), ResourceChange: c})
		}
	}
	slices.SortStableFunc(out, func(a, b api.Change) int {
		return strings.Compare(wire.Value(a.ResourceChange.LogicalResourceId), wire.Value(b.ResourceChange.LogicalResourceId))
	})
	return append(out, g.removals()...), nil
}

// inOrder returns resources so that each comes after those that it uses.
func inOrder(needs map[string][]string) []string {
	var out []string
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, n := range needs[name] {
			visit(n)
		}
		out = append(out, name)
	}
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		visit(name)
	}
	return out
}

// changing is the computation of a change set.
type changing struct {
	service   *Service
	resources map[string]*resource
	p         *prepared
	unknown   map[string]bool // resources that will be other ones
	tags      map[string]string
}

// change is what happens to one resource of the template; nil for nothing.
func (g *changing) change(ctx context.Context, env *template.Env, name string) (*api.ResourceChange, error) {
	def := g.p.template.Resources[name]
	r := g.resources[name]
	if r == nil || r.Now == nil {
		g.unknown[name] = true
		return &api.ResourceChange{
			Action: new("Add"), LogicalResourceId: new(name), ResourceType: new(def.Type), Scope: []string{}, Details: []api.ResourceChangeDetail{},
		}, nil
	}
	kind := g.service.typeOf(def.Type)
	if kind == nil {
		return nil, nil // it fails when it is executed, and says so
	}
	v, err := env.Eval(ctx, def.Properties)
	if err != nil {
		return nil, err
	}
	props, _ := v.(map[string]any)
	diff, replace := kind.Diff(decodeObject(r.Now.Props), props)
	out := &api.ResourceChange{
		Action: new("Modify"), LogicalResourceId: new(name), PhysicalResourceId: r.physicalID(), ResourceType: new(def.Type),
		Replacement: new("False"), Scope: []string{}, Details: []api.ResourceChangeDetail{},
	}
	if len(diff) > 0 {
		out.Scope = append(out.Scope, "Properties")
	}
	if strings.Contains(kind.Properties, "Tags") && !types.Equal(tagTree(r.Now.Tags), tagTree(g.tags)) {
		out.Scope = append(out.Scope, "Tags")
		out.Details = append(out.Details, detail("Tags", "", "Never", "DirectModification", false))
	}
	if len(out.Scope) == 0 {
		return nil, nil
	}
	certain := false
	for _, d := range diff {
		dynamic := strings.Contains(asText(d.After), unknownValue)
		recreation, source := "Never", "DirectModification"
		if d.Replace {
			recreation = "Always"
			certain = certain || !dynamic
		}
		if dynamic {
			source = "ResourceReference"
		}
		out.Details = append(out.Details, detail("Properties", d.Name, recreation, source, dynamic))
	}
	if replace {
		g.unknown[name] = true
		if out.Replacement = new("Conditional"); certain {
			out.Replacement = new("True")
		}
	}
	return out, nil
}

// detail is one line of a resource's change.
func detail(attribute, name, recreation, source string, dynamic bool) api.ResourceChangeDetail {
	evaluation := "Static"
	if dynamic {
		evaluation = "Dynamic"
	}
	return api.ResourceChangeDetail{
		Target:     &api.ResourceTargetDefinition{Attribute: &attribute, Name: wire.Optional(name), RequiresRecreation: &recreation},
		Evaluation: &evaluation, ChangeSource: &source,
	}
}

// asText is a value as JSON.
func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// removals are the resources that the template no longer has.
func (g *changing) removals() []api.Change {
	var out []api.Change
	for _, name := range slices.Sorted(maps.Keys(g.resources)) {
		r := g.resources[name]
		if _, stays := g.p.needs[name]; stays || r.Now == nil {
			continue
		}
		action := "Delete"
		if r.DeletionPolicy == "Retain" || r.DeletionPolicy == "RetainExceptOnCreate" {
			action = "Retain"
		}
		out = append(out, api.Change{Type: new("Resource"), ResourceChange: &api.ResourceChange{
			Action: new("Remove"), LogicalResourceId: new(name), PhysicalResourceId: r.physicalID(), ResourceType: new(r.Type),
			PolicyAction: &action, Scope: []string{}, Details: []api.ResourceChangeDetail{},
		}})
	}
	return out
}
