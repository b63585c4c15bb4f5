package openapi

import (
	"encoding/json"

	"maru.dev/maru/service/openapi"
)

// document is an OpenAPI 3 document, as far as it matters to HTTP APIs.
type document struct {
	OpenAPI    openapi.Text                          `json:"openapi"`
	Swagger    openapi.Text                          `json:"swagger"`
	Info       info                                  `json:"info"`
	Servers    []server                              `json:"servers"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components components                            `json:"components"`
	Security   []map[string][]string                 `json:"security"`
	Cors       *cors                                 `json:"x-amazon-apigateway-cors"`
	Tags       []tag                                 `json:"tags"`
	Endpoint   endpoint                              `json:"x-amazon-apigateway-endpoint-configuration"`
}

// info is what the document is called.
type info struct {
	Title       openapi.Text `json:"title"`
	Version     openapi.Text `json:"version"`
	Description openapi.Text `json:"description"`
}

// server is an address of the API, with what API Gateway says of it.
type server struct {
	openapi.Server

	Endpoint endpoint `json:"x-amazon-apigateway-endpoint-configuration"`
}

// endpoint is the extension about an API's own address.
type endpoint struct {
	Disable *bool `json:"disableExecuteApiEndpoint"`
}

// tag is a tag of the document; with a value it is one of the API.
type tag struct {
	Name  openapi.Text  `json:"name"`
	Value *openapi.Text `json:"x-amazon-apigateway-tag-value"`
}

// components are what operations refer to.
type components struct {
	SecuritySchemes map[string]scheme      `json:"securitySchemes"`
	Integrations    map[string]integration `json:"x-amazon-apigateway-integrations"`
}

// operation is a method of a path.
type operation struct {
	OperationID *openapi.Text          `json:"operationId"`
	IsDefault   bool                   `json:"isDefaultRoute"`
	Security    *[]map[string][]string `json:"security"`
	Integration *integration           `json:"x-amazon-apigateway-integration"`
	Auth        *struct {
		Type openapi.Text `json:"type"`
	} `json:"x-amazon-apigateway-auth"`
}

// scheme is a security scheme.
type scheme struct {
	Type       openapi.Text `json:"type"`
	AuthType   openapi.Text `json:"x-amazon-apigateway-authtype"`
	Authorizer *authorizer  `json:"x-amazon-apigateway-authorizer"`
	OpenIDURL  openapi.Text `json:"openIdConnectUrl"`
}

// authorizer is the extension that makes a scheme work.
type authorizer struct {
	Type           openapi.Text  `json:"type"`
	IdentitySource openapi.Texts `json:"identitySource"`
	JWT            *struct {
		Issuer   openapi.Text  `json:"issuer"`
		Audience openapi.Texts `json:"audience"`
	} `json:"jwtConfiguration"`
	URI             *openapi.Text   `json:"authorizerUri"`
	Credentials     *openapi.Text   `json:"authorizerCredentials"`
	PayloadVersion  *openapi.Text   `json:"authorizerPayloadFormatVersion"`
	TTL             *openapi.Number `json:"authorizerResultTtlInSeconds"`
	SimpleResponses *bool           `json:"enableSimpleResponses"`
}

// integration is the extension that says where an operation leads.
type integration struct {
	Ref                string                             `json:"$ref"`
	Type               openapi.Text                       `json:"type"`
	Method             *openapi.Text                      `json:"httpMethod"`
	URI                *openapi.Text                      `json:"uri"`
	PayloadVersion     *openapi.Text                      `json:"payloadFormatVersion"`
	ConnectionType     *openapi.Text                      `json:"connectionType"`
	ConnectionID       *openapi.Text                      `json:"connectionId"`
	Credentials        *openapi.Text                      `json:"credentials"`
	Description        *openapi.Text                      `json:"description"`
	Subtype            *openapi.Text                      `json:"integrationSubtype"`
	Timeout            *openapi.Number                    `json:"timeoutInMillis"`
	RequestParameters  map[string]openapi.Text            `json:"requestParameters"`
	ResponseParameters map[string]map[string]openapi.Text `json:"responseParameters"`
	TLS                *struct {
		ServerName *openapi.Text `json:"serverNameToVerify"`
	} `json:"tlsConfig"`
}

// cors is the extension with a CORS configuration.
type cors struct {
	AllowOrigins     openapi.Texts   `json:"allowOrigins"`
	AllowMethods     openapi.Texts   `json:"allowMethods"`
	AllowHeaders     openapi.Texts   `json:"allowHeaders"`
	ExposeHeaders    openapi.Texts   `json:"exposeHeaders"`
	MaxAge           *openapi.Number `json:"maxAge"`
	AllowCredentials *bool           `json:"allowCredentials"`
}
