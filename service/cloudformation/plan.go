package cloudformation

import (
	"maps"
	"slices"

	"maru.dev/maru/service/cloudformation/template"
)

// planApply returns the steps that bring resources to a template: one for each
// that is to be there, after those that it uses.
func planApply(needs map[string][]string) []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(needs)) {
		steps = append(steps, step{Key: name, Logical: name, Needs: needs[name]})
	}
	return steps
}

// oldMark ends the key of a step that removes what a resource was before.
const oldMark = "/old"

// planDelete returns the steps that remove resources: all of them, each after
// those that use it.
func planDelete(resources map[string]*resource) []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		r := resources[name]
		if r.Now != nil {
			steps = append(steps, step{Key: name, Logical: name, Target: *r.Now})
		}
		if old := r.Before; old != nil && (r.Now == nil || old.ID != r.Now.ID) {
			steps = append(steps, step{Key: name + oldMark, Logical: name, Target: *old})
		}
	}
	return reverseNeeds(steps, resources)
}

// reverseNeeds makes each step wait for the steps of those that use its resource.
func reverseNeeds(steps []step, resources map[string]*resource) []step {
	users := map[string][]string{}
	for i := range steps {
		for _, used := range resources[steps[i].Logical].Needs {
			users[used] = append(users[used], steps[i].Key)
		}
	}
	for i := range steps {
		for _, u := range users[steps[i].Logical] {
			if u != steps[i].Key {
				steps[i].Needs = append(steps[i].Needs, u)
			}
		}
	}
	return steps
}

// planCleanup returns the steps that remove what an update left behind: the
// resources that the template no longer has, and what was replaced.
func planCleanup(resources map[string]*resource, live map[string]*template.Resource) []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		r := resources[name]
		if live[name] == nil && r.Now != nil {
			steps = append(steps, step{Key: name, Logical: name, Target: *r.Now})
			continue
		}
		if old := r.Before; old != nil && r.Now != nil && old.ID != r.Now.ID {
			steps = append(steps, step{Key: name + oldMark, Logical: name, Target: *old})
		}
	}
	return reverseNeeds(steps, resources)
}

// planRevert returns the steps that bring back what an update changed, each
// after those that use it.
func planRevert(resources map[string]*resource, skip []string) []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		r := resources[name]
		if r.Touched && r.Before != nil && !slices.Contains(skip, name) {
			steps = append(steps, step{Key: name, Logical: name})
		}
	}
	return reverseNeeds(steps, resources)
}

// planRevertCleanup returns the steps that remove what an update made that was
// rolled back: new resources, and the replacements of old ones, which the
// roll-back has put in their place.
func planRevertCleanup(resources map[string]*resource) []step {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		r := resources[name]
		switch {
		case !r.Touched || r.Now == nil:
		case r.Before == nil:
			steps = append(steps, step{Key: name, Logical: name, Target: *r.Now})
		case r.Before.ID != r.Now.ID:
			steps = append(steps, step{Key: name + oldMark, Logical: name, Target: *r.Before})
		}
	}
	return reverseNeeds(steps, resources)
}
