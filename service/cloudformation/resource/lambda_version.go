package resource

import (
	"context"
	"fmt"
	"strings"
)

// functionOf cuts a function's name or ARN into the part that names the
// function and its qualifier.
func functionOf(v any) (name, qualifier string) {
	s := text(v)
	if !strings.HasPrefix(s, "arn:") {
		name, qualifier, _ = strings.Cut(s, ":")
		return name, qualifier
	}
	parts := strings.SplitN(s, ":", 8)
	if len(parts) == 8 {
		return strings.Join(parts[:7], ":"), parts[7]
	}
	return s, ""
}

// lambdaVersion is AWS::Lambda::Version.
func lambdaVersion() *Type {
	return &Type{
		Name:       "AWS::Lambda::Version",
		Properties: "CodeSha256! Description! FunctionName!* FunctionScalingConfig!~ ProvisionedConcurrencyConfig!~ RuntimePolicy!~",
		Attributes: "Version FunctionArn",
		Create:     publishVersion,
		Delete: func(ctx context.Context, r *Request) error {
			name, version := functionOf(r.ID)
			_, err := r.do(ctx, "lambda", "DeleteFunction", obj{"FunctionName": name, "Qualifier": version})
			return forget(err)
		},
	}
}

// publishVersion publishes. Lambda gives the last version back when nothing
// changed since, which is one that another resource or deployment made, unless
// an earlier attempt of this one did.
func publishVersion(ctx context.Context, r *Request) (Result, error) {
	name, _ := functionOf(r.Props["FunctionName"])
	before := map[string]bool{}
	if !r.Repeat {
		_, err := r.find(ctx, "lambda", "ListVersionsByFunction", obj{"FunctionName": name}, "Versions", "NextMarker", "Marker", func(v obj) bool {
			before[text(v["Version"])] = true
			return false
		})
		if err != nil {
			return Result{}, err
		}
	}
	in := pick(r.Props, "CodeSha256", "Description")
	in["FunctionName"] = name
	out, err := r.do(ctx, "lambda", "PublishVersion", in)
	if err != nil {
		return Result{}, busy(err)
	}
	version, arn := text(out["Version"]), text(out["FunctionArn"])
	if _, qualifier := functionOf(arn); qualifier == "" {
		arn += ":" + version
	}
	if before[version] || r.Claimed(arn) {
		return Result{}, fmt.Errorf("Resource handler returned message: \"A version for this Lambda function exists ( %s ). Modify the function to create a new version.\" (RequestToken: %s, HandlerErrorCode: AlreadyExists)", version, r.Token)
	}
	return Result{ID: arn, Attributes: obj{"Version": version, "FunctionArn": arn}}, nil
}

// lambdaAlias is AWS::Lambda::Alias.
func lambdaAlias() *Type {
	input := func(r *Request) obj {
		name, _ := functionOf(r.Props["FunctionName"])
		in := pick(r.Props, "Description", "FunctionVersion", "Name")
		in["FunctionName"] = name
		in["RoutingConfig"] = obj{"AdditionalVersionWeights": obj{}}
		for _, w := range list(at(r.Props, "RoutingConfig", "AdditionalVersionWeights")) {
			at(in, "RoutingConfig", "AdditionalVersionWeights").(obj)[text(at(w, "FunctionVersion"))] = at(w, "FunctionWeight")
		}
		return in
	}
	result := func(out obj) Result {
		return Result{ID: text(out["AliasArn"]), Attributes: obj{"AliasArn": out["AliasArn"]}}
	}
	return &Type{
		Name:       "AWS::Lambda::Alias",
		Properties: "Description FunctionName!* FunctionVersion* Name!* ProvisionedConcurrencyConfig~ RoutingConfig",
		Attributes: "AliasArn",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			out, err := r.do(ctx, "lambda", "CreateAlias", input(r))
			if r.Repeat && exists(err) {
				out, err = r.do(ctx, "lambda", "UpdateAlias", input(r))
			}
			return result(out), err
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			out, err := r.do(ctx, "lambda", "UpdateAlias", input(r))
			return result(out), err
		},
		Delete: func(ctx context.Context, r *Request) error {
			name, alias := functionOf(r.ID)
			_, err := r.do(ctx, "lambda", "DeleteAlias", obj{"FunctionName": name, "Name": alias})
			return forget(err)
		},
	}
}
