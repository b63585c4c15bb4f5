package iam

import (
	"fmt"

	"maru.dev/maru/auth"
	"maru.dev/maru/kv"
)

// rename gives a user or group another name or path, and moves everything that
// is stored under its name along. Its unique id stays.
func (t *table) rename(k kind, name string, newName, newPath *string) error {
	e, err := t.load(k, name)
	if err != nil {
		return err
	}
	before := *e
	if newName != nil {
		e.Name = *newName
	}
	if newPath != nil {
		e.Path = *newPath
	}
	e.ARN = t.arnOf(string(k), e.Path, e.Name)
	if fold(e.Name) != fold(before.Name) {
		_, taken, err := t.tx.Get(t.entityKey(k, e.Name))
		if err != nil {
			return fmt.Errorf("look for %s: %w", k, err)
		}
		if taken {
			return exists("%s with name %s already exists.", k.title(), e.Name)
		}
	}
	if err := t.tx.Delete(t.entityKey(k, before.Name)); err != nil {
		return err
	}
	if err := t.moveBoundary(k, &before, e); err != nil {
		return err
	}
	if err := t.movePolicies(k, &before, e); err != nil {
		return err
	}
	if err := t.moveMembers(k, &before, e); err != nil {
		return err
	}
	if k == user {
		if err := t.moveKeys(&before, e); err != nil {
			return err
		}
	}
	return t.save(k, e)
}

// moveBoundary moves who is found by a permissions boundary.
func (t *table) moveBoundary(k kind, before, e *entity) error {
	arn := before.Boundary
	if arn == "" {
		return nil
	}
	if err := t.setBoundary(k, before, ""); err != nil {
		return err
	}
	e.Boundary = ""
	return t.setBoundary(k, e, arn)
}

// movePolicies moves inline and attached policies.
func (t *table) movePolicies(k kind, before, e *entity) error {
	inline := t.key("inline", string(k), fold(before.Name))
	for row, err := range kv.Scan[inlinePolicy](t.tx, kv.Prefix(inline)) {
		if err != nil {
			return fmt.Errorf("load inline policies: %w", err)
		}
		var name string
		if err := row.Key.Scan(6, &name); err != nil {
			return err
		}
		if err := t.tx.Delete(row.Key); err != nil {
			return err
		}
		if err := kv.Put(t.tx, t.inlineKey(k, e.Name, name), row.Value); err != nil {
			return err
		}
	}
	for row, err := range kv.Scan[attachment](t.tx, kv.Prefix(t.key("attached", string(k), fold(before.Name)))) {
		if err != nil {
			return fmt.Errorf("load attachments: %w", err)
		}
		a := row.Value
		if err := t.tx.Delete(row.Key); err != nil {
			return err
		}
		if err := t.tx.Delete(t.holderKey(a.PolicyARN, k, before.Name)); err != nil {
			return err
		}
		a.EntityName, a.EntityPath = e.Name, e.Path
		if err := t.putAttachment(a); err != nil {
			return err
		}
	}
	return nil
}

// moveMembers moves memberships, seen from either side.
func (t *table) moveMembers(k kind, before, e *entity) error {
	prefix := t.key("member", fold(before.Name))
	if k == user {
		prefix = t.key("group-of", fold(before.Name))
	}
	for row, err := range kv.Scan[member](t.tx, kv.Prefix(prefix)) {
		if err != nil {
			return fmt.Errorf("load memberships: %w", err)
		}
		m := row.Value
		if err := t.tx.Delete(t.memberKey(m.Group, m.User)); err != nil {
			return err
		}
		if err := t.tx.Delete(t.groupOfKey(m.User, m.Group)); err != nil {
			return err
		}
		if k == user {
			m.User = e.Name
		} else {
			m.Group = e.Name
		}
		if err := kv.Put(t.tx, t.memberKey(m.Group, m.User), m); err != nil {
			return err
		}
		if err := kv.Put(t.tx, t.groupOfKey(m.User, m.Group), m); err != nil {
			return err
		}
	}
	return nil
}

// moveKeys moves a user's access keys, which go on signing in the user's new
// name.
func (t *table) moveKeys(before, e *entity) error {
	for row, err := range kv.Scan[accessKey](t.tx, kv.Prefix(t.key("key", fold(before.Name)))) {
		if err != nil {
			return fmt.Errorf("load access keys: %w", err)
		}
		k := row.Value
		k.User = e.Name
		if err := t.tx.Delete(row.Key); err != nil {
			return err
		}
		if err := kv.Put(t.tx, t.accessKeyKey(e.Name, k.ID), k); err != nil {
			return err
		}
		key, ok, err := auth.GetKey(t.tx, k.ID)
		if err != nil {
			return err
		}
		if ok {
			key.Principal.ARN = e.ARN
			if err := auth.PutKey(t.tx, key); err != nil {
				return err
			}
		}
	}
	return nil
}
