package resource

import (
	"context"
	"strings"
)

// lambdaPermission is AWS::Lambda::Permission.
func lambdaPermission() *Type {
	return &Type{
		Name: "AWS::Lambda::Permission",
		Properties: `Action!* EventSourceToken! FunctionName!* FunctionUrlAuthType! InvokedViaFunctionUrl! Principal!* PrincipalOrgID!
			SourceAccount! SourceArn!`,
		Attributes: "Id",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			id := r.madeName(naming{max: 100})
			name, qualifier := functionOf(r.Props["FunctionName"])
			in := pick(r.Props, "Action", "EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl", "Principal", "PrincipalOrgID",
				"SourceAccount", "SourceArn")
			in["FunctionName"], in["StatementId"] = name, id
			if qualifier != "" {
				in["Qualifier"] = qualifier
			}
			_, err := r.do(ctx, "lambda", "AddPermission", in)
			return Result{ID: id, Attributes: obj{"Id": id}}, r.adopt(err)
		},
		Delete: func(ctx context.Context, r *Request) error {
			name, qualifier := functionOf(r.Props["FunctionName"])
			in := obj{"FunctionName": name, "StatementId": r.ID}
			if qualifier != "" {
				in["Qualifier"] = qualifier
			}
			_, err := r.do(ctx, "lambda", "RemovePermission", in)
			return forget(err)
		},
	}
}

// lambdaLayerVersionPermission is AWS::Lambda::LayerVersionPermission.
func lambdaLayerVersionPermission() *Type {
	return &Type{
		Name:       "AWS::Lambda::LayerVersionPermission",
		Properties: "Action!* LayerVersionArn!* OrganizationId! Principal!*",
		Attributes: "Id",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			layer, version := cutLast(r.str("LayerVersionArn"))
			in := pick(r.Props, "Action", "OrganizationId", "Principal")
			in["LayerName"], in["VersionNumber"], in["StatementId"] = layer, version, r.madeName(naming{max: 100})
			_, err := r.do(ctx, "lambda", "AddLayerVersionPermission", in)
			id := r.str("LayerVersionArn") + "#" + text(in["StatementId"])
			return Result{ID: id, Attributes: obj{"Id": id}}, r.adopt(err)
		},
		Delete: func(ctx context.Context, r *Request) error {
			arn, statement, _ := strings.Cut(r.ID, "#")
			layer, version := cutLast(arn)
			_, err := r.do(ctx, "lambda", "RemoveLayerVersionPermission", obj{"LayerName": layer, "VersionNumber": version, "StatementId": statement})
			return forget(err)
		},
	}
}

// cutLast cuts s at its last colon.
func cutLast(s string) (head, tail string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}
