package apigateway

import (
	"regexp"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxResources is how many resources an API has, its root among them.
const maxResources = 300

// pathPart is what may stand between the slashes of a resource's path.
var pathPart = regexp.MustCompile(`^([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

// tree is all the resources of an API, in no order.
type tree []api.Resource

// loadTree reads the resources of an API.
func loadTree(tx *kv.Tx, at service.Home, apiID string) (tree, error) {
	return resources().All(tx, at, apiID)
}

// at finds a resource; nil for one that is not there.
func (t tree) at(id string) *api.Resource {
	for i := range t {
		if *t[i].Id == id {
			return &t[i]
		}
	}
	return nil
}

// below are a resource and all that are below it: those before their own.
func (t tree) below(r *api.Resource) []*api.Resource {
	list := []*api.Resource{r}
	for i := range t {
		if t[i].ParentId != nil && *t[i].ParentId == *r.Id {
			list = append(list, t.below(&t[i])...)
		}
	}
	return list
}

// check tells whether a resource may stand where it says, beside the others.
func (t tree) check(r *api.Resource) error {
	part, parent := *r.PathPart, t.at(*r.ParentId)
	if parent == nil {
		return notFound("Invalid Resource identifier specified")
	}
	if !pathPart.MatchString(part) {
		return badRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
	}
	if strings.HasSuffix(wire.Value(parent.PathPart), "+}") {
		return badRequest("Cannot create a child of a resource with a greedy path variable: %s", *parent.PathPart)
	}
	for i := range t {
		other := &t[i]
		if wire.Value(other.ParentId) != *r.ParentId || *other.Id == *r.Id {
			continue
		}
		if *other.PathPart == part {
			return conflict("Another resource with the same parent already has this name: %s", part)
		}
		if part[0] == '{' && (*other.PathPart)[0] == '{' {
			return badRequest("A sibling (%s) of this resource already has a variable path part -- only one is allowed", *other.PathPart)
		}
	}
	return nil
}

// place gives a resource and all below it their paths, by those of their parents.
func (t tree) place(r *api.Resource) {
	for _, each := range t.below(r) {
		if each.ParentId != nil {
			each.Path = new(strings.TrimSuffix(*t.at(*each.ParentId).Path, "/") + "/" + *each.PathPart)
		}
	}
}

// addResource adds a resource with this id below another.
func addResource(tx *kv.Tx, at service.Home, apiID, id, parentID, part string) (r api.Resource, err error) {
	all, err := loadTree(tx, at, apiID)
	if err != nil {
		return r, err
	}
	return all.add(tx, at, apiID, id, parentID, part)
}

// add adds a resource with this id below another, to the API as well.
func (t *tree) add(tx *kv.Tx, at service.Home, apiID, id, parentID, part string) (api.Resource, error) {
	r := api.Resource{Id: &id, ParentId: &parentID, PathPart: &part}
	if err := t.check(&r); err != nil {
		return r, err
	}
	if len(*t) >= maxResources {
		return r, limitExceeded("Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources.")
	}
	t.place(&r)
	*t = append(*t, r)
	return r, resources().Put(tx, r, at, apiID, id)
}
