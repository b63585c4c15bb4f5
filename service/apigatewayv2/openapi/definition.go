// Package openapi reads and writes HTTP APIs as OpenAPI 3 documents with API
// Gateway's extensions.
//
// What HTTP APIs do not know (models, validators, responses, request
// parameters other than the path's) is passed over. What they know otherwise
// than the document says becomes a warning.
package openapi

import api "maru.dev/maru/api/apigatewayv2"

// Definition is what a document says of an API.
type Definition struct {
	Name        string
	Description string
	Version     string
	NoEndpoint  *bool // DisableExecuteApiEndpoint
	Cors        *api.Cors
	Tags        map[string]string
	Routes      []Route
	Authorizers []api.Authorizer // without ids
	Warnings    []string
}

// Route is an operation of a document.
type Route struct {
	Key           string // "GET /pets/{id}" or "$default"
	OperationName *string
	Integration   *api.Integration // without an id; nil: the route leads nowhere
	Authorization string           // NONE, AWS_IAM, JWT or CUSTOM
	Authorizer    string           // name
	Scopes        []string
}

// The extensions of documents.
const (
	anyMethod     = "x-amazon-apigateway-any-method"
	defaultPath   = "/$default"
	extIntegrate  = "x-amazon-apigateway-integration"
	extAuthorizer = "x-amazon-apigateway-authorizer"
	extAuthType   = "x-amazon-apigateway-authtype"
	extCors       = "x-amazon-apigateway-cors"
	extVersion    = "x-amazon-apigateway-importexport-version"
)
