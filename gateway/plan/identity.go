package plan

import "strings"

// ValidIdentitySource tells where an authorizer may find who calls: a header,
// a query parameter, a stage variable or something of the context.
func ValidIdentitySource(s string) bool {
	if !strings.HasPrefix(s, "$") || strings.HasPrefix(s, "${") {
		return false
	}
	v, err := ParseValue(s, OfRequest)
	if err != nil {
		return false
	}
	ref, ok := v.Only()
	if !ok {
		return false
	}
	switch ref.From {
	case RequestHeader, RequestQuery, ContextValue, StageVariable:
		return true
	}
	return false
}
