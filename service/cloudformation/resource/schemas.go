package resource

import "context"

// schemasRegistry is AWS::EventSchemas::Registry.
func schemasRegistry() *Type {
	result := func(r *Request, name string) Result {
		arn := r.arn("schemas", "registry/"+name)
		return Result{ID: arn, Attributes: obj{"RegistryArn": arn, "RegistryName": name}}
	}
	return &Type{
		Name: "AWS::EventSchemas::Registry", Properties: "Description RegistryName! Tags", Attributes: "RegistryArn RegistryName",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("RegistryName", naming{max: 64})
			in := pick(r.Props, "Description")
			in["RegistryName"], in["Tags"] = name, tagObject(r.allTags())
			_, err := r.do(ctx, "schemas", "CreateRegistry", in)
			return result(r, name), r.adopt(err)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			name := text(r.Attributes["RegistryName"])
			if r.changed("Description") {
				_, err := r.do(ctx, "schemas", "UpdateRegistry", obj{"RegistryName": name, "Description": r.str("Description")})
				if err != nil {
					return Result{}, err
				}
			}
			return result(r, name), r.tagMapARN(ctx, "schemas", r.ID)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "schemas", "DeleteRegistry", obj{"RegistryName": r.Attributes["RegistryName"]})
			return forget(err)
		},
	}
}

// schemasSchema is AWS::EventSchemas::Schema.
func schemasSchema() *Type {
	result := func(out obj) Result {
		attributes := pick(out, "LastModified", "SchemaArn", "SchemaName", "SchemaVersion", "VersionCreatedDate")
		return Result{ID: text(out["SchemaArn"]), Attributes: attributes}
	}
	return &Type{
		Name:       "AWS::EventSchemas::Schema",
		Properties: "Content* Description RegistryName!* SchemaName! Tags Type*",
		Attributes: "LastModified SchemaArn SchemaName SchemaVersion VersionCreatedDate",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "Content", "Description", "RegistryName", "Type")
			in["SchemaName"], in["Tags"] = r.name("SchemaName", naming{max: 385}), tagObject(r.allTags())
			out, err := r.do(ctx, "schemas", "CreateSchema", in)
			if r.adopt(err) != nil {
				return Result{}, err
			}
			if err != nil { // it was made before
				out, err = r.do(ctx, "schemas", "DescribeSchema", pick(in, "RegistryName", "SchemaName"))
			}
			return result(out), err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "Content", "Description", "RegistryName", "Type")
			in["SchemaName"], in["ClientTokenId"] = r.Attributes["SchemaName"], r.Token[:min(36, len(r.Token))]
			out, err := r.do(ctx, "schemas", "UpdateSchema", in)
			if err != nil {
				return Result{}, err
			}
			return result(out), r.tagMapARN(ctx, "schemas", r.ID)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "schemas", "DeleteSchema", obj{"RegistryName": r.Props["RegistryName"], "SchemaName": r.Attributes["SchemaName"]})
			return forget(err)
		},
	}
}

// schemasDiscoverer is AWS::EventSchemas::Discoverer.
func schemasDiscoverer() *Type {
	result := func(out obj) Result {
		return Result{ID: text(out["DiscovererArn"]), Attributes: pick(out, "DiscovererArn", "DiscovererId", "State")}
	}
	return &Type{
		Name: "AWS::EventSchemas::Discoverer", Properties: "CrossAccount Description SourceArn!* Tags",
		Attributes: "DiscovererArn DiscovererId State",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "CrossAccount", "Description", "SourceArn")
			in["Tags"] = tagObject(r.allTags())
			out, err := r.do(ctx, "schemas", "CreateDiscoverer", in)
			if r.adopt(err) != nil {
				return Result{}, err
			}
			if err != nil { // a bus has one, so it is this one
				out, err = r.find(ctx, "schemas", "ListDiscoverers", nil, "Discoverers", "NextToken", "NextToken",
					func(d obj) bool { return text(d["SourceArn"]) == r.str("SourceArn") })
			}
			return result(out), err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			in := pick(r.Props, "CrossAccount", "Description")
			in["DiscovererId"] = r.Attributes["DiscovererId"]
			out, err := r.do(ctx, "schemas", "UpdateDiscoverer", in)
			if err != nil {
				return Result{}, err
			}
			return result(out), r.tagMapARN(ctx, "schemas", r.ID)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "schemas", "DeleteDiscoverer", obj{"DiscovererId": r.Attributes["DiscovererId"]})
			return forget(err)
		},
	}
}

// schemasRegistryPolicy is AWS::EventSchemas::RegistryPolicy.
func schemasRegistryPolicy() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		in := obj{"RegistryName": r.Props["RegistryName"], "Policy": document(r.Props["Policy"])}
		if v := r.Props["RevisionId"]; v != nil {
			in["RevisionId"] = v
		}
		_, err := r.do(ctx, "schemas", "PutResourcePolicy", in)
		return Result{ID: r.str("RegistryName"), Attributes: obj{"Id": r.str("RegistryName")}}, err
	}
	return &Type{
		Name: "AWS::EventSchemas::RegistryPolicy", Properties: "Policy* RegistryName!* RevisionId", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "schemas", "DeleteResourcePolicy", obj{"RegistryName": r.Props["RegistryName"]})
			return forget(err)
		},
	}
}
