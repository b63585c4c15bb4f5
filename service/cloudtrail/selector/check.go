package selector

import (
	"fmt"
	"slices"
	"strings"
)

const (
	maxBasic     = 5
	maxResources = 250
	maxValues    = 500
)

// Check tells what is wrong with a set, in words for the caller; empty if
// nothing is.
func (s *Set) Check() string {
	if len(s.Basic) > 0 && len(s.Advanced) > 0 {
		return "Specify either EventSelectors or AdvancedEventSelectors, but not both."
	}
	if len(s.Basic)+len(s.Advanced) == 0 {
		return "At least one event selector must be specified."
	}
	if problem := checkBasic(s.Basic); problem != "" {
		return problem
	}
	values := 0
	for i := range s.Advanced {
		if problem := s.Advanced[i].check(); problem != "" {
			return problem
		}
		for _, f := range s.Advanced[i].Fields {
			for _, list := range f.lists() {
				values += len(list)
			}
		}
	}
	if values > maxValues {
		return fmt.Sprintf("The number of values for all conditions and selectors on a trail cannot exceed %d.", maxValues)
	}
	return ""
}

// checkBasic tells what is wrong with basic selectors.
func checkBasic(list []Basic) string {
	if len(list) > maxBasic {
		return fmt.Sprintf("The number of event selectors cannot exceed %d.", maxBasic)
	}
	resources := 0
	for _, b := range list {
		if !slices.Contains([]string{"", "All", "ReadOnly", "WriteOnly"}, b.ReadWrite) {
			return "Invalid ReadWriteType: " + b.ReadWrite + "."
		}
		for _, source := range b.Exclude {
			if source != "kms.amazonaws.com" && source != "rdsdata.amazonaws.com" {
				return "Invalid ExcludeManagementEventSources value: " + source + "."
			}
		}
		if len(b.Exclude) > 0 && !b.Management {
			return "ExcludeManagementEventSources can only be set when IncludeManagementEvents is true."
		}
		for _, d := range b.Data {
			problem, n := d.check()
			if problem != "" {
				return problem
			}
			resources += n
		}
	}
	if resources > maxResources {
		return fmt.Sprintf("The total number of data resources cannot exceed %d across all event selectors in a trail.", maxResources)
	}
	return ""
}

// check tells what is wrong with a data resource, and how many resources it
// counts for: all of a service's are none.
func (d *DataResource) check() (problem string, n int) {
	service, ok := map[string]string{"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda", "AWS::DynamoDB::Table": "dynamodb"}[d.Type]
	if !ok {
		return "Invalid data resource type: " + d.Type + ". Valid values are AWS::S3::Object, AWS::Lambda::Function and AWS::DynamoDB::Table.", 0
	}
	if len(d.Values) == 0 {
		return "A data resource must have at least one value.", 0
	}
	for _, v := range d.Values {
		parts := strings.Split(v, ":")
		switch {
		case len(parts) < 3 || parts[0] != "arn" || parts[2] != service:
			return "Value " + v + " for DataResources.Values is invalid.", 0
		case len(parts) == 3 || service == "s3" && strings.HasSuffix(v, ":::"):
		case len(parts) < 6, service == "s3" && !strings.Contains(parts[5], "/"):
			return "Value " + v + " for DataResources.Values is invalid.", 0
		default:
			n++
		}
	}
	return "", n
}

// lists are the operands of all operators.
func (f *Field) lists() [][]string {
	return [][]string{f.Equals, f.StartsWith, f.EndsWith, f.NotEquals, f.NotStartsWith, f.NotEndsWith}
}

// onlyEquals tells whether nothing but Equals is used.
func (f *Field) onlyEquals() bool {
	n := 0
	for _, list := range f.lists() {
		n += len(list)
	}
	return len(f.Equals) == n
}

// check tells what is wrong with an advanced selector.
func (a *Advanced) check() string {
	if len(a.Fields) == 0 {
		return "Field selectors are required in an advanced event selector."
	}
	seen := map[string]*Field{}
	for i := range a.Fields {
		f := &a.Fields[i]
		if seen[f.Name] != nil {
			return "The field " + f.Name + " can be used only once in an advanced event selector."
		}
		seen[f.Name] = f
		if problem := f.check(); problem != "" {
			return problem
		}
	}
	category := seen["eventCategory"]
	if category == nil {
		return "The field eventCategory is required in an advanced event selector."
	}
	return a.checkCategory(category.Equals[0], seen)
}

// check tells what is wrong with one field.
func (f *Field) check() string {
	n := 0
	for _, list := range f.lists() {
		n += len(list)
	}
	if n == 0 {
		return "The field " + f.Name + " must have at least one operator with a value."
	}
	switch f.Name {
	case "eventCategory", "readOnly", "resources.type", "sessionCredentialFromConsole":
		if !f.onlyEquals() || len(f.Equals) != 1 {
			return "The field " + f.Name + " can only use the Equals operator, with one value."
		}
	case "eventName", "eventSource", "eventType", "resources.ARN", "userIdentity.arn", "errorCode", "vpcEndpointId":
		return ""
	default:
		return "Invalid field: " + f.Name + "."
	}
	if (f.Name == "readOnly" || f.Name == "sessionCredentialFromConsole") && f.Equals[0] != "true" && f.Equals[0] != "false" {
		return "The field " + f.Name + " can only be true or false."
	}
	return ""
}

// checkCategory holds the fields against what their category has.
func (a *Advanced) checkCategory(category string, fields map[string]*Field) string {
	allowed := map[string][]string{
		"Management":      {"eventCategory", "readOnly", "eventSource", "eventName", "eventType", "userIdentity.arn", "sessionCredentialFromConsole"},
		"Data":            {"eventCategory", "readOnly", "eventSource", "eventName", "eventType", "resources.type", "resources.ARN", "userIdentity.arn", "sessionCredentialFromConsole"},
		"NetworkActivity": {"eventCategory", "eventSource", "eventName", "errorCode", "vpcEndpointId"},
	}[category]
	if allowed == nil {
		return "Invalid value for eventCategory: " + category + "."
	}
	for i := range a.Fields {
		if name := a.Fields[i].Name; !slices.Contains(allowed, name) {
			return "The field " + name + " is not supported for events of the category " + category + "."
		}
	}
	switch {
	case category == "Data" && fields["resources.type"] == nil:
		return "The field resources.type is required for data events."
	case category == "Data" && !strings.HasPrefix(fields["resources.type"].Equals[0], "AWS::"):
		return "Invalid value for resources.type: " + fields["resources.type"].Equals[0] + "."
	case category == "NetworkActivity" && fields["eventSource"] == nil:
		return "The field eventSource is required for network activity events."
	}
	return ""
}
