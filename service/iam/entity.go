package iam

import (
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// prefixes of unique ids, by kind.
var idPrefix = map[kind]string{user: "AIDA", role: "AROA", group: "AGPA"}

// accountQuota is how many of a kind an account may have.
func accountQuota(k kind) (name string, limit int) {
	switch k {
	case user:
		return "UsersPerAccount", 5000
	case group:
		return "GroupsPerAccount", 300
	case role:
		return "RolesPerAccount", 1000
	}
	return "", 0
}

// load reads an entity that must be there.
func (t *table) load(k kind, name string) (*entity, error) {
	e, ok, err := kv.Get[entity](t.tx, t.entityKey(k, name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load %s: %w", k, err)
	case !ok:
		return nil, noEntity(k, name)
	}
	return &e, nil
}

// save writes an entity.
func (t *table) save(k kind, e *entity) error { return kv.Put(t.tx, t.entityKey(k, e.Name), *e) }

// insert writes a new entity, whose name must be free and for which the
// account must have room.
func (t *table) insert(k kind, e *entity) error {
	_, taken, err := t.tx.Get(t.entityKey(k, e.Name))
	if err != nil {
		return fmt.Errorf("look for %s: %w", k, err)
	}
	if taken {
		return exists("%s with name %s already exists.", k.title(), e.Name)
	}
	what, limit := accountQuota(k)
	if err := t.take(string(k), what, limit); err != nil {
		return err
	}
	return t.save(k, e)
}

// take counts one more of what an account may have only so many of.
func (t *table) take(counter, what string, limit int) error {
	n, err := t.tx.Count(t.countKey(counter))
	if err != nil {
		return fmt.Errorf("count %s: %w", counter, err)
	}
	if n >= int64(limit) {
		return quota(what, limit)
	}
	return t.tx.Add(t.countKey(counter), 1)
}

// remove deletes an entity on which nothing hangs any more.
func (t *table) remove(k kind, e *entity) error {
	if err := t.setBoundary(k, e, ""); err != nil {
		return err
	}
	if err := t.tx.Add(t.countKey(string(k)), -1); err != nil {
		return err
	}
	return t.tx.Delete(t.entityKey(k, e.Name))
}

// bare refuses to delete an entity that still has policies.
func (t *table) bare(k kind, e *entity) error {
	attached, err := t.some(t.key("attached", string(k), fold(e.Name)))
	if err != nil {
		return err
	}
	if attached {
		return conflict("Cannot delete entity, must detach all policies first.")
	}
	inline, err := t.some(t.key("inline", string(k), fold(e.Name)))
	if err != nil {
		return err
	}
	if inline {
		return conflict("Cannot delete entity, must delete policies first.")
	}
	return nil
}

// setBoundary changes an entity's permissions boundary, and who is found by
// the policy. It does not save the entity.
func (t *table) setBoundary(k kind, e *entity, arn string) error {
	if e.Boundary != "" {
		if err := t.tx.Delete(t.boundedKey(e.Boundary, k, e.Name)); err != nil {
			return err
		}
	}
	e.Boundary = arn
	if arn == "" {
		return nil
	}
	if _, err := t.resolve(arn); err != nil {
		return err
	}
	return kv.Put(t.tx, t.boundedKey(arn, k, e.Name), attachment{
		PolicyARN: arn, Kind: k, EntityName: e.Name, EntityID: e.ID, EntityPath: e.Path,
	})
}

// arnOf names an entity or a policy.
func (t *table) arnOf(what, path, name string) string {
	return "arn:aws:iam::" + t.account + ":" + what + path + name
}

// maxTags is how many tags a thing may have.
const maxTags = 50

// tagsIn reads the tags of a request. Keys are told apart without regard to
// case.
func tagsIn(in []api.Tag) ([]tag, error) {
	return merged(nil, in)
}

// merged adds tags to those that are there.
func merged(tags []tag, in []api.Tag) ([]tag, error) {
	out := slices.Clone(tags)
	seen := map[string]bool{}
	for _, n := range in {
		folded := fold(n.Key)
		switch {
		case seen[folded]:
			return nil, &api.InvalidInputException{Message: "Duplicate tag keys found. Please note that Tag keys are case insensitive."}
		case strings.HasPrefix(folded, "aws:"):
			return nil, &api.InvalidInputException{Message: "Invalid tag key. Tag keys that start with aws: are reserved for AWS use."}
		}
		seen[folded] = true
		at := slices.IndexFunc(out, func(t tag) bool { return fold(t.Key) == folded })
		if at < 0 {
			out = append(out, tag{n.Key, n.Value})
		} else {
			out[at] = tag{n.Key, n.Value}
		}
	}
	if len(out) > maxTags {
		return nil, &api.LimitExceededException{Message: fmt.Sprintf("The number of tags has reached the maximum limit of %d.", maxTags)}
	}
	slices.SortFunc(out, func(a, b tag) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// without takes tags away by their keys.
func without(tags []tag, keys []string) []tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return fold(k) == fold(t.Key) })
	})
}

// tagPage is one page of a thing's tags; the marker is the last key.
func tagPage(tags []tag, marker *string, maxItems *int32) page[api.Tag] {
	out := newPage[api.Tag]()
	limit := pageSize
	if maxItems != nil {
		limit = int(*maxItems)
	}
	for _, t := range tags {
		if marker != nil && t.Key <= *marker {
			continue
		}
		if len(out.items) == limit {
			out.truncated, out.marker = new(true), new(out.items[limit-1].Key)
			break
		}
		out.items = append(out.items, api.Tag{Key: t.Key, Value: t.Value})
	}
	return out
}
