package cloudformation

import (
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/service/cloudformation/template"
)

// nameable are the IAM resources that need CAPABILITY_NAMED_IAM when a
// template names them, with the property that does.
var nameable = map[string]string{
	"AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName",
	"AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
}

// iamTypes are the resources that can give permissions away.
var iamTypes = []string{
	"AWS::IAM::AccessKey", "AWS::IAM::Group", "AWS::IAM::InstanceProfile", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy",
	"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::UserToGroupAddition",
}

// neededCapability is what a template's IAM resources need, with the types
// that need it.
func neededCapability(t *template.Template) (capability string, types []string) {
	seen := map[string]bool{}
	for _, r := range t.Resources {
		if !slices.Contains(iamTypes, r.Type) {
			continue
		}
		seen[r.Type] = true
		if capability == "" {
			capability = "CAPABILITY_IAM"
		}
		if p := nameable[r.Type]; p != "" && r.Properties[p] != nil {
			capability = "CAPABILITY_NAMED_IAM"
		}
	}
	return capability, slices.Sorted(maps.Keys(seen))
}

// missingCapabilities are those that a template needs and that were not given.
// The stronger IAM capability includes the other.
func missingCapabilities(t *template.Template, transformed bool, given []string) []string {
	var missing []string
	need, _ := neededCapability(t)
	has := slices.Contains(given, need) || need == "CAPABILITY_IAM" && slices.Contains(given, "CAPABILITY_NAMED_IAM")
	if need != "" && !has {
		missing = append(missing, need)
	}
	if transformed && !slices.Contains(given, "CAPABILITY_AUTO_EXPAND") {
		missing = append(missing, "CAPABILITY_AUTO_EXPAND")
	}
	return missing
}

// insufficient is the answer to a request that lacks capabilities.
func insufficient(missing []string) error {
	return &api.InsufficientCapabilitiesException{Message: "Requires capabilities : [" + strings.Join(missing, ", ") + "]"}
}
