package resource

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"maru.dev/maru/service/openapi"
)

// restAPI is AWS::ApiGateway::RestApi.
func restAPI() *Type {
	return &Type{
		Name: "AWS::ApiGateway::RestApi",
		Properties: `ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom Description DisableExecuteApiEndpoint EndpointAccessMode
			EndpointConfiguration FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy SecurityPolicy Tags`,
		Attributes: "RestApiId RootResourceId",
		Create:     createRestAPI, Update: updateRestAPI,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteRestApi", obj{"restApiId": r.ID})
			return forget(err)
		},
	}
}

// plainTypes writes the media types of a template, in which slashes may be ~1, as
// they are.
func plainTypes(props obj) obj {
	if props["BinaryMediaTypes"] == nil {
		return props
	}
	out := pickAll(props)
	var types []any
	for _, t := range list(props["BinaryMediaTypes"]) {
		types = append(types, strings.ReplaceAll(text(t), "~1", "/"))
	}
	out["BinaryMediaTypes"] = types
	return out
}

// createRestAPI makes the API, from its definition where it has one.
func createRestAPI(ctx context.Context, r *Request) (Result, error) {
	r.Props = plainTypes(r.Props)
	body, err := r.definition(ctx)
	if err != nil {
		return Result{}, err
	}
	if r.Repeat {
		names := []string{r.str("Name"), titleOf(body)} // it may not have come to its own name yet
		if found, err := r.findREST(ctx, "GetRestApis", nil, func(a obj) bool {
			return slices.Contains(names, text(a["name"])) && !r.Claimed(text(a["id"])) && createdSince(text(a["createdDate"]), r)
		}); err != nil {
			return Result{}, err
		} else if found != nil {
			r.ID = text(found["id"])
			return restAPIResult(found), r.completeRestAPI(ctx, body)
		}
	}
	if body == "" {
		in := pick(r.Props, "BinaryMediaTypes", "CloneFrom", "Description", "DisableExecuteApiEndpoint", "EndpointAccessMode", "EndpointConfiguration",
			"MinimumCompressionSize", "Name", "Policy", "SecurityPolicy")
		in["apiKeySource"] = r.Props["ApiKeySourceType"]
		in["tags"] = tagObject(r.allTags())
		out, err := r.do(ctx, "apigateway", "CreateRestApi", in)
		return restAPIResult(out), err
	}
	out, err := r.do(ctx, "apigateway", "ImportRestApi", r.restDefinition(body))
	if err != nil {
		return Result{}, err
	}
	r.ID = text(out["id"])
	return restAPIResult(out), r.completeRestAPI(ctx, "")
}

// completeRestAPI sets what the properties say beside the definition, of an API
// that was made. With a definition it is read again first: it is not known
// whether it was.
func (r *Request) completeRestAPI(ctx context.Context, body string) error {
	if body != "" {
		in := r.restDefinition(body)
		in["restApiId"], in["mode"] = r.ID, "overwrite"
		if _, err := r.do(ctx, "apigateway", "PutRestApi", in); err != nil {
			return err
		}
	}
	if err := r.patchRestAPI(ctx, nil); err != nil {
		return err
	}
	return r.tagGateway(ctx, "apigateway", "/restapis/"+r.ID, r.allTags(), nil)
}

// titleOf is the name that a definition gives its API, or "".
func titleOf(body string) string {
	doc, err := openapi.Read[struct {
		Info struct{ Title openapi.Text } `json:"info"`
	}]([]byte(body))
	if err != nil {
		return "" // no title, no match
	}
	return string(doc.Info.Title)
}

// restAPIResult is what a template sees of an API.
func restAPIResult(out obj) Result {
	return Result{ID: text(out["id"]), Attributes: obj{"RestApiId": out["id"], "RootResourceId": out["rootResourceId"]}}
}

// restDefinition is the input of an import.
func (r *Request) restDefinition(body string) obj {
	in := pick(r.Props, "FailOnWarnings", "Parameters")
	in["body"] = base64.StdEncoding.EncodeToString([]byte(body))
	return in
}

// patchRestAPI brings what an API is beside its resources from before to what
// the properties say. Where they say nothing, it stays as the definition has it.
func (r *Request) patchRestAPI(ctx context.Context, before obj) error {
	p := &patches{before: before, after: r.Props}
	p.scalars("Name", "MinimumCompressionSize", "SecurityPolicy", "EndpointAccessMode")
	p.removable("Description", "Policy")
	p.scalar("ApiKeySourceType", "/apiKeySource", "HEADER")
	p.scalar("DisableExecuteApiEndpoint", "/disableExecuteApiEndpoint", "false")
	p.set("BinaryMediaTypes", "/binaryMediaTypes")
	if c := object(r.Props["EndpointConfiguration"]); c != nil && !Equal(c, before["EndpointConfiguration"]) {
		if err := r.patchEndpoint(ctx, p, c); err != nil {
			return err
		}
	}
	return p.send(ctx, r, "UpdateRestApi", obj{"restApiId": r.ID})
}

// patchEndpoint brings the API's endpoint up to date: its type is replaced under
// the name of the one that it has.
func (r *Request) patchEndpoint(ctx context.Context, p *patches, want obj) error {
	now, err := r.do(ctx, "apigateway", "GetRestApi", obj{"restApiId": r.ID})
	if err != nil {
		return err
	}
	have := object(now["endpointConfiguration"])
	if was, is := textList(have["types"]), textList(want["Types"]); len(was) > 0 && len(is) > 0 && was[0] != is[0] {
		p.add("replace", "/endpointConfiguration/types/"+was[0], is[0])
	}
	p.within(obj{"VpcEndpointIds": have["vpcEndpointIds"], "IpAddressType": have["ipAddressType"]}, want, func(e *patches) {
		e.values("VpcEndpointIds", "/endpointConfiguration/vpcEndpointIds")
		if want["IpAddressType"] != nil {
			e.scalar("IpAddressType", "/endpointConfiguration/ipAddressType", "")
		}
	})
	return nil
}

// updateRestAPI reads the definition again when it changed, and sets what
// changed beside it.
func updateRestAPI(ctx context.Context, r *Request) (Result, error) {
	r.Props = plainTypes(r.Props)
	before := plainTypes(r.Old)
	if r.changed("Body", "BodyS3Location", "Parameters", "Mode", "FailOnWarnings") {
		body, err := r.definition(ctx)
		if err != nil {
			return Result{}, err
		}
		if body != "" {
			in := r.restDefinition(body)
			in["restApiId"], in["mode"] = r.ID, "overwrite"
			if mode := r.Props["Mode"]; mode != nil {
				in["mode"] = mode
			}
			if _, err := r.do(ctx, "apigateway", "PutRestApi", in); err != nil {
				return Result{}, err
			}
			before = nil // what the properties say stands over what was just read
		}
	}
	if err := r.patchRestAPI(ctx, before); err != nil {
		return Result{}, err
	}
	set, remove := r.tagChanges()
	return Result{ID: r.ID, Attributes: r.Attributes}, r.tagGateway(ctx, "apigateway", "/restapis/"+r.ID, set, remove)
}

// findREST is find in a list of API Gateway's first API.
func (r *Request) findREST(ctx context.Context, operation string, in obj, match func(obj) bool) (obj, error) {
	return r.find(ctx, "apigateway", operation, in, "items", "position", "position", match)
}
