// Package openapi reads and writes REST APIs as Swagger 2.0 and OpenAPI 3.0
// documents with API Gateway's extensions.
//
// A document is read into records as the service keeps them, but without ids:
// methods name their authorizers and validators. What cannot be taken over
// becomes a warning. Of the documentation in a document only the extension is
// read, by the service: descriptions elsewhere are passed over.
package openapi

import (
	"fmt"

	api "maru.dev/maru/api/apigateway"
)

// MaxSize is how large a document may be, in bytes.
const MaxSize = 6 << 20

// Definition is what a document says of an API.
type Definition struct {
	API         api.RestApi // without ids; nil: nothing is said
	Methods     []Method    // by path and verb
	Paths       []string    // of all resources that have methods or might
	Authorizers []api.Authorizer
	Models      []api.ModelShape
	Validators  []api.RequestValidator
	Responses   []api.GatewayResponse
	Parts       []api.DocumentationPart // only to be written
	Warnings    []string
}

// Method is a method of a path. Its AuthorizerId and RequestValidatorId are
// names.
type Method struct {
	Path string
	api.Method
}

// warn adds a warning.
func (d *Definition) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}

// The extensions of documents.
const (
	anyMethod        = "x-amazon-apigateway-any-method"
	extIntegrate     = "x-amazon-apigateway-integration"
	extAuthorizer    = "x-amazon-apigateway-authorizer"
	extAuthType      = "x-amazon-apigateway-authtype"
	extValidators    = "x-amazon-apigateway-request-validators"
	extValidator     = "x-amazon-apigateway-request-validator"
	extResponses     = "x-amazon-apigateway-gateway-responses"
	extKeySource     = "x-amazon-apigateway-api-key-source"
	extBinary        = "x-amazon-apigateway-binary-media-types"
	extCompression   = "x-amazon-apigateway-minimum-compression-size"
	extPolicy        = "x-amazon-apigateway-policy"
	extDocumentation = "x-amazon-apigateway-documentation"
	extEndpoint      = "x-amazon-apigateway-endpoint-configuration"
)

// sigV4 is the authentication type of signed requests.
const sigV4 = "awsSigv4"

// The schemes that methods ask for without an authorizer, as they are written.
const (
	keyScheme = "api_key"
	iamScheme = "sigv4"
	keyHeader = "x-api-key"
)
