package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// apiSettings are the properties of an API that its operations take by the
// same name.
var apiSettings = []string{
	"ApiKeySelectionExpression", "CorsConfiguration", "CredentialsArn", "Description", "DisableExecuteApiEndpoint",
	"DisableSchemaValidation", "Name", "RouteKey", "RouteSelectionExpression", "Target", "Version",
}

// apiAPI is AWS::ApiGatewayV2::Api.
func apiAPI() *Type {
	return &Type{
		Name: "AWS::ApiGatewayV2::Api",
		Properties: `ApiKeySelectionExpression BasePath Body BodyS3Location CorsConfiguration CredentialsArn Description
			DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings IpAddressType~ Name ProtocolType! RouteKey
			RouteSelectionExpression Tags Target Version`,
		Attributes: "ApiId ApiEndpoint",
		Create:     createAPI, Update: updateAPI,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigatewayv2", "DeleteApi", obj{"ApiId": r.ID})
			return forget(err)
		},
	}
}

// createAPI makes the API, from its definition where it has one.
func createAPI(ctx context.Context, r *Request) (Result, error) {
	body, err := r.definition(ctx)
	if err != nil {
		return Result{}, err
	}
	if r.Repeat {
		if found, err := r.findAPI(ctx, body); err != nil || found != nil {
			return apiResult(found), err
		}
	}
	if body == "" {
		in := pick(r.Props, append([]string{"ProtocolType"}, apiSettings...)...)
		if tags := r.allTags(); len(tags) > 0 {
			in["Tags"] = tagObject(tags)
		}
		out, err := r.do(ctx, "apigatewayv2", "CreateApi", in)
		return apiResult(out), err
	}
	in := obj{"Body": body}
	if b := r.Props["BasePath"]; b != nil {
		in["Basepath"] = b
	}
	if f := r.Props["FailOnWarnings"]; f != nil {
		in["FailOnWarnings"] = f
	}
	out, err := r.do(ctx, "apigatewayv2", "ImportApi", in)
	if err != nil {
		return Result{}, err
	}
	r.ID = text(out["ApiId"])
	return apiResult(out), r.overDefinition(ctx)
}

// apiResult is what a template sees of an API.
func apiResult(out obj) Result {
	return Result{ID: text(out["ApiId"]), Attributes: obj{"ApiId": out["ApiId"], "ApiEndpoint": out["ApiEndpoint"]}}
}

// overDefinition sets what the properties say beside the definition.
func (r *Request) overDefinition(ctx context.Context) error {
	if in := pick(r.Props, apiSettings...); len(in) > 0 {
		in["ApiId"] = r.ID
		if _, err := r.do(ctx, "apigatewayv2", "UpdateApi", in); err != nil {
			return err
		}
	}
	return r.tagGateway(ctx, "apigatewayv2", "/apis/"+r.ID, r.allTags(), nil)
}

// tagGateway sets and removes tags of a resource of one of API Gateway's APIs.
func (r *Request) tagGateway(ctx context.Context, service, path string, set map[string]string, remove []string) error {
	arn := "arn:" + r.Partition + ":apigateway:" + r.Region + "::" + path
	if len(set) > 0 {
		if _, err := r.do(ctx, service, "TagResource", obj{"ResourceArn": arn, "Tags": tagObject(set)}); err != nil {
			return err
		}
	}
	if len(remove) > 0 {
		if _, err := r.do(ctx, service, "UntagResource", obj{"ResourceArn": arn, "TagKeys": texts(remove)}); err != nil {
			return err
		}
	}
	return nil
}

// definition is the API's OpenAPI document as JSON text; "" when it has none.
func (r *Request) definition(ctx context.Context) (string, error) {
	if body := r.Props["Body"]; body != nil {
		b, err := json.Marshal(body)
		return string(b), err
	}
	loc := object(r.Props["BodyS3Location"])
	if loc == nil {
		return "", nil
	}
	body, err := r.object(ctx, loc)
	if err != nil {
		return "", fmt.Errorf("read API definition: %w", err)
	}
	return body, nil
}

// findAPI finds the API that an earlier attempt may have made: of the same
// name, since the step began, and no other resource's.
func (r *Request) findAPI(ctx context.Context, body string) (obj, error) {
	name := r.str("Name")
	if name == "" && body != "" {
		var doc struct{ Info struct{ Title string } }
		_ = json.Unmarshal([]byte(body), &doc) // no title, no match
		name = doc.Info.Title
	}
	return r.find(ctx, "apigatewayv2", "GetApis", nil, "Items", "NextToken", "NextToken", func(a obj) bool {
		return text(a["Name"]) == name && !r.Claimed(text(a["ApiId"])) && createdSince(text(a["CreatedDate"]), r)
	})
}

// createdSince tells whether a time, in seconds or as text, is not before the
// step's first attempt.
func createdSince(at string, r *Request) bool {
	var t time.Time
	if seconds, err := strconv.ParseFloat(at, 64); err == nil {
		t = time.UnixMilli(int64(seconds * 1000))
	} else if t, err = time.Parse(time.RFC3339, strings.Replace(at, "+0000", "Z", 1)); err != nil {
		return false
	}
	return !t.Before(r.Began.Truncate(time.Second))
}

// updateAPI sends the definition again when it changed, and what changed
// beside it.
func updateAPI(ctx context.Context, r *Request) (Result, error) {
	if r.changed("Body", "BodyS3Location") {
		body, err := r.definition(ctx)
		if err != nil {
			return Result{}, err
		}
		in := obj{"ApiId": r.ID, "Body": body}
		if b := r.Props["BasePath"]; b != nil {
			in["Basepath"] = b
		}
		if _, err := r.do(ctx, "apigatewayv2", "ReimportApi", in); err != nil {
			return Result{}, err
		}
		if err := r.overDefinition(ctx); err != nil {
			return Result{}, err
		}
	} else if r.changed(apiSettings...) {
		in := pick(r.Props, apiSettings...)
		in["ApiId"] = r.ID
		if r.changed("CorsConfiguration") && r.Props["CorsConfiguration"] == nil {
			if _, err := r.do(ctx, "apigatewayv2", "DeleteCorsConfiguration", obj{"ApiId": r.ID}); err != nil {
				return Result{}, err
			}
		}
		if _, err := r.do(ctx, "apigatewayv2", "UpdateApi", in); err != nil {
			return Result{}, err
		}
	}
	set, remove := r.tagChanges()
	return Result{ID: r.ID, Attributes: r.Attributes}, r.tagGateway(ctx, "apigatewayv2", "/apis/"+r.ID, set, remove)
}
