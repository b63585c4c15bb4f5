package resource

import (
	"context"
)

// holdersOf are the holders of policies by the property that lists them.
func holdersOf() map[string]holder {
	return map[string]holder{"Roles": roles, "Users": users, "Groups": groups}
}

// iamPolicy is AWS::IAM::Policy: an inline policy on several holders.
func iamPolicy() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.madeName(naming{max: 128})
		}
		name := r.str("PolicyName")
		for property, h := range holdersOf() {
			for _, on := range list(r.Props[property]) {
				if err := h.put(ctx, r, on, name, r.Props["PolicyDocument"]); err != nil {
					return Result{}, err
				}
			}
			for _, on := range list(r.Old[property]) {
				if !contains(list(r.Props[property]), on) || r.changed("PolicyName") {
					if err := h.remove(ctx, r, on, text(r.Old["PolicyName"])); err != nil {
						return Result{}, err
					}
				}
			}
		}
		return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, nil
	}
	return &Type{
		Name: "AWS::IAM::Policy", Properties: "Groups PolicyDocument* PolicyName* Roles Users", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			for property, h := range holdersOf() {
				for _, on := range list(r.Props[property]) {
					if err := h.remove(ctx, r, on, r.str("PolicyName")); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// iamManagedPolicy is AWS::IAM::ManagedPolicy.
func iamManagedPolicy() *Type {
	return &Type{
		Name:       "AWS::IAM::ManagedPolicy",
		Properties: "Description! Groups ManagedPolicyName! Path! PolicyDocument* Roles Users",
		Attributes: "PolicyArn PolicyId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("ManagedPolicyName", naming{max: 128})
			in := pick(r.Props, "Description", "Path", "PolicyDocument")
			in["PolicyName"] = name
			out, err := r.do(ctx, "iam", "CreatePolicy", in)
			if r.Repeat && exists(err) {
				path := r.str("Path")
				if path == "" {
					path = "/"
				}
				arn := "arn:" + r.Partition + ":iam::" + r.Account + ":policy" + path + name
				out, err = r.do(ctx, "iam", "GetPolicy", obj{"PolicyArn": arn})
			}
			if err != nil {
				return Result{}, err
			}
			arn := text(at(out, "Policy", "Arn"))
			r.ID = arn
			return Result{ID: arn, Attributes: obj{"PolicyArn": arn, "PolicyId": at(out, "Policy", "PolicyId")}}, r.attachAll(ctx)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed("PolicyDocument") {
				if err := r.policyVersion(ctx); err != nil {
					return Result{}, err
				}
			}
			return Result{ID: r.ID, Attributes: r.Attributes}, r.attachAll(ctx)
		},
		Delete: deleteManagedPolicy,
	}
}

// attachAll attaches the policy to the holders it lists, and to no others that
// it listed before.
func (r *Request) attachAll(ctx context.Context) error {
	for property, h := range holdersOf() {
		for _, on := range list(r.Props[property]) {
			if err := h.attach(ctx, r, on, r.ID); err != nil {
				return err
			}
		}
		for _, on := range list(r.Old[property]) {
			if !contains(list(r.Props[property]), on) {
				if err := h.detach(ctx, r, on, r.ID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// policyVersion makes the policy's new document its default version. IAM keeps
// five versions, so the others go.
func (r *Request) policyVersion(ctx context.Context) error {
	if err := r.dropVersions(ctx); err != nil {
		return err
	}
	_, err := r.do(ctx, "iam", "CreatePolicyVersion", obj{
		"PolicyArn": r.ID, "PolicyDocument": document(r.Props["PolicyDocument"]), "SetAsDefault": true,
	})
	return err
}

// dropVersions removes the versions of a policy that are not its default.
func (r *Request) dropVersions(ctx context.Context) error {
	var old []any
	_, err := r.find(ctx, "iam", "ListPolicyVersions", obj{"PolicyArn": r.ID}, "Versions", "Marker", "Marker", func(v obj) bool {
		if !truth(v["IsDefaultVersion"]) {
			old = append(old, v["VersionId"])
		}
		return false
	})
	if err != nil {
		return err
	}
	for _, id := range old {
		if _, err := r.do(ctx, "iam", "DeletePolicyVersion", obj{"PolicyArn": r.ID, "VersionId": id}); forget(err) != nil {
			return err
		}
	}
	return nil
}

// deleteManagedPolicy detaches and removes the policy.
func deleteManagedPolicy(ctx context.Context, r *Request) error {
	for property, h := range holdersOf() {
		for _, on := range list(r.Props[property]) {
			if err := h.detach(ctx, r, on, r.ID); err != nil {
				return err
			}
		}
	}
	if err := r.dropVersions(ctx); err != nil {
		return forget(err)
	}
	_, err := r.do(ctx, "iam", "DeletePolicy", obj{"PolicyArn": r.ID})
	return forget(err)
}
