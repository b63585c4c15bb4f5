package ssm

import (
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/wire"
)

// filter is one condition on parameters.
type filter struct {
	key, option string
	values      []string
}

// readFilters holds a request's filters against the rules. byPath are those of
// GetParametersByPath, which knows fewer keys.
func readFilters(given []api.ParameterStringFilter, byPath bool) ([]filter, error) {
	var list []filter
	for _, g := range given {
		f := filter{key: g.Key, option: wire.Value(g.Option), values: g.Values}
		if slices.ContainsFunc(list, func(o filter) bool { return o.key == f.key }) {
			return nil, badKey("The following filter is duplicated in the request: %s. A request can contain only one occurrence of a specific filter.", f.key)
		}
		if err := f.check(byPath); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// badKey, badOption and badValue are the errors of filters.
func badKey(format string, args ...any) error {
	return &api.InvalidFilterKey{Message: fmt.Sprintf(format, args...)}
}

func badOption(format string, args ...any) error {
	return &api.InvalidFilterOption{Message: fmt.Sprintf(format, args...)}
}

func badValue(format string, args ...any) error {
	return &api.InvalidFilterValue{Message: fmt.Sprintf(format, args...)}
}

// check holds one filter against the rules, and gives it its default option.
func (f *filter) check(byPath bool) error {
	keys := []string{"Path", "Name", "Type", "KeyId", "Tier", "DataType"}
	if byPath {
		keys = []string{"Type", "KeyId", "Label", "DataType"}
	}
	isTag := strings.HasPrefix(f.key, "tag:") && !byPath
	if !isTag && !slices.Contains(keys, f.key) {
		return badKey("The following filter key is not valid: %s. Valid filter keys include: [%s].", f.key, strings.Join(keys, ", "))
	}
	if len(f.values) == 0 && !isTag {
		return badValue("The following filter values are missing : null for filter key %s.", f.key)
	}
	options := []string{"BeginsWith", "Equals"}
	switch {
	case f.key == "Path":
		options = []string{"Recursive", "OneLevel"}
		for _, path := range f.values {
			if err := checkPath(path); err != nil {
				return err
			}
		}
	case f.key == "Name":
		options = append(options, "Contains")
	case f.key == "Type" || f.key == "Tier" || f.key == "Label" || isTag:
		options = []string{"Equals"}
	}
	if f.option == "" {
		f.option = "Equals"
		if f.key == "Path" {
			f.option = "OneLevel"
		}
	}
	if !slices.Contains(options, f.option) {
		return badOption("The following filter option is not valid: %s. Valid options include: [%s].", f.option, strings.Join(options, ", "))
	}
	return f.checkValues()
}

// checkValues holds the values of enumerated keys against their enumerations.
func (f *filter) checkValues() error {
	var valid []string
	switch f.key {
	case "Type":
		valid = []string{api.ParameterTypeString, api.ParameterTypeStringList, api.ParameterTypeSecureString}
	case "Tier":
		valid = []string{api.ParameterTierStandard, api.ParameterTierAdvanced, api.ParameterTierIntelligentTiering}
	default:
		return nil
	}
	for _, v := range f.values {
		if !slices.Contains(valid, v) {
			return badOption("The following filter value is not valid: %s. Valid values include: [%s].", v, strings.Join(valid, ", "))
		}
	}
	return nil
}

// matches says whether a parameter meets the condition. Labels are met by a
// version, not by a parameter: see labelled.
func (f *filter) matches(p *parameter) bool {
	var value string
	switch f.key {
	case "Path":
		return slices.ContainsFunc(f.values, func(path string) bool { return under(p.Name, path, f.option == "Recursive") })
	case "Name":
		value = p.Name
	case "Type":
		value = p.Newest.Type
	case "KeyId":
		value = p.Newest.KeyID
	case "Tier":
		value = p.Newest.Tier
	case "DataType":
		value = p.Newest.DataType
	case "Label":
		return true
	default:
		tag, ok := p.Tags[strings.TrimPrefix(f.key, "tag:")]
		return ok && (len(f.values) == 0 || slices.Contains(f.values, tag))
	}
	return slices.ContainsFunc(f.values, func(want string) bool {
		if f.key == "Name" { // a name's first slash may be left out
			want, value = strings.TrimPrefix(want, "/"), strings.TrimPrefix(value, "/")
		}
		switch f.option {
		case "BeginsWith":
			return strings.HasPrefix(value, want)
		case "Contains":
			return strings.Contains(value, want)
		}
		return value == want
	})
}

// matchesAll says whether a parameter meets all conditions.
func matchesAll(list []filter, p *parameter) bool {
	return !slices.ContainsFunc(list, func(f filter) bool { return !f.matches(p) })
}
