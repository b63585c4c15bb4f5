package sts

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	api "maru.dev/maru/api/sts"
)

// Limits of what a session is narrowed by.
const (
	maxPolicy     = 2048
	maxPolicyARNs = 10
)

// checkSession checks a session's policies and tags for their form.
func checkSession(policy *string, arns []api.PolicyDescriptorType, tags []api.Tag) error {
	if policy != nil {
		if len(*policy) > maxPolicy {
			return &api.PackedPolicyTooLargeException{Message: "PackedPolicySize exceeds the allowed size."}
		}
		if v := jsontext.Value(*policy); !v.IsValid() || v.Kind() != '{' || !strings.Contains(*policy, `"Statement"`) {
			return &api.MalformedPolicyDocumentException{Message: "Syntax errors in policy."}
		}
	}
	if len(arns) > maxPolicyARNs {
		return invalid("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		key := strings.ToLower(t.Key)
		if seen[key] {
			return invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[key] = true
	}
	return nil
}

// packedSize is the share, in percent, of the room that a session's policies
// and tags take. AWS packs them in a way that it does not tell; this is an
// upper bound of the plain text.
func packedSize(policy *string, arns []api.PolicyDescriptorType, tags []api.Tag) *int32 {
	n := 0
	if policy != nil {
		n += len(*policy)
	}
	for _, a := range arns {
		if a.Arn != nil {
			n += len(*a.Arn)
		}
	}
	for _, t := range tags {
		n += len(t.Key) + len(t.Value)
	}
	if n == 0 {
		return nil
	}
	return new(int32(min(100, 1+n*100/4096)))
}
