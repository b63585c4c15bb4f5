package s3

import (
	"slices"

	api "maru.dev/maru/api/s3"
)

// acl is who may do what by an access control list: a canned one, or grants.
type acl struct {
	Canned string // "" is private
	Grants []api.Grant
}

// The groups of canned ACLs.
const (
	groupAll   = "http://acs.amazonaws.com/groups/global/AllUsers"
	groupUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	groupLogs  = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// isPublic tells whether an ACL lets others in.
func isPublic(a acl) bool {
	return slices.ContainsFunc(a.grants(""), func(g api.Grant) bool {
		return g.Grantee != nil && g.Grantee.URI != nil && (*g.Grantee.URI == groupAll || *g.Grantee.URI == groupUsers)
	})
}

// grants is the list that an ACL of an owner stands for.
func (a acl) grants(owner string) []api.Grant {
	if a.Grants != nil {
		return a.Grants
	}
	out := []api.Grant{{Grantee: &api.Grantee{Type: "CanonicalUser", ID: new(ownerID(owner))}, Permission: new("FULL_CONTROL")}}
	group := func(uri, permission string) {
		out = append(out, api.Grant{Grantee: &api.Grantee{Type: "Group", URI: &uri}, Permission: &permission})
	}
	switch a.Canned {
	case "public-read":
		group(groupAll, "READ")
	case "public-read-write":
		group(groupAll, "READ")
		group(groupAll, "WRITE")
	case "authenticated-read":
		group(groupUsers, "READ")
	case "log-delivery-write":
		group(groupLogs, "WRITE")
		group(groupLogs, "READ_ACP")
	}
	return out
}

// cannedACL reads the x-amz-acl header.
func cannedACL(name *string, allowed ...string) (acl, error) {
	if name == nil || *name == "" || *name == "private" {
		return acl{}, nil
	}
	if !slices.Contains(allowed, *name) {
		return acl{}, invalidArgument("x-amz-acl", *name, "")
	}
	return acl{Canned: *name}, nil
}

// objectACL reads the x-amz-acl header of an object.
func objectACL(name *string) (acl, error) {
	return cannedACL(name, "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control")
}

// bucketACL reads the x-amz-acl header of a bucket.
func bucketACL(name *string) (acl, error) {
	return cannedACL(name, "public-read", "public-read-write", "authenticated-read", "log-delivery-write")
}
