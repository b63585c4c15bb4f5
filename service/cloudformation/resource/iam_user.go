package resource

import "context"

// iamUser is AWS::IAM::User.
func iamUser() *Type {
	return &Type{
		Name:       "AWS::IAM::User",
		Properties: "Groups LoginProfile~ ManagedPolicyArns Path PermissionsBoundary Policies Tags UserName!",
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("UserName", naming{max: 64})
			in := pick(r.Props, "Path", "PermissionsBoundary")
			in["UserName"], in["Tags"] = name, tagList(r.allTags())
			out, err := r.do(ctx, "iam", "CreateUser", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "iam", "GetUser", obj{"UserName": name})
			}
			if err != nil {
				return Result{}, err
			}
			r.ID = name
			result := Result{ID: name, Attributes: obj{"Arn": at(out, "User", "Arn")}}
			if err := users.policies(ctx, r); err != nil {
				return result, err
			}
			return result, r.userGroups(ctx)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed("Path") {
				if _, err := r.do(ctx, "iam", "UpdateUser", obj{"UserName": r.ID, "NewPath": r.str("Path")}); err != nil {
					return Result{}, err
				}
			}
			if err := r.boundary(ctx, users); err != nil {
				return Result{}, err
			}
			if err := users.policies(ctx, r); err != nil {
				return Result{}, err
			}
			if err := r.userGroups(ctx); err != nil {
				return Result{}, err
			}
			return Result{ID: r.ID, Attributes: r.Attributes}, r.tagIAM(ctx, users)
		},
		Delete: func(ctx context.Context, r *Request) error {
			if err := users.strip(ctx, r); err != nil {
				return forget(err)
			}
			for _, g := range list(r.Props["Groups"]) {
				if _, err := r.do(ctx, "iam", "RemoveUserFromGroup", obj{"GroupName": g, "UserName": r.ID}); forget(err) != nil {
					return err
				}
			}
			_, err := r.do(ctx, "iam", "DeleteUser", obj{"UserName": r.ID})
			return forget(err)
		},
	}
}

// userGroups puts the user into the groups it lists, and out of those that it
// listed before.
func (r *Request) userGroups(ctx context.Context) error {
	for _, g := range list(r.Props["Groups"]) {
		if _, err := r.do(ctx, "iam", "AddUserToGroup", obj{"GroupName": g, "UserName": r.ID}); err != nil {
			return err
		}
	}
	for _, g := range list(r.Old["Groups"]) {
		if contains(list(r.Props["Groups"]), g) {
			continue
		}
		if _, err := r.do(ctx, "iam", "RemoveUserFromGroup", obj{"GroupName": g, "UserName": r.ID}); forget(err) != nil {
			return err
		}
	}
	return nil
}

// iamAccessKey is AWS::IAM::AccessKey.
func iamAccessKey() *Type {
	status := func(ctx context.Context, r *Request) error {
		if r.str("Status") == "" {
			return nil
		}
		_, err := r.do(ctx, "iam", "UpdateAccessKey", obj{"UserName": r.Props["UserName"], "AccessKeyId": r.ID, "Status": r.Props["Status"]})
		return err
	}
	return &Type{
		Name:       "AWS::IAM::AccessKey",
		Properties: "Serial! Status UserName!*",
		Attributes: "SecretAccessKey",
		// A key's secret is told once: one that an earlier attempt made without
		// telling is of no use, and goes.
		Create: func(ctx context.Context, r *Request) (Result, error) {
			if r.Repeat {
				found, err := r.find(ctx, "iam", "ListAccessKeys", pick(r.Props, "UserName"), "AccessKeyMetadata", "Marker", "Marker", func(k obj) bool {
					return !r.Claimed(text(k["AccessKeyId"])) && createdSince(text(k["CreateDate"]), r)
				})
				if err != nil {
					return Result{}, err
				}
				if found != nil {
					if _, err := r.do(ctx, "iam", "DeleteAccessKey", obj{"UserName": r.Props["UserName"], "AccessKeyId": found["AccessKeyId"]}); err != nil {
						return Result{}, err
					}
				}
			}
			out, err := r.do(ctx, "iam", "CreateAccessKey", pick(r.Props, "UserName"))
			if err != nil {
				return Result{}, err
			}
			key := object(out["AccessKey"])
			r.ID = text(key["AccessKeyId"])
			return Result{ID: r.ID, Attributes: obj{"SecretAccessKey": key["SecretAccessKey"]}}, status(ctx, r)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID, Attributes: r.Attributes}, status(ctx, r)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "iam", "DeleteAccessKey", obj{"UserName": r.Props["UserName"], "AccessKeyId": r.ID})
			return forget(err)
		},
	}
}

// iamGroup is AWS::IAM::Group.
func iamGroup() *Type {
	return &Type{
		Name:       "AWS::IAM::Group",
		Properties: "GroupName! ManagedPolicyArns Path Policies",
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("GroupName", naming{max: 128})
			in := pick(r.Props, "Path")
			in["GroupName"] = name
			out, err := r.do(ctx, "iam", "CreateGroup", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "iam", "GetGroup", obj{"GroupName": name})
			}
			if err != nil {
				return Result{}, err
			}
			r.ID = name
			return Result{ID: name, Attributes: obj{"Arn": at(out, "Group", "Arn")}}, groups.policies(ctx, r)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if r.changed("Path") {
				if _, err := r.do(ctx, "iam", "UpdateGroup", obj{"GroupName": r.ID, "NewPath": r.str("Path")}); err != nil {
					return Result{}, err
				}
			}
			return Result{ID: r.ID, Attributes: r.Attributes}, groups.policies(ctx, r)
		},
		Delete: func(ctx context.Context, r *Request) error {
			if err := groups.strip(ctx, r); err != nil {
				return forget(err)
			}
			_, err := r.do(ctx, "iam", "DeleteGroup", obj{"GroupName": r.ID})
			return forget(err)
		},
	}
}

// iamInstanceProfile is AWS::IAM::InstanceProfile.
func iamInstanceProfile() *Type {
	set := func(ctx context.Context, r *Request) error {
		for _, role := range list(r.Old["Roles"]) {
			if contains(list(r.Props["Roles"]), role) {
				continue
			}
			if _, err := r.do(ctx, "iam", "RemoveRoleFromInstanceProfile", obj{"InstanceProfileName": r.ID, "RoleName": role}); forget(err) != nil {
				return err
			}
		}
		for _, role := range list(r.Props["Roles"]) {
			if contains(list(r.Old["Roles"]), role) {
				continue
			}
			_, err := r.do(ctx, "iam", "AddRoleToInstanceProfile", obj{"InstanceProfileName": r.ID, "RoleName": role})
			if err != nil && !(r.Repeat && codeOf(err) == "LimitExceeded") {
				return err
			}
		}
		return nil
	}
	return &Type{
		Name:       "AWS::IAM::InstanceProfile",
		Properties: "InstanceProfileName! Path! Roles*",
		Attributes: "Arn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("InstanceProfileName", naming{max: 128})
			in := pick(r.Props, "Path")
			in["InstanceProfileName"] = name
			out, err := r.do(ctx, "iam", "CreateInstanceProfile", in)
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "iam", "GetInstanceProfile", obj{"InstanceProfileName": name})
			}
			if err != nil {
				return Result{}, err
			}
			r.ID = name
			return Result{ID: name, Attributes: obj{"Arn": at(out, "InstanceProfile", "Arn")}}, set(ctx, r)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			return Result{ID: r.ID, Attributes: r.Attributes}, set(ctx, r)
		},
		Delete: func(ctx context.Context, r *Request) error {
			for _, role := range list(r.Props["Roles"]) {
				if _, err := r.do(ctx, "iam", "RemoveRoleFromInstanceProfile", obj{"InstanceProfileName": r.ID, "RoleName": role}); forget(err) != nil {
					return err
				}
			}
			_, err := r.do(ctx, "iam", "DeleteInstanceProfile", obj{"InstanceProfileName": r.ID})
			return forget(err)
		},
	}
}

// iamUserToGroupAddition is AWS::IAM::UserToGroupAddition.
func iamUserToGroupAddition() *Type {
	remove := func(ctx context.Context, r *Request, group any, names []any) error {
		for _, u := range names {
			if _, err := r.do(ctx, "iam", "RemoveUserFromGroup", obj{"GroupName": group, "UserName": u}); forget(err) != nil {
				return err
			}
		}
		return nil
	}
	put := func(ctx context.Context, r *Request) (Result, error) {
		if r.ID == "" {
			r.ID = r.madeName(naming{max: 128})
		}
		for _, u := range list(r.Props["Users"]) {
			if _, err := r.do(ctx, "iam", "AddUserToGroup", obj{"GroupName": r.Props["GroupName"], "UserName": u}); err != nil {
				return Result{}, err
			}
		}
		var out []any
		for _, u := range list(r.Old["Users"]) {
			if r.changed("GroupName") || !contains(list(r.Props["Users"]), u) {
				out = append(out, u)
			}
		}
		return Result{ID: r.ID, Attributes: obj{"Id": r.ID}}, remove(ctx, r, r.Old["GroupName"], out)
	}
	return &Type{
		Name: "AWS::IAM::UserToGroupAddition", Properties: "GroupName* Users*", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			return remove(ctx, r, r.Props["GroupName"], list(r.Props["Users"]))
		},
	}
}
