package resource

import (
	"context"
	"strings"
)

// restPart is what the types that are created, changed and removed by operations
// of one form have in common.
type restPart struct {
	noun   string // CreateAuthorizer
	plural string // GetAuthorizers; "" for noun and s
	create string // of other operations than Create and the noun

	properties string
	attribute  string   // that is the id
	key        string   // what the id is called in calls: authorizerId
	id         string   // and in answers, where it is not id
	above      []string // properties that say what it belongs to
	sent       []string // properties that go into its creation
	tags       string   // path of its tags; "" for none

	input  func(r *Request, in obj)              // completes the input of the creation
	same   func(r *Request, found obj) bool      // one that exists is what these properties would make
	change func(r *Request, p *patches)          // what an update changes in place
	free   func(context.Context, *Request) error // what has to be before it is removed
}

// restType makes the type of a part.
func restType(name string, p restPart) *Type {
	if p.plural == "" {
		p.plural = p.noun + "s"
	}
	if p.create == "" {
		p.create = "Create" + p.noun
	}
	if p.id == "" {
		p.id = "id"
	}
	t := &Type{
		Name: name, Properties: p.properties, Attributes: p.attribute, Create: p.make,
		Delete: func(ctx context.Context, r *Request) error {
			if p.free != nil {
				if err := p.free(ctx, r); err != nil {
					return forget(err)
				}
			}
			_, err := r.do(ctx, "apigateway", "Delete"+p.noun, p.target(r))
			return forget(err)
		},
	}
	if p.change != nil {
		t.Update = p.update
	}
	return t
}

// target names the resource.
func (p *restPart) target(r *Request) obj {
	in := pick(r.Props, p.above...)
	in[p.key] = r.ID
	return in
}

// result is what a template sees of a part.
func (p *restPart) result(id string) Result {
	out := Result{ID: id, Attributes: obj{}}
	for a := range strings.FieldsSeq(p.attribute) {
		out.Attributes[a] = id
	}
	return out
}

// make creates the resource, unless an attempt before did.
func (p *restPart) make(ctx context.Context, r *Request) (Result, error) {
	if r.Repeat {
		found, err := r.findREST(ctx, "Get"+p.plural, pick(r.Props, p.above...), func(f obj) bool {
			return !r.Claimed(text(f[p.id])) && p.same(r, f)
		})
		if err != nil || found != nil {
			return p.result(text(found[p.id])), err
		}
	}
	in := pick(r.Props, append(p.sent, p.above...)...)
	if p.tags != "" {
		in["tags"] = tagObject(r.allTags())
	}
	if p.input != nil {
		p.input(r, in)
	}
	out, err := r.do(ctx, "apigateway", p.create, in)
	return p.result(text(out[p.id])), err
}

// update changes the resource in place.
func (p *restPart) update(ctx context.Context, r *Request) (Result, error) {
	ops := r.patches()
	p.change(r, ops)
	if err := ops.send(ctx, r, "Update"+p.noun, p.target(r)); err != nil {
		return Result{}, err
	}
	if p.tags == "" {
		return p.result(r.ID), nil
	}
	set, remove := r.tagChanges()
	return p.result(r.ID), r.tagGateway(ctx, "apigateway", p.tags+r.ID, set, remove)
}

// sameName finds a part by its name.
func sameName(r *Request, found obj) bool { return Equal(found["name"], r.Props["Name"]) }

// restResource is AWS::ApiGateway::Resource.
func restResource() *Type {
	return restType("AWS::ApiGateway::Resource", restPart{
		noun: "Resource", attribute: "ResourceId", key: "resourceId", above: []string{"RestApiId"},
		properties: "ParentId!* PathPart!* RestApiId!*", sent: []string{"ParentId", "PathPart"},
		same: func(r *Request, f obj) bool {
			return Equal(f["parentId"], r.Props["ParentId"]) && Equal(f["pathPart"], r.Props["PathPart"])
		},
	})
}

// restAuthorizer is AWS::ApiGateway::Authorizer.
func restAuthorizer() *Type {
	return restType("AWS::ApiGateway::Authorizer", restPart{
		noun: "Authorizer", attribute: "AuthorizerId", key: "authorizerId", above: []string{"RestApiId"},
		properties: `AuthType AuthorizerCredentials AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource IdentityValidationExpression
			Name* ProviderARNs RestApiId!* Type*`,
		sent: []string{
			"AuthType", "AuthorizerCredentials", "AuthorizerResultTtlInSeconds", "AuthorizerUri", "IdentitySource",
			"IdentityValidationExpression", "Name", "ProviderARNs", "Type",
		},
		same: sameName,
		change: func(_ *Request, p *patches) {
			p.scalars("AuthType", "AuthorizerCredentials", "AuthorizerUri", "IdentityValidationExpression", "Name", "Type")
			p.removable("IdentitySource")
			p.scalar("AuthorizerResultTtlInSeconds", "/authorizerResultTtlInSeconds", "300")
			p.values("ProviderARNs", "/providerARNs")
		},
	})
}

// restModel is AWS::ApiGateway::Model. Its id is its name.
func restModel() *Type {
	name := func(r *Request) string {
		if n := r.str("Name"); n != "" {
			return n
		}
		return strings.ReplaceAll(r.madeName(naming{max: 128}), "-", "") // letters and digits only
	}
	return restType("AWS::ApiGateway::Model", restPart{
		noun: "Model", key: "modelName", id: "name", above: []string{"RestApiId"},
		properties: "ContentType! Description Name! RestApiId!* Schema", sent: []string{"ContentType", "Description", "Schema"},
		input: func(r *Request, in obj) {
			in["name"] = name(r)
			if in["ContentType"] == nil {
				in["ContentType"] = "application/json"
			}
		},
		same:   func(r *Request, f obj) bool { return text(f["name"]) == name(r) },
		change: func(_ *Request, p *patches) { p.scalars("Description", "Schema") },
	})
}

// restValidator is AWS::ApiGateway::RequestValidator.
func restValidator() *Type {
	return restType("AWS::ApiGateway::RequestValidator", restPart{
		noun: "RequestValidator", attribute: "RequestValidatorId", key: "requestValidatorId", above: []string{"RestApiId"},
		properties: "Name! RestApiId!* ValidateRequestBody ValidateRequestParameters",
		sent:       []string{"Name", "ValidateRequestBody", "ValidateRequestParameters"},
		same:       sameName,
		change: func(_ *Request, p *patches) {
			p.scalar("ValidateRequestBody", "/validateRequestBody", "false")
			p.scalar("ValidateRequestParameters", "/validateRequestParameters", "false")
		},
	})
}

// restDocumentationPart is AWS::ApiGateway::DocumentationPart.
func restDocumentationPart() *Type {
	return restType("AWS::ApiGateway::DocumentationPart", restPart{
		noun: "DocumentationPart", attribute: "DocumentationPartId", key: "documentationPartId", above: []string{"RestApiId"},
		properties: "Location!* Properties* RestApiId!*", sent: []string{"Location", "Properties"},
		same: func(r *Request, f obj) bool { return Equal(f["location"], lowerFirst(r.Props["Location"])) },
		change: func(_ *Request, p *patches) {
			p.scalars("Properties")
		},
	})
}

// restDocumentationVersion is AWS::ApiGateway::DocumentationVersion.
func restDocumentationVersion() *Type {
	return restType("AWS::ApiGateway::DocumentationVersion", restPart{
		noun: "DocumentationVersion", key: "documentationVersion", id: "version", above: []string{"RestApiId"},
		properties: "Description DocumentationVersion!* RestApiId!*", sent: []string{"Description", "DocumentationVersion"},
		same:   func(r *Request, f obj) bool { return Equal(f["version"], r.Props["DocumentationVersion"]) },
		change: func(_ *Request, p *patches) { p.scalars("Description") },
	})
}

// restResponse is AWS::ApiGateway::GatewayResponse: each API has one of each
// type, so that to make it is to set it.
func restResponse() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		_, err := r.do(ctx, "apigateway", "PutGatewayResponse", pick(r.Props, "ResponseParameters", "ResponseTemplates", "ResponseType", "RestApiId", "StatusCode"))
		id := r.ID
		if id == "" {
			id = randomPart(r.Token, true)[:6]
		}
		return Result{ID: id, Attributes: obj{"Id": id}}, err
	}
	return &Type{
		Name:       "AWS::ApiGateway::GatewayResponse",
		Properties: "ResponseParameters ResponseTemplates ResponseType!* RestApiId!* StatusCode", Attributes: "Id",
		Create: put, Update: put,
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteGatewayResponse", pick(r.Props, "ResponseType", "RestApiId"))
			return forget(err)
		},
	}
}
