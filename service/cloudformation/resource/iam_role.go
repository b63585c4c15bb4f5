package resource

import (
	"context"
)

// holder is what policies are put on: a role, a user or a group.
type holder struct {
	noun string // "Role", in PutRolePolicy
	key  string // "RoleName"
}

// The holders of policies.
var (
	roles  = holder{"Role", "RoleName"}
	users  = holder{"User", "UserName"}
	groups = holder{"Group", "GroupName"}
)

// policies brings the inline and managed policies of a holder from what Old
// lists to what Props lists.
func (h holder) policies(ctx context.Context, r *Request) error {
	keep := map[string]bool{}
	for _, p := range list(r.Props["Policies"]) {
		name := text(at(p, "PolicyName"))
		keep[name] = true
		if err := h.put(ctx, r, r.ID, name, at(p, "PolicyDocument")); err != nil {
			return err
		}
	}
	for _, p := range list(r.Old["Policies"]) {
		if name := text(at(p, "PolicyName")); !keep[name] {
			if err := h.remove(ctx, r, r.ID, name); err != nil {
				return err
			}
		}
	}
	for _, arn := range list(r.Props["ManagedPolicyArns"]) {
		if err := h.attach(ctx, r, r.ID, arn); err != nil {
			return err
		}
	}
	for _, arn := range list(r.Old["ManagedPolicyArns"]) {
		if !contains(list(r.Props["ManagedPolicyArns"]), arn) {
			if err := h.detach(ctx, r, r.ID, arn); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes an inline policy.
func (h holder) put(ctx context.Context, r *Request, name any, policy string, doc any) error {
	_, err := r.do(ctx, "iam", "Put"+h.noun+"Policy", obj{h.key: name, "PolicyName": policy, "PolicyDocument": document(doc)})
	return err
}

// remove deletes an inline policy.
func (h holder) remove(ctx context.Context, r *Request, name any, policy string) error {
	_, err := r.do(ctx, "iam", "Delete"+h.noun+"Policy", obj{h.key: name, "PolicyName": policy})
	return forget(err)
}

// attach attaches a managed policy.
func (h holder) attach(ctx context.Context, r *Request, name, arn any) error {
	_, err := r.do(ctx, "iam", "Attach"+h.noun+"Policy", obj{h.key: name, "PolicyArn": arn})
	return err
}

// detach detaches a managed policy.
func (h holder) detach(ctx context.Context, r *Request, name, arn any) error {
	_, err := r.do(ctx, "iam", "Detach"+h.noun+"Policy", obj{h.key: name, "PolicyArn": arn})
	return forget(err)
}

// strip takes all policies off a holder, which cannot be removed before.
func (h holder) strip(ctx context.Context, r *Request) error {
	var inline, attached []any
	gather := func(into *[]any, field string) func(obj) bool {
		return func(p obj) bool {
			*into = append(*into, p[field])
			return false
		}
	}
	if _, err := r.find(ctx, "iam", "ListAttached"+h.noun+"Policies", obj{h.key: r.ID}, "AttachedPolicies", "Marker", "Marker", gather(&attached, "PolicyArn")); err != nil {
		return err
	}
	out, err := r.do(ctx, "iam", "List"+h.noun+"Policies", obj{h.key: r.ID})
	if err != nil {
		return err
	}
	inline = list(out["PolicyNames"])
	for _, p := range inline {
		if err := h.remove(ctx, r, r.ID, text(p)); err != nil {
			return err
		}
	}
	for _, arn := range attached {
		if err := h.detach(ctx, r, r.ID, arn); err != nil {
			return err
		}
	}
	return nil
}

// iamRole is AWS::IAM::Role.
func iamRole() *Type {
	return &Type{
		Name: "AWS::IAM::Role",
		Properties: `AssumeRolePolicyDocument* Description ManagedPolicyArns MaxSessionDuration Path! PermissionsBoundary Policies
			RoleName! Tags`,
		Attributes: "Arn RoleId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("RoleName", naming{max: 64})
			in := pick(r.Props, "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Path", "PermissionsBoundary")
			in["RoleName"], in["Tags"] = name, tagList(r.allTags())
			out, err := r.do(ctx, "iam", "CreateRole", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "iam", "GetRole", obj{"RoleName": name})
			}
			if err != nil {
				return Result{}, err
			}
			r.ID = name
			role := object(out["Role"])
			return Result{ID: name, Attributes: obj{"Arn": role["Arn"], "RoleId": role["RoleId"]}}, roles.policies(ctx, r)
		},
		Update: updateRole,
		Delete: func(ctx context.Context, r *Request) error {
			if err := roles.strip(ctx, r); err != nil {
				return forget(err)
			}
			_, err := r.do(ctx, "iam", "DeleteRole", obj{"RoleName": r.ID})
			return forget(err)
		},
	}
}

// updateRole sends what changed.
func updateRole(ctx context.Context, r *Request) (Result, error) {
	if r.changed("AssumeRolePolicyDocument") {
		if _, err := r.do(ctx, "iam", "UpdateAssumeRolePolicy", obj{"RoleName": r.ID, "PolicyDocument": document(r.Props["AssumeRolePolicyDocument"])}); err != nil {
			return Result{}, err
		}
	}
	if r.changed("Description", "MaxSessionDuration") {
		in := obj{"RoleName": r.ID, "Description": r.str("Description")}
		if m := r.Props["MaxSessionDuration"]; m != nil {
			in["MaxSessionDuration"] = m
		}
		if _, err := r.do(ctx, "iam", "UpdateRole", in); err != nil {
			return Result{}, err
		}
	}
	if err := r.boundary(ctx, roles); err != nil {
		return Result{}, err
	}
	if err := roles.policies(ctx, r); err != nil {
		return Result{}, err
	}
	return Result{ID: r.ID, Attributes: r.Attributes}, r.tagIAM(ctx, roles)
}

// boundary sets the permissions boundary when it changed.
func (r *Request) boundary(ctx context.Context, h holder) error {
	if !r.changed("PermissionsBoundary") {
		return nil
	}
	if b := r.Props["PermissionsBoundary"]; b != nil {
		_, err := r.do(ctx, "iam", "Put"+h.noun+"PermissionsBoundary", obj{h.key: r.ID, "PermissionsBoundary": b})
		return err
	}
	_, err := r.do(ctx, "iam", "Delete"+h.noun+"PermissionsBoundary", obj{h.key: r.ID})
	return forget(err)
}

// tagIAM brings the tags of a role or user up to date.
func (r *Request) tagIAM(ctx context.Context, h holder) error {
	set, remove := r.tagChanges()
	if len(set) > 0 {
		if _, err := r.do(ctx, "iam", "Tag"+h.noun, obj{h.key: r.ID, "Tags": tagList(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, "iam", "Untag"+h.noun, obj{h.key: r.ID, "TagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}
