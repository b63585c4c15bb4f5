package template

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"maru.dev/maru/pattern/entire"
)

// Parameter is one member of the Parameters section.
type Parameter struct {
	Name                  string
	Type                  string
	Description           string
	Default               *string
	AllowedValues         []string
	AllowedPattern        string
	ConstraintDescription string
	NoEcho                bool

	minLength, maxLength *int
	minValue, maxValue   *float64
	pattern              *regexp.Regexp
}

// ssmValue and its list are the types whose values are read from Parameter Store.
const ssmValue = "AWS::SSM::Parameter::Value<"

// maxParameterValue is the longest value of a parameter, in bytes.
const maxParameterValue = 4096

// parameterMembers are what a parameter may have.
var parameterMembers = []string{
	"AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description",
	"MaxLength", "MaxValue", "MinLength", "MinValue", "NoEcho", "Type",
}

// plainTypes are the parameter types that are text or lists of it and whose
// values name nothing that could be looked up.
var plainTypes = []string{"String", "Number", "List<Number>", "List<String>", "CommaDelimitedList"}

// awsTypes are the types of parameters that name something of AWS, alone or in
// a List<> or an AWS::SSM::Parameter::Value<>.
var awsTypes = []string{
	"AWS::EC2::AvailabilityZone::Name", "AWS::EC2::Image::Id", "AWS::EC2::Instance::Id", "AWS::EC2::KeyPair::KeyName",
	"AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::SecurityGroup::Id", "AWS::EC2::Subnet::Id", "AWS::EC2::Volume::Id",
	"AWS::EC2::VPC::Id", "AWS::Route53::HostedZone::Id", "AWS::SSM::Parameter::Name",
}

// knownType tells whether a parameter may have a type.
func knownType(t string) bool {
	if inner, ok := strings.CutPrefix(t, ssmValue); ok {
		inner, closed := strings.CutSuffix(inner, ">")
		return closed && knownType(inner) && !strings.HasPrefix(inner, ssmValue)
	}
	if slices.Contains(plainTypes, t) || slices.Contains(awsTypes, t) {
		return true
	}
	inner, ok := strings.CutPrefix(t, "List<")
	inner, closed := strings.CutSuffix(inner, ">")
	return ok && closed && slices.Contains(awsTypes, inner)
}

// Stored tells whether the parameter's value is the name of another parameter,
// in Parameter Store, that holds what expressions see.
func (p *Parameter) Stored() bool { return strings.HasPrefix(p.Type, ssmValue) }

// List tells whether expressions see a list.
func (p *Parameter) List() bool {
	t := strings.TrimPrefix(p.Type, ssmValue)
	return strings.HasPrefix(t, "List<") || strings.HasPrefix(t, "CommaDelimitedList")
}

// readParameters reads the Parameters section.
func (t *Template) readParameters(tree map[string]any) error {
	members, err := section(tree, "Parameters", maxParameters)
	if err != nil {
		return err
	}
	t.Parameters = make(map[string]*Parameter, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		p, err := readParameter(name, members[name])
		if err != nil {
			return err
		}
		t.Parameters[name] = p
	}
	return nil
}

// readParameter reads one parameter and holds its default against its
// constraints.
func readParameter(name string, v any) (*Parameter, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, malformed("Every Parameters member must be an object: %s", name)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(parameterMembers, key) {
			return nil, Invalid("Invalid template parameter property '%s'", key)
		}
	}
	p := &Parameter{Name: name}
	if p.Type, ok = m["Type"].(string); !ok {
		return nil, malformed("Every Parameters object must contain a Type member.")
	}
	if !knownType(p.Type) {
		return nil, malformed("Unrecognized parameter type: %s", p.Type)
	}
	p.Description, _ = m["Description"].(string)
	p.ConstraintDescription, _ = m["ConstraintDescription"].(string)
	p.NoEcho = strings.EqualFold(scalarText(m["NoEcho"]), "true")
	if err := p.readConstraints(m); err != nil {
		return nil, err
	}
	if d, ok := m["Default"]; ok && d != nil {
		text, err := parameterText(d)
		if err != nil {
			return nil, malformed("Every Default member must be a string.")
		}
		p.Default = &text
		if !p.Stored() {
			return p, p.Check(text)
		}
	}
	return p, nil
}

// readConstraints reads what values are held against.
func (p *Parameter) readConstraints(m map[string]any) error {
	if v, ok := m["AllowedValues"]; ok {
		list, ok := v.([]any)
		if !ok {
			return malformed("Every AllowedValues member must be a list.")
		}
		for _, e := range list {
			p.AllowedValues = append(p.AllowedValues, scalarText(e))
		}
	}
	p.AllowedPattern, _ = m["AllowedPattern"].(string)
	if p.AllowedPattern != "" {
		re, err := entire.Compile(p.AllowedPattern)
		if err != nil {
			return malformed("AllowedPattern of parameter %s is not a valid regular expression", p.Name)
		}
		p.pattern = re
	}
	for key, into := range map[string]**float64{"MinValue": &p.minValue, "MaxValue": &p.maxValue} {
		if err := bound(m, key, into); err != nil {
			return err
		}
	}
	for key, into := range map[string]**int{"MinLength": &p.minLength, "MaxLength": &p.maxLength} {
		var f *float64
		if err := bound(m, key, &f); err != nil {
			return err
		}
		if f != nil {
			*into = new(int(*f))
		}
	}
	return nil
}

// bound reads a number that limits a parameter.
func bound(m map[string]any, key string, into **float64) error {
	v, ok := m[key]
	if !ok {
		return nil
	}
	f, err := strconv.ParseFloat(scalarText(v), 64)
	if err != nil {
		return malformed("Every %s member must be a number.", key)
	}
	*into = &f
	return nil
}

// parameterText is a value of the template as a parameter's text. A list, as
// YAML may give for a CommaDelimitedList, is joined.
func parameterText(v any) (string, error) {
	if list, ok := v.([]any); ok {
		parts := make([]string, 0, len(list))
		for _, e := range list {
			parts = append(parts, scalarText(e))
		}
		return strings.Join(parts, ","), nil
	}
	if _, ok := v.(map[string]any); ok {
		return "", malformed("not a scalar")
	}
	return scalarText(v), nil
}

// scalarText is a scalar as text; anything else is empty.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// Check holds a value against the parameter's constraints.
func (p *Parameter) Check(value string) error {
	if len(value) > maxParameterValue {
		return Invalid("Template validation error: Parameter '%s' value exceeds the maximum length of %d bytes", p.Name, maxParameterValue)
	}
	values := []string{value}
	if p.List() && !p.Stored() {
		values = splitList(value)
	}
	for _, v := range values {
		if reason := p.reject(v); reason != "" {
			if p.ConstraintDescription != "" {
				return Invalid("Parameter %s failed to satisfy constraint: %s", p.Name, p.ConstraintDescription)
			}
			return Invalid("Parameter '%s' %s", p.Name, reason)
		}
	}
	return nil
}

// reject says what is wrong with a value; "" when nothing is.
func (p *Parameter) reject(v string) string {
	if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, v) {
		return "must be one of AllowedValues"
	}
	if p.Type == "Number" || p.Type == "List<Number>" {
		f, err := strconv.ParseFloat(v, 64)
		switch {
		case err != nil:
			return "must be a number"
		case p.minValue != nil && f < *p.minValue:
			return "must be a number not less than " + strconv.FormatFloat(*p.minValue, 'f', -1, 64)
		case p.maxValue != nil && f > *p.maxValue:
			return "must be a number not greater than " + strconv.FormatFloat(*p.maxValue, 'f', -1, 64)
		}
	}
	switch n := utf8.RuneCountInString(v); {
	case p.minLength != nil && n < *p.minLength:
		return "must contain at least " + strconv.Itoa(*p.minLength) + " characters"
	case p.maxLength != nil && n > *p.maxLength:
		return "must contain at most " + strconv.Itoa(*p.maxLength) + " characters"
	}
	if p.pattern != nil && !p.pattern.MatchString(v) {
		return "must match pattern " + p.AllowedPattern
	}
	return ""
}

// splitList cuts a list's text at its commas.
func splitList(v string) []string {
	if v == "" {
		return nil
	}
	parts := strings.Split(v, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// Value is what expressions see of a parameter whose text is v: the text, or a
// list of it.
func (p *Parameter) Value(v string) any {
	if !p.List() {
		return v
	}
	list := []any{}
	for _, e := range splitList(v) {
		list = append(list, e)
	}
	return list
}

// Supplied completes the values given for a template's parameters with the
// defaults, and checks them all.
func (t *Template) Supplied(given map[string]string) (map[string]string, error) {
	var unknown, missing []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if t.Parameters[name] == nil {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, Invalid("Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	}
	out := make(map[string]string, len(t.Parameters))
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		p := t.Parameters[name]
		v, ok := given[name]
		switch {
		case ok:
		case p.Default != nil:
			v = *p.Default
		default:
			missing = append(missing, name)
			continue
		}
		out[name] = v
	}
	if len(missing) > 0 {
		return nil, Invalid("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if p := t.Parameters[name]; !p.Stored() {
			if err := p.Check(out[name]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
