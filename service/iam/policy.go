package iam

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/iam/managed"
)

// Quotas of managed policies.
const (
	policyQuota    = 6144 // size of a version
	policiesQuota  = 1500 // an account
	versionsQuota  = 5    // a policy
	policyIDPrefix = "ANPA"
)

// resolved is a managed policy of either owner, as far as attachments need it.
type resolved struct{ Name, Path, ARN string }

// resolve finds a managed policy that can be attached.
func (t *table) resolve(arn string) (resolved, error) {
	if managed.IsARN(arn) {
		p, err := t.awsPolicy(arn)
		if err != nil {
			return resolved{}, err
		}
		if p == nil {
			return resolved{}, notAttachable(arn)
		}
		return resolved{p.Name, p.Path, p.ARN}, nil
	}
	p, err := t.customer(arn)
	switch {
	case err != nil:
		return resolved{}, err
	case p == nil:
		return resolved{}, notAttachable(arn)
	}
	return resolved{p.Name, p.Path, p.ARN}, nil
}

// notAttachable is the answer to an ARN that names no policy.
func notAttachable(arn string) error {
	return noEntityf("Policy %s does not exist or is not attachable.", arn)
}

// awsPolicy finds a policy of AWS, or nil.
func (t *table) awsPolicy(arn string) (*managed.Policy, error) {
	all, err := t.aws()
	if err != nil {
		return nil, err
	}
	return all.Find(arn), nil
}

// customer finds a policy of the account by its ARN, or nil.
func (t *table) customer(arn string) (*policy, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	p, ok, err := kv.Get[policy](t.tx, t.policyKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load policy: %w", err)
	case !ok || p.ARN != arn:
		return nil, nil
	}
	return &p, nil
}

// policyNamed finds a policy of the account that is to be changed.
func (t *table) policyNamed(arn string) (*policy, error) {
	if managed.IsARN(arn) {
		return nil, invalid("AWS managed policies cannot be changed: %s", arn)
	}
	p, err := t.customer(arn)
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, noPolicy(arn)
	}
	return p, nil
}

// noPolicy is the answer to an ARN that names no policy.
func noPolicy(arn string) error { return noEntityf("Policy %s was not found.", arn) }

// checkPolicy checks the document of a managed policy.
func checkPolicy(text string) error {
	if err := checkManagedPolicy(text); err != nil {
		return err
	}
	if sizeOf(text) > policyQuota {
		return quota("PolicySize", policyQuota)
	}
	return nil
}

// policyOut is a customer's policy as the API shows it.
func (t *table) policyOut(p *policy) (*api.Policy, error) {
	attached, bounded, err := t.uses(p.ARN)
	if err != nil {
		return nil, err
	}
	return &api.Policy{
		PolicyName: &p.Name, PolicyId: &p.ID, Arn: &p.ARN, Path: &p.Path, DefaultVersionId: new(versionID(p.Default)),
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: &bounded, IsAttachable: new(true),
		Description: p.Description, CreateDate: &p.Created, UpdateDate: &p.Updated, Tags: tagsOut(p.Tags),
	}, nil
}

// awsPolicyOut is a policy of AWS as the API shows it.
func (t *table) awsPolicyOut(p *managed.Policy) (*api.Policy, error) {
	attached, bounded, err := t.uses(p.ARN)
	if err != nil {
		return nil, err
	}
	return &api.Policy{
		PolicyName: &p.Name, PolicyId: new(awsPolicyID(p.ARN)), Arn: &p.ARN, Path: &p.Path, DefaultVersionId: new(versionID(p.Version)),
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: &bounded, IsAttachable: new(true),
		CreateDate: &p.Created, UpdateDate: &p.Created,
	}, nil
}

// awsPolicyID is an identifier for a policy of AWS: not AWS's own, which no
// published table has, but always the same.
func awsPolicyID(arn string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	sum := sha256.Sum256([]byte(arn))
	id := []byte(policyIDPrefix)
	for _, b := range sum[:17] {
		id = append(id, alphabet[b&31])
	}
	return string(id)
}

// uses counts who has a policy attached, and who has it as a boundary.
func (t *table) uses(arn string) (attached, bounded int32, err error) {
	n, err := t.count(t.key("holder", arn))
	if err != nil {
		return 0, 0, err
	}
	m, err := t.count(t.key("bounded", arn))
	return int32(n), int32(m), err
}

// versionID writes a version's number as the API does.
func versionID(n int) string { return "v" + strconv.Itoa(n) }

// versionNamed finds a version of a policy.
func (t *table) versionNamed(p *policy, id string) (*version, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(id, "v"))
	if err != nil {
		return nil, noVersion(p.ARN, id)
	}
	v, ok, err := kv.Get[version](t.tx, t.versionKey(p.Name, number))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load policy version: %w", err)
	case !ok:
		return nil, noVersion(p.ARN, id)
	}
	return &v, nil
}

// noVersion is the answer to a version that is not there.
func noVersion(arn, id string) error {
	return noEntityf("Policy %s version %s does not exist or is not attachable.", arn, id)
}
