package resource

import "context"

// ssmParameter is AWS::SSM::Parameter.
func ssmParameter() *Type {
	put := func(ctx context.Context, r *Request, overwrite bool) (Result, error) {
		name := r.ID
		if name == "" {
			name = r.name("Name", naming{max: 512})
		}
		in := pick(r.Props, "AllowedPattern", "DataType", "Description", "Policies", "Tier", "Type", "Value")
		in["Name"], in["Overwrite"] = name, overwrite
		if tags := r.allTags(); !overwrite && len(tags) > 0 {
			in["Tags"] = tagList(tags)
		}
		_, err := r.do(ctx, "ssm", "PutParameter", in)
		return Result{ID: name, Attributes: obj{"Type": r.Props["Type"], "Value": r.Props["Value"]}}, err
	}
	return &Type{
		Name:       "AWS::SSM::Parameter",
		Properties: "AllowedPattern DataType Description Name! Policies Tags Tier Type* Value*",
		Attributes: "Type Value",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			out, err := put(ctx, r, false)
			return out, r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			out, err := put(ctx, r, true)
			if err != nil {
				return out, err
			}
			set, remove := r.tagChanges()
			if len(set) > 0 {
				if _, err := r.do(ctx, "ssm", "AddTagsToResource", obj{"ResourceType": "Parameter", "ResourceId": r.ID, "Tags": tagList(set)}); err != nil {
					return out, err
				}
			}
			if len(remove) > 0 {
				_, err = r.do(ctx, "ssm", "RemoveTagsFromResource", obj{"ResourceType": "Parameter", "ResourceId": r.ID, "TagKeys": texts(remove)})
			}
			return out, err
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "ssm", "DeleteParameter", obj{"Name": r.ID})
			return forget(err)
		},
	}
}
