package iam

import (
	"fmt"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
)

// attachQuota is how many managed policies an entity may have.
const attachQuota = 10

// attach puts a managed policy on an entity. Doing so twice is no error.
func (t *table) attach(k kind, name, arn string) error {
	e, err := t.load(k, name)
	if err != nil {
		return err
	}
	if e.Linked != "" {
		return unmodifiable(e.Name, e.Linked)
	}
	p, err := t.resolve(arn)
	if err != nil {
		return err
	}
	_, attached, err := t.tx.Get(t.attachedKey(k, name, arn))
	if err != nil || attached {
		return err
	}
	n, err := t.count(t.key("attached", string(k), fold(name)))
	if err != nil {
		return fmt.Errorf("count attachments: %w", err)
	}
	if n >= attachQuota {
		return quota("PoliciesPer"+k.title(), attachQuota)
	}
	return t.putAttachment(attachment{
		PolicyName: p.Name, PolicyARN: p.ARN, PolicyPath: p.Path,
		Kind: k, EntityName: e.Name, EntityID: e.ID, EntityPath: e.Path,
	})
}

// putAttachment writes both directions of an attachment.
func (t *table) putAttachment(a attachment) error {
	if err := kv.Put(t.tx, t.attachedKey(a.Kind, a.EntityName, a.PolicyARN), a); err != nil {
		return err
	}
	return kv.Put(t.tx, t.holderKey(a.PolicyARN, a.Kind, a.EntityName), a)
}

// detach takes a managed policy off an entity.
func (t *table) detach(k kind, name, arn string) error {
	e, err := t.load(k, name)
	if err != nil {
		return err
	}
	if e.Linked != "" {
		return unmodifiable(e.Name, e.Linked)
	}
	_, attached, err := t.tx.Get(t.attachedKey(k, name, arn))
	if err != nil {
		return fmt.Errorf("load attachment: %w", err)
	}
	if !attached {
		return noEntityf("Policy %s was not found.", arn)
	}
	if err := t.tx.Delete(t.attachedKey(k, name, arn)); err != nil {
		return err
	}
	return t.tx.Delete(t.holderKey(arn, k, name))
}

// attachedTo lists the managed policies of an entity.
func (t *table) attachedTo(k kind, name string, path, marker *string, maxItems *int32) (page[api.AttachedPolicy], error) {
	if _, err := t.load(k, name); err != nil {
		return page[api.AttachedPolicy]{}, err
	}
	return list(t, t.key("attached", string(k), fold(name)), marker, maxItems, func(a *attachment) (api.AttachedPolicy, bool, error) {
		return api.AttachedPolicy{PolicyName: &a.PolicyName, PolicyArn: &a.PolicyARN}, under(path, a.PolicyPath), nil
	})
}
