package apigateway

import (
	"regexp"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxResources is how many resources an API has, its root among them.
const maxResources = 300

// pathPart is what may stand between the slashes of a resource's path.
var pathPart = regexp.MustCompile(`^([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

// addResource adds a resource with this id below another.
func addResource(tx *kv.Tx, at service.Home, apiID, id, parentID, part string) (r api.Resource, err error) {
	parent, err := resources().Need(tx, at, apiID, parentID)
	if err != nil {
		return r, err
	}
	all, err := resources().All(tx, at, apiID)
	if err != nil {
		return r, err
	}
	if len(all) >= maxResources {
		return r, limitExceeded("Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.")
	}
	r = api.Resource{Id: &id, ParentId: &parentID, PathPart: &part, Path: new(join(*parent.Path, part))}
	if err := checkPlace(&r, &parent, all); err != nil {
		return r, err
	}
	return r, resources().Put(tx, r, at, apiID, id)
}

// join is the path of a part below a path.
func join(parent, part string) string { return strings.TrimSuffix(parent, "/") + "/" + part }

// checkPlace tells whether a resource may stand below parent, beside the others
// that are there.
func checkPlace(r, parent *api.Resource, all []api.Resource) error {
	part := *r.PathPart
	if !pathPart.MatchString(part) {
		return badRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
	}
	if strings.HasSuffix(value(parent.PathPart), "+}") {
		return badRequest("Cannot create a child of a resource with a greedy path variable: %s", *parent.PathPart)
	}
	for i := range all {
		other := &all[i]
		if value(other.ParentId) != *parent.Id || *other.Id == *r.Id {
			continue
		}
		if *other.PathPart == part {
			return conflict("Another resource with the same parent already has this name: %s", part)
		}
		if strings.HasPrefix(part, "{") && strings.HasPrefix(*other.PathPart, "{") {
			return badRequest("A sibling (%s) of this resource already has a variable path part -- only one is allowed", *other.PathPart)
		}
	}
	return nil
}
