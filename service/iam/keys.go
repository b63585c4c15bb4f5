package iam

import "maru.dev/maru/kv"

// key is a row of the account.
func (t *table) key(parts ...any) kv.Key {
	return kv.NewKey(t.account, "", "iam").With(parts...)
}

// entityKey is where a user, group or role lives.
func (t *table) entityKey(k kind, name string) kv.Key { return t.key(string(k), fold(name)) }

// inlineKey is where an inline policy lives.
func (t *table) inlineKey(k kind, name, policy string) kv.Key {
	return t.key("inline", string(k), fold(name), policy)
}

// attachedKey and holderKey are the two directions of an attachment.
func (t *table) attachedKey(k kind, name, arn string) kv.Key {
	return t.key("attached", string(k), fold(name), arn)
}

func (t *table) holderKey(arn string, k kind, name string) kv.Key {
	return t.key("holder", arn, string(k), fold(name))
}

// boundedKey notes who has a policy as its permissions boundary.
func (t *table) boundedKey(arn string, k kind, name string) kv.Key {
	return t.key("bounded", arn, string(k), fold(name))
}

// policyKey is where a customer's managed policy lives.
func (t *table) policyKey(name string) kv.Key { return t.key("policy", fold(name)) }

// versionKey is where a version of one lives.
func (t *table) versionKey(policy string, number int) kv.Key {
	return t.key("version", fold(policy), number)
}

// memberKey and groupOfKey are the two directions of a membership.
func (t *table) memberKey(groupName, userName string) kv.Key {
	return t.key("member", fold(groupName), fold(userName))
}

func (t *table) groupOfKey(userName, groupName string) kv.Key {
	return t.key("group-of", fold(userName), fold(groupName))
}

// accessKeyKey is where what IAM knows of an access key lives.
func (t *table) accessKeyKey(userName, id string) kv.Key { return t.key("key", fold(userName), id) }

// profileKey is where an instance profile lives.
func (t *table) profileKey(name string) kv.Key { return t.key("profile", fold(name)) }

// profileOfKey finds the profiles of a role.
func (t *table) profileOfKey(roleName, profileName string) kv.Key {
	return t.key("profile-of", fold(roleName), fold(profileName))
}

// countKey counts what the account has of a kind.
func (t *table) countKey(what string) kv.Key { return t.key("count", what) }
