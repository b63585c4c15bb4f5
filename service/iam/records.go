package iam

import (
	"net/url"
	"strings"
	"time"

	api "maru.dev/maru/api/iam"
)

// kind is what sort of entity holds policies.
type kind string

// The kinds.
const (
	user  kind = "user"
	role  kind = "role"
	group kind = "group"
)

// title is the kind at the start of a sentence.
func (k kind) title() string { return strings.ToUpper(string(k[:1])) + string(k[1:]) }

// entity is a user, group or role.
type entity struct {
	Name, Path, ID, ARN string
	Created             time.Time
	Tags                []tag  // sorted by key
	Boundary            string // ARN of a policy

	// Of roles.
	Trust       string
	Description *string
	MaxSession  int32
	Linked      string // service of a service-linked role
}

// tag is a label.
type tag struct{ Key, Value string }

// inlinePolicy is a policy that lives in its entity.
type inlinePolicy struct{ Document string }

// attachment is a managed policy on an entity.
type attachment struct {
	PolicyName, PolicyARN string
	PolicyPath            string
	Kind                  kind
	EntityName, EntityID  string
	EntityPath            string
}

// policy is a customer's managed policy.
type policy struct {
	Name, Path, ID, ARN string
	Description         *string
	Created, Updated    time.Time
	Default             int // version
	Last                int // version number given out last
	Tags                []tag
}

// version is one text of a managed policy.
type version struct {
	Number   int
	Document string
	Created  time.Time
}

// member is a user in a group.
type member struct{ User, Group string }

// accessKey is what IAM knows of a key; its secret is with auth.
type accessKey struct {
	ID, User string
	Inactive bool
	Created  time.Time
}

// profile is an instance profile.
type profile struct {
	Name, Path, ID, ARN string
	Created             time.Time
	Role                string
	Tags                []tag
}

// userOut is a user as the API shows it.
func userOut(e *entity) api.User {
	return api.User{
		UserName: e.Name, Path: e.Path, UserId: e.ID, Arn: e.ARN, CreateDate: e.Created,
		PermissionsBoundary: boundaryOut(e.Boundary), Tags: tagsOut(e.Tags),
	}
}

// groupOut is a group as the API shows it.
func groupOut(e *entity) api.Group {
	return api.Group{GroupName: e.Name, Path: e.Path, GroupId: e.ID, Arn: e.ARN, CreateDate: e.Created}
}

// roleOut is a role as the API shows it.
func roleOut(e *entity) api.Role {
	return api.Role{
		RoleName: e.Name, Path: e.Path, RoleId: e.ID, Arn: e.ARN, CreateDate: e.Created,
		AssumeRolePolicyDocument: new(encoded(e.Trust)), Description: e.Description, MaxSessionDuration: new(e.MaxSession),
		PermissionsBoundary: boundaryOut(e.Boundary), Tags: tagsOut(e.Tags), RoleLastUsed: &api.RoleLastUsed{},
	}
}

// listed is a role as lists show it: without what only GetRole tells.
func listed(r api.Role) api.Role {
	r.PermissionsBoundary, r.Tags, r.RoleLastUsed = nil, nil, nil
	return r
}

// boundaryOut is a permissions boundary as the API shows it.
func boundaryOut(arn string) *api.AttachedPermissionsBoundary {
	if arn == "" {
		return nil
	}
	return &api.AttachedPermissionsBoundary{PermissionsBoundaryType: new("PermissionsBoundaryPolicy"), PermissionsBoundaryArn: &arn}
}

// tagsOut are tags as the API shows them.
func tagsOut(tags []tag) []api.Tag {
	if len(tags) == 0 {
		return nil
	}
	out := make([]api.Tag, len(tags))
	for i, t := range tags {
		out[i] = api.Tag{Key: t.Key, Value: t.Value}
	}
	return out
}

// encoded is a policy document as outputs carry it: percent-encoded, as RFC
// 3986 has it.
func encoded(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
