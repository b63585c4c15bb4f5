package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The limits on a template's sections.
const (
	maxResources   = 500
	maxParameters  = 200
	maxOutputs     = 200
	maxMappings    = 200
	maxDescription = 1024
	maxNameLength  = 255
)

// Template is a tree whose form has been checked.
type Template struct {
	Description string
	Metadata    any
	Transforms  []any // names, or maps with Name and Parameters
	Parameters  map[string]*Parameter
	Mappings    map[string]any
	Conditions  map[string]any
	Rules       map[string]any
	Resources   map[string]*Resource
	Outputs     map[string]*Output
}

// Resource is one member of the Resources section.
type Resource struct {
	Name                string
	Type                string
	Properties          map[string]any
	Condition           string
	DependsOn           []string
	DeletionPolicy      string // as written; "" where it is not
	UpdateReplacePolicy string
	CreationPolicy      any
	UpdatePolicy        any
	Metadata            any
}

// Output is one member of the Outputs section.
type Output struct {
	Name        string
	Description string
	Condition   string
	Value       any
	Export      any // expression of the export's name; nil without one
}

// alphanumeric is what logical names are made of.
var alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// sections are the members that a template may have.
var sections = []string{
	"AWSTemplateFormatVersion", "Conditions", "Description", "Hooks", "Mappings", "Metadata",
	"Outputs", "Parameters", "Resources", "Rules", "Transform",
}

// New checks the form of a tree and returns it as a Template.
func New(tree map[string]any) (*Template, error) {
	if err := checkSections(tree); err != nil {
		return nil, err
	}
	t := &Template{Metadata: tree["Metadata"], Transforms: transforms(tree["Transform"])}
	t.Description, _ = tree["Description"].(string)

	steps := []func(map[string]any) error{
		t.readParameters, t.readMappings, t.readConditions, t.readRules, t.readResources, t.readOutputs,
	}
	for _, step := range steps {
		if err := step(tree); err != nil {
			return nil, err
		}
	}
	if err := t.checkReferences(); err != nil {
		return nil, err
	}
	return t, nil
}

// checkSections refuses members that no template has, and those of the wrong
// kind.
func checkSections(tree map[string]any) error {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if !slices.Contains(sections, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return Invalid("Invalid template property or properties [%s]", strings.Join(unknown, ", "))
	}
	switch v := tree["AWSTemplateFormatVersion"].(type) {
	case nil:
	case string:
		if v != "2010-09-09" {
			return malformed("Template version '%s' is not supported. Supported versions: [2010-09-09]", v)
		}
	default:
		return malformed("AWSTemplateFormatVersion must be a string.")
	}
	switch v := tree["Description"].(type) {
	case nil:
	case string:
		if len(v) > maxDescription {
			return malformed("Description length exceeds the maximum of %d bytes.", maxDescription)
		}
	default:
		return malformed("Every Description member must be a string.")
	}
	return nil
}

// transforms reads the Transform section: a name, a map, or a list of both.
func transforms(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// TransformNames returns the names in a tree's Transform section.
func TransformNames(tree map[string]any) []string {
	var names []string
	for _, tr := range transforms(tree["Transform"]) {
		switch tr := tr.(type) {
		case string:
			names = append(names, tr)
		case map[string]any:
			if name, ok := tr["Name"].(string); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// section returns a section as a map of named members.
func section(tree map[string]any, name string, limit int) (map[string]any, error) {
	v := tree[name]
	if v == nil {
		return nil, nil
	}
	members, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("%s must be an object", name)
	}
	if limit > 0 && len(members) > limit {
		return nil, malformed("Number of %s, %d, is greater than maximum allowed, %d", strings.ToLower(name), len(members), limit)
	}
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if len(member) > maxNameLength || !alphanumeric.MatchString(member) {
			return nil, malformed("%s name '%s' is non alphanumeric.", strings.TrimSuffix(name, "s"), member)
		}
	}
	return members, nil
}

// readMappings checks that mappings are two levels of names over scalars and lists.
func (t *Template) readMappings(tree map[string]any) error {
	members, err := section(tree, "Mappings", maxMappings)
	if err != nil {
		return err
	}
	for name, v := range members {
		if name == "Fn::Transform" {
			continue
		}
		top, ok := v.(map[string]any)
		if !ok {
			return malformed("Every Mappings member %s must be a map", name)
		}
		for key, second := range top {
			if _, ok := second.(map[string]any); !ok {
				return malformed("Every Mappings attribute must be a String or a List: member %s of %s must be a map", key, name)
			}
		}
	}
	t.Mappings = members
	return nil
}

// readConditions keeps the Conditions section; checkReferences looks inside.
func (t *Template) readConditions(tree map[string]any) error {
	members, err := section(tree, "Conditions", 0)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if f, _, ok := function(members[name]); !ok || !isConditionFunction(f) {
			return malformed("Every Conditions member must be one of Fn::And, Fn::Equals, Fn::Not, Fn::Or or Condition: %s", name)
		}
	}
	t.Conditions = members
	return nil
}

// readRules keeps the Rules section, whose members are objects with assertions.
func (t *Template) readRules(tree map[string]any) error {
	members, err := section(tree, "Rules", 0)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		rule, _ := members[name].(map[string]any)
		if list, ok := rule["Assertions"].([]any); !ok || len(list) == 0 {
			return malformed("Every Rules member must have an Assertions list: %s", name)
		}
	}
	t.Rules = members
	return nil
}

// resourceMembers are what a resource may have beside its type.
var resourceMembers = []string{
	"Comment", "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description", "Metadata",
	"Properties", "Type", "UpdatePolicy", "UpdateReplacePolicy", "Version",
}

// readResources reads the Resources section.
func (t *Template) readResources(tree map[string]any) error {
	members, err := section(tree, "Resources", 0)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return malformed("At least one Resources member must be defined.")
	}
	if len(members) > maxResources {
		return malformed("Number of resources, %d, is greater than maximum allowed, %d", len(members), maxResources)
	}
	t.Resources = make(map[string]*Resource, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		r, err := readResource(name, members[name])
		if err != nil {
			return err
		}
		t.Resources[name] = r
	}
	return nil
}

// readResource reads one resource.
func readResource(name string, v any) (*Resource, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("Resource %s is malformed: every Resources member must be an object", name)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(resourceMembers, key) {
			return nil, Invalid("Invalid template resource property '%s'", key)
		}
	}
	r := &Resource{Name: name, CreationPolicy: m["CreationPolicy"], UpdatePolicy: m["UpdatePolicy"], Metadata: m["Metadata"]}
	if r.Type, ok = m["Type"].(string); !ok || r.Type == "" {
		return nil, malformed("[/Resources/%s] Every Resources object must contain a Type member.", name)
	}
	switch props := m["Properties"].(type) {
	case nil:
		r.Properties = map[string]any{}
	case map[string]any:
		r.Properties = props
	default:
		return nil, malformed("[/Resources/%s/Properties] Every Properties member must be an object.", name)
	}
	if err := r.readPolicies(m); err != nil {
		return nil, err
	}
	return r, nil
}

// readPolicies reads what says how a resource's life goes beside its type.
func (r *Resource) readPolicies(m map[string]any) error {
	var ok bool
	if c := m["Condition"]; c != nil {
		if r.Condition, ok = c.(string); !ok {
			return malformed("Every Condition member must be a string: resource %s", r.Name)
		}
	}
	switch d := m["DependsOn"].(type) {
	case nil:
	case string:
		r.DependsOn = []string{d}
	case []any:
		for _, e := range d {
			name, ok := e.(string)
			if !ok {
				return malformed("Every DependsOn value must be a string.")
			}
			r.DependsOn = append(r.DependsOn, name)
		}
	default:
		return malformed("DependsOn must be a string or list of strings.")
	}
	for key, into := range map[string]*string{"DeletionPolicy": &r.DeletionPolicy, "UpdateReplacePolicy": &r.UpdateReplacePolicy} {
		v := m[key]
		if v == nil {
			continue
		}
		if *into, ok = v.(string); !ok {
			return malformed("Every %s member must be a string.", key)
		}
		allowed := []string{"Delete", "Retain", "Snapshot"}
		if key == "DeletionPolicy" {
			allowed = append(allowed, "RetainExceptOnCreate")
		}
		if !slices.Contains(allowed, *into) {
			return malformed("Unrecognized %s %s for resource %s", key, *into, r.Name)
		}
	}
	return nil
}

// readOutputs reads the Outputs section.
func (t *Template) readOutputs(tree map[string]any) error {
	members, err := section(tree, "Outputs", maxOutputs)
	if err != nil {
		return err
	}
	t.Outputs = make(map[string]*Output, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		m, ok := members[name].(map[string]any)
		if !ok {
			return malformed("[/Outputs/%s] 'null' values are not allowed in templates", name)
		}
		value, ok := m["Value"]
		if !ok || value == nil {
			return malformed("Output %s is malformed. The Value member is missing.", name)
		}
		o := &Output{Name: name, Value: value}
		o.Description, _ = m["Description"].(string)
		o.Condition, _ = m["Condition"].(string)
		if e, ok := m["Export"].(map[string]any); ok {
			o.Export = e["Name"]
		}
		if m["Export"] != nil && o.Export == nil {
			return malformed("Output %s is malformed. The Name field of every Export member must be specified.", name)
		}
		t.Outputs[name] = o
	}
	return nil
}

// JSON writes a tree on one line, with members sorted and <, > and & as they are.
func JSON(tree any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return nil, fmt.Errorf("encode template: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Outline is New without looking at references, for trees whose transforms
// have not been run: they refer to what is not there yet.
func Outline(tree map[string]any) (*Template, error) {
	if err := checkSections(without(tree, "Globals")); err != nil {
		return nil, err
	}
	t := &Template{Metadata: tree["Metadata"], Transforms: transforms(tree["Transform"]), Resources: map[string]*Resource{}}
	t.Description, _ = tree["Description"].(string)
	if err := t.readParameters(tree); err != nil {
		return nil, err
	}
	members, _ := tree["Resources"].(map[string]any)
	if len(members) == 0 {
		return nil, malformed("At least one Resources member must be defined.")
	}
	for name, v := range members {
		m, ok := v.(map[string]any)
		if !ok {
			continue // a loop
		}
		r := &Resource{Name: name}
		r.Type, _ = m["Type"].(string)
		if r.Type == "" {
			return nil, malformed("[/Resources/%s] Every Resources object must contain a Type member.", name)
		}
		r.Properties, _ = m["Properties"].(map[string]any)
		t.Resources[name] = r
	}
	return t, nil
}

// without copies a tree without one member.
func without(tree map[string]any, name string) map[string]any {
	out := maps.Clone(tree)
	delete(out, name)
	return out
}
