package iam

import (
	"fmt"

	"maru.dev/maru/kv"
)

// inlineQuota is how large the inline policies of an entity may be in all,
// without white space.
var inlineQuota = map[kind]int{user: 2048, group: 5120, role: 10240}

// putInline adds or replaces an inline policy.
func (t *table) putInline(k kind, name, policyName, document string) error {
	e, err := t.load(k, name)
	if err != nil {
		return err
	}
	if e.Linked != "" {
		return unmodifiable(e.Name, e.Linked)
	}
	if err := checkInlinePolicy(document); err != nil {
		return err
	}
	size := sizeOf(document)
	for row, err := range kv.Scan[inlinePolicy](t.tx, kv.Prefix(t.key("inline", string(k), fold(name)))) {
		if err != nil {
			return fmt.Errorf("load inline policies: %w", err)
		}
		if string(row.Key) != string(t.inlineKey(k, name, policyName)) {
			size += sizeOf(row.Value.Document)
		}
	}
	if limit := inlineQuota[k]; size > limit {
		return inlineTooLarge(k, e.Name, limit)
	}
	return kv.Put(t.tx, t.inlineKey(k, name, policyName), inlinePolicy{document})
}

// getInline reads an inline policy.
func (t *table) getInline(k kind, name, policyName string) (entityName, document string, err error) {
	e, err := t.load(k, name)
	if err != nil {
		return "", "", err
	}
	p, ok, err := kv.Get[inlinePolicy](t.tx, t.inlineKey(k, name, policyName))
	switch {
	case err != nil:
		return "", "", fmt.Errorf("load inline policy: %w", err)
	case !ok:
		return "", "", noInline(k, policyName)
	}
	return e.Name, p.Document, nil
}

// deleteInline removes an inline policy.
func (t *table) deleteInline(k kind, name, policyName string) error {
	e, err := t.load(k, name)
	if err != nil {
		return err
	}
	if e.Linked != "" {
		return unmodifiable(e.Name, e.Linked)
	}
	_, ok, err := t.tx.Get(t.inlineKey(k, name, policyName))
	switch {
	case err != nil:
		return fmt.Errorf("load inline policy: %w", err)
	case !ok:
		return noInline(k, policyName)
	}
	return t.tx.Delete(t.inlineKey(k, name, policyName))
}

// inlineNames lists the inline policies of an entity.
func (t *table) inlineNames(k kind, name string, marker *string, maxItems *int32) (page[string], error) {
	if _, err := t.load(k, name); err != nil {
		return page[string]{}, err
	}
	prefix := t.key("inline", string(k), fold(name))
	return listKeys(t, prefix, marker, maxItems)
}

// noInline is the answer to an inline policy that is not there.
func noInline(k kind, policyName string) error {
	return noEntityf("The %s policy with name %s cannot be found.", k, policyName)
}
