// Package method holds the rules of a REST API's methods: of what they take, of
// what their integrations do with it, and of what they answer.
package method

import (
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
)

// The longest and the shortest that an integration may take.
const (
	minTimeout = 50     // ms
	maxTimeout = 29_000 // ms
)

// verbs are the names that methods may have.
func verbs() []string {
	return []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
}

// Complete gives an integration what it has where nothing was said.
func Complete(i *api.Integration, resourceID string) {
	if i.PassthroughBehavior == nil {
		i.PassthroughBehavior = new("WHEN_NO_MATCH")
	}
	if i.TimeoutInMillis == nil {
		i.TimeoutInMillis = new(int32(maxTimeout))
	}
	if i.CacheNamespace == nil {
		i.CacheNamespace = &resourceID
	}
	if i.CacheKeyParameters == nil {
		i.CacheKeyParameters = []string{}
	}
}

// Check holds a method with all its parts against the rules.
func Check(m *api.Method) error {
	if !slices.Contains(verbs(), *m.HttpMethod) {
		return fault.BadRequest("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY")
	}
	return nil
}
