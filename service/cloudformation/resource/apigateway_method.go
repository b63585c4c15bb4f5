package resource

import (
	"context"
	"maps"
	"slices"
)

// restMethod is AWS::ApiGateway::Method: a method with its responses, its
// integration and the responses of that.
func restMethod() *Type {
	return &Type{
		Name: "AWS::ApiGateway::Method",
		Properties: `ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId HttpMethod!* Integration MethodResponses OperationName
			RequestModels RequestParameters RequestValidatorId ResourceId!* RestApiId!*`,
		Create: func(ctx context.Context, r *Request) (Result, error) {
			if r.Repeat {
				if err := r.dropMethod(ctx); err != nil {
					return Result{}, err
				}
			}
			return Result{ID: r.madeName(naming{max: 64})}, r.putMethod(ctx)
		},
		// A method is made anew: what stages serve is a copy of it.
		Update: func(ctx context.Context, r *Request) (Result, error) {
			if err := r.dropMethod(ctx); err != nil {
				return Result{}, err
			}
			return Result{ID: r.ID}, r.putMethod(ctx)
		},
		Delete: func(ctx context.Context, r *Request) error { return r.dropMethod(ctx) },
	}
}

// dropMethod removes the method with all that belongs to it.
func (r *Request) dropMethod(ctx context.Context) error {
	_, err := r.do(ctx, "apigateway", "DeleteMethod", r.methodKey(nil))
	return forget(err)
}

// methodKey is an input that names the method, with members of from.
func (r *Request) methodKey(from obj, names ...string) obj {
	in := pick(from, names...)
	maps.Copy(in, pick(r.Props, "RestApiId", "ResourceId", "HttpMethod"))
	return in
}

// putMethod makes the method with all that belongs to it.
func (r *Request) putMethod(ctx context.Context) error {
	in := r.methodKey(r.Props, "ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId", "OperationName", "RequestModels",
		"RequestParameters", "RequestValidatorId")
	if in["AuthorizationType"] == nil {
		in["AuthorizationType"] = "NONE"
	}
	if _, err := r.do(ctx, "apigateway", "PutMethod", in); err != nil {
		return err
	}
	for _, v := range list(r.Props["MethodResponses"]) {
		if _, err := r.do(ctx, "apigateway", "PutMethodResponse", r.methodKey(object(v), "StatusCode", "ResponseModels", "ResponseParameters")); err != nil {
			return err
		}
	}
	integration := object(r.Props["Integration"])
	if integration == nil {
		return nil
	}
	if _, err := r.do(ctx, "apigateway", "PutIntegration", r.methodKey(integration, slices.Sorted(maps.Keys(integration))...)); err != nil {
		return err
	}
	for _, v := range list(integration["IntegrationResponses"]) {
		in := r.methodKey(object(v), "StatusCode", "SelectionPattern", "ResponseParameters", "ResponseTemplates", "ContentHandling")
		if _, err := r.do(ctx, "apigateway", "PutIntegrationResponse", in); err != nil {
			return err
		}
	}
	return nil
}
