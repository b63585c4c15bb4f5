package resource

import "context"

// lambdaLayerVersion is AWS::Lambda::LayerVersion.
func lambdaLayerVersion() *Type {
	return &Type{
		Name:       "AWS::Lambda::LayerVersion",
		Properties: "CompatibleArchitectures! CompatibleRuntimes! Content!* Description! LayerName! LicenseInfo!",
		Attributes: "LayerVersionArn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			name := r.name("LayerName", naming{max: 140})
			if r.Repeat {
				found, err := r.find(ctx, "lambda", "ListLayerVersions", obj{"LayerName": name}, "LayerVersions", "NextMarker", "Marker", func(v obj) bool {
					return !r.Claimed(text(v["LayerVersionArn"])) && createdSince(text(v["CreatedDate"]), r)
				})
				if err != nil && !gone(err) {
					return Result{}, err
				}
				if found != nil {
					return layerVersion(found), nil
				}
			}
			in := pick(r.Props, "CompatibleArchitectures", "CompatibleRuntimes", "Content", "Description", "LicenseInfo")
			in["LayerName"] = name
			out, err := r.do(ctx, "lambda", "PublishLayerVersion", in)
			return layerVersion(out), err
		},
		Delete: func(ctx context.Context, r *Request) error {
			layer, version := cutLast(r.ID)
			_, err := r.do(ctx, "lambda", "DeleteLayerVersion", obj{"LayerName": layer, "VersionNumber": version})
			return forget(err)
		},
	}
}

// layerVersion is what a template sees of a version of a layer.
func layerVersion(out obj) Result {
	arn := text(out["LayerVersionArn"])
	return Result{ID: arn, Attributes: obj{"LayerVersionArn": arn}}
}

// lambdaURL is AWS::Lambda::Url.
func lambdaURL() *Type {
	target := func(r *Request) obj {
		name, qualifier := functionOf(r.Props["TargetFunctionArn"])
		in := obj{"FunctionName": name}
		if q := r.str("Qualifier"); q != "" {
			qualifier = q
		}
		if qualifier != "" {
			in["Qualifier"] = qualifier
		}
		return in
	}
	result := func(out obj) Result {
		return Result{ID: text(out["FunctionArn"]), Attributes: obj{"FunctionArn": out["FunctionArn"], "FunctionUrl": out["FunctionUrl"]}}
	}
	send := func(ctx context.Context, r *Request, operation string) (Result, error) {
		in := target(r)
		for k, v := range pick(r.Props, "AuthType", "Cors", "InvokeMode") {
			in[k] = v
		}
		out, err := r.do(ctx, "lambda", operation, in)
		return result(out), err
	}
	return &Type{
		Name:       "AWS::Lambda::Url",
		Properties: "AuthType* Cors InvokeMode Qualifier! TargetFunctionArn!*",
		Attributes: "FunctionUrl FunctionArn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			out, err := send(ctx, r, "CreateFunctionUrlConfig")
			if r.Repeat && exists(err) {
				return send(ctx, r, "UpdateFunctionUrlConfig")
			}
			return out, err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) { return send(ctx, r, "UpdateFunctionUrlConfig") },
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "lambda", "DeleteFunctionUrlConfig", target(r))
			return forget(err)
		},
	}
}
