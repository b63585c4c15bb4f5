package ecr

import (
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// registry is what holds repositories: an account has one in each region.
type registry struct{ Account, Region string }

// key begins as all keys of a registry.
func (h registry) key(parts ...any) kv.Key {
	return kv.NewKey(h.Account, h.Region, "ecr").With(parts...)
}

// repositoryKey is a repository's row.
func (h registry) repositoryKey(name string) kv.Key { return h.key("r", name) }

// lifecycleKey is the row of a repository's lifecycle policy.
func (h registry) lifecycleKey(name string) kv.Key { return h.key("l", name) }

// policyKey is the row of a repository's policy.
func (h registry) policyKey(name string) kv.Key { return h.key("p", name) }

// counterKey counts the repositories.
func (h registry) counterKey() kv.Key { return h.key("c") }

// arnOf is a repository's ARN.
func (h registry) arnOf(name string) string {
	return arn.New("ecr", h.Region, h.Account, "repository/"+name)
}

// uriOf is where the images of a repository would be pushed to and pulled from.
func (h registry) uriOf(name string) string {
	return h.Account + ".dkr.ecr." + h.Region + ".amazonaws.com/" + name
}
