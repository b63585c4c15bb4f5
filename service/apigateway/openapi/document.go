package openapi

import (
	"encoding/json"

	"maru.dev/maru/service/openapi"
)

// The forms of documents' values.
type (
	text   = openapi.Text
	texts  = openapi.Texts
	number = openapi.Number
	truth  = openapi.Bool
)

// document is a document of either version.
type document struct {
	Swagger text `json:"swagger"`
	OpenAPI text `json:"openapi"`
	Info    struct {
		Title       text  `json:"title"`
		Version     *text `json:"version"`
		Description *text `json:"description"`
	} `json:"info"`
	BasePath text                                  `json:"basePath"`
	Servers  []server                              `json:"servers"`
	Paths    map[string]map[string]json.RawMessage `json:"paths"`
	Consumes texts                                 `json:"consumes"`
	Produces texts                                 `json:"produces"`
	Security []map[string]texts                    `json:"security"`
	Tags     []tag                                 `json:"tags"`

	Components components `json:"components"`
	// Of Swagger; they are moved to the components.
	Definitions         map[string]json.RawMessage `json:"definitions"`
	Parameters          map[string]parameter       `json:"parameters"`
	Responses           map[string]response        `json:"responses"`
	SecurityDefinitions map[string]scheme          `json:"securityDefinitions"`

	Endpoint         *endpoint                  `json:"x-amazon-apigateway-endpoint-configuration"`
	KeySource        *text                      `json:"x-amazon-apigateway-api-key-source"`
	Binary           texts                      `json:"x-amazon-apigateway-binary-media-types"`
	Compression      *number                    `json:"x-amazon-apigateway-minimum-compression-size"`
	Policy           json.RawMessage            `json:"x-amazon-apigateway-policy"`
	Validators       map[string]validator       `json:"x-amazon-apigateway-request-validators"`
	Validator        *text                      `json:"x-amazon-apigateway-request-validator"`
	GatewayResponses map[string]gatewayResponse `json:"x-amazon-apigateway-gateway-responses"`
}

// server is an address of the API, with what API Gateway says of it.
type server struct {
	openapi.Server

	Endpoint *endpoint `json:"x-amazon-apigateway-endpoint-configuration"`
}

// endpoint is by what way the API is reached.
type endpoint struct {
	Disable      *truth `json:"disableExecuteApiEndpoint"`
	VPCEndpoints texts  `json:"vpcEndpointIds"`
	AddressType  *text  `json:"ipAddressType"`
}

// tag is a tag of the document; with a value it is one of the API.
type tag struct {
	Name  text  `json:"name"`
	Value *text `json:"x-amazon-apigateway-tag-value"`
}

// components are what the rest of the document refers to.
type components struct {
	Schemas         map[string]json.RawMessage `json:"schemas"`
	Parameters      map[string]parameter       `json:"parameters"`
	Responses       map[string]response        `json:"responses"`
	RequestBodies   map[string]body            `json:"requestBodies"`
	SecuritySchemes map[string]scheme          `json:"securitySchemes"`
	Integrations    map[string]integration     `json:"x-amazon-apigateway-integrations"`
}

// operation is a method of a path.
type operation struct {
	OperationID *text               `json:"operationId"`
	Consumes    texts               `json:"consumes"`
	Produces    texts               `json:"produces"`
	Parameters  []parameter         `json:"parameters"`
	Body        *body               `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
	Security    *[]map[string]texts `json:"security"`
	Integration *integration        `json:"x-amazon-apigateway-integration"`
	Validator   *text               `json:"x-amazon-apigateway-request-validator"`
	Auth        *struct {
		Type text `json:"type"`
	} `json:"x-amazon-apigateway-auth"`
}

// parameter is one of a request.
type parameter struct {
	Ref      string          `json:"$ref"`
	Name     text            `json:"name"`
	In       text            `json:"in"`
	Required truth           `json:"required"`
	Schema   json.RawMessage `json:"schema"`
}

// body is a request's body in OpenAPI 3.
type body struct {
	Ref     string           `json:"$ref"`
	Content map[string]media `json:"content"`
}

// media is a body of one content type.
type media struct {
	Schema json.RawMessage `json:"schema"`
}

// response is an answer of a method.
type response struct {
	Ref     string                     `json:"$ref"`
	Headers map[string]json.RawMessage `json:"headers"`
	Schema  json.RawMessage            `json:"schema"`  // of Swagger
	Content map[string]media           `json:"content"` // of OpenAPI 3
}

// scheme is a security scheme.
type scheme struct {
	Type       text        `json:"type"`
	Name       text        `json:"name"`
	In         text        `json:"in"`
	AuthType   text        `json:"x-amazon-apigateway-authtype"`
	Authorizer *authorizer `json:"x-amazon-apigateway-authorizer"`
}

// authorizer is the extension that makes a scheme work.
type authorizer struct {
	Type           text    `json:"type"`
	URI            *text   `json:"authorizerUri"`
	Credentials    *text   `json:"authorizerCredentials"`
	Expression     *text   `json:"identityValidationExpression"`
	IdentitySource *text   `json:"identitySource"`
	TTL            *number `json:"authorizerResultTtlInSeconds"`
	Providers      texts   `json:"providerARNs"`
}

// validator says what of requests is checked.
type validator struct {
	Body       truth `json:"validateRequestBody"`
	Parameters truth `json:"validateRequestParameters"`
}

// gatewayResponse is what API Gateway itself answers.
type gatewayResponse struct {
	StatusCode *text           `json:"statusCode"`
	Parameters map[string]text `json:"responseParameters"`
	Templates  map[string]text `json:"responseTemplates"`
}

// integration is the extension that says where an operation leads.
type integration struct {
	Ref             string                         `json:"$ref"`
	Type            text                           `json:"type"`
	Method          *text                          `json:"httpMethod"`
	URI             *text                          `json:"uri"`
	Credentials     *text                          `json:"credentials"`
	Parameters      map[string]text                `json:"requestParameters"`
	Templates       map[string]text                `json:"requestTemplates"`
	Passthrough     *text                          `json:"passthroughBehavior"`
	ContentHandling *text                          `json:"contentHandling"`
	Timeout         *number                        `json:"timeoutInMillis"`
	CacheNamespace  *text                          `json:"cacheNamespace"`
	CacheKeys       texts                          `json:"cacheKeyParameters"`
	ConnectionType  *text                          `json:"connectionType"`
	ConnectionID    *text                          `json:"connectionId"`
	Target          *text                          `json:"integrationTarget"`
	TransferMode    *text                          `json:"responseTransferMode"`
	Responses       map[string]integrationResponse `json:"responses"`
	TLS             *struct {
		Insecure truth `json:"insecureSkipVerification"`
	} `json:"tlsConfig"`
}

// integrationResponse is what becomes of one kind of an integration's answers.
type integrationResponse struct {
	StatusCode      text            `json:"statusCode"`
	Parameters      map[string]text `json:"responseParameters"`
	Templates       map[string]text `json:"responseTemplates"`
	ContentHandling *text           `json:"contentHandling"`
}
