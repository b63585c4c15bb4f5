package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is an OpenAPI 3 document, as far as it matters to HTTP APIs.
type document struct {
	OpenAPI    text                                  `json:"openapi"`
	Swagger    text                                  `json:"swagger"`
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
	Title       text `json:"title"`
	Version     text `json:"version"`
	Description text `json:"description"`
}

// server is an address of the API: its path is the base path.
type server struct {
	URL       text                `json:"url"`
	Variables map[string]variable `json:"variables"`
	Endpoint  endpoint            `json:"x-amazon-apigateway-endpoint-configuration"`
}

// variable is a variable of a server's address.
type variable struct {
	Default text `json:"default"`
}

// endpoint is the extension about an API's own address.
type endpoint struct {
	Disable *bool `json:"disableExecuteApiEndpoint"`
}

// tag is a tag of the document; with a value it is one of the API.
type tag struct {
	Name  text  `json:"name"`
	Value *text `json:"x-amazon-apigateway-tag-value"`
}

// components are what operations refer to.
type components struct {
	SecuritySchemes map[string]scheme      `json:"securitySchemes"`
	Integrations    map[string]integration `json:"x-amazon-apigateway-integrations"`
}

// operation is a method of a path.
type operation struct {
	OperationID *text                  `json:"operationId"`
	IsDefault   bool                   `json:"isDefaultRoute"`
	Security    *[]map[string][]string `json:"security"`
	Integration *integration           `json:"x-amazon-apigateway-integration"`
	Auth        *struct {
		Type text `json:"type"`
	} `json:"x-amazon-apigateway-auth"`
}

// scheme is a security scheme.
type scheme struct {
	Type       text        `json:"type"`
	AuthType   text        `json:"x-amazon-apigateway-authtype"`
	Authorizer *authorizer `json:"x-amazon-apigateway-authorizer"`
	OpenIDURL  text        `json:"openIdConnectUrl"`
}

// authorizer is the extension that makes a scheme work.
type authorizer struct {
	Type           text  `json:"type"`
	IdentitySource texts `json:"identitySource"`
	JWT            *struct {
		Issuer   text  `json:"issuer"`
		Audience texts `json:"audience"`
	} `json:"jwtConfiguration"`
	URI             *text   `json:"authorizerUri"`
	Credentials     *text   `json:"authorizerCredentials"`
	PayloadVersion  *text   `json:"authorizerPayloadFormatVersion"`
	TTL             *number `json:"authorizerResultTtlInSeconds"`
	SimpleResponses *bool   `json:"enableSimpleResponses"`
}

// integration is the extension that says where an operation leads.
type integration struct {
	Ref                string                     `json:"$ref"`
	Type               text                       `json:"type"`
	Method             *text                      `json:"httpMethod"`
	URI                *text                      `json:"uri"`
	PayloadVersion     *text                      `json:"payloadFormatVersion"`
	ConnectionType     *text                      `json:"connectionType"`
	ConnectionID       *text                      `json:"connectionId"`
	Credentials        *text                      `json:"credentials"`
	Description        *text                      `json:"description"`
	Subtype            *text                      `json:"integrationSubtype"`
	Timeout            *number                    `json:"timeoutInMillis"`
	RequestParameters  map[string]text            `json:"requestParameters"`
	ResponseParameters map[string]map[string]text `json:"responseParameters"`
	TLS                *struct {
		ServerName *text `json:"serverNameToVerify"`
	} `json:"tlsConfig"`
}

// cors is the extension with a CORS configuration.
type cors struct {
	AllowOrigins     texts   `json:"allowOrigins"`
	AllowMethods     texts   `json:"allowMethods"`
	AllowHeaders     texts   `json:"allowHeaders"`
	ExposeHeaders    texts   `json:"exposeHeaders"`
	MaxAge           *number `json:"maxAge"`
	AllowCredentials *bool   `json:"allowCredentials"`
}

// text is a string that a document may also write as a number or truth value:
// YAML has no quotes to tell 1.0 from "1.0".
type text string

// UnmarshalJSON reads any scalar.
func (t *text) UnmarshalJSON(raw []byte) error {
	s := string(raw)
	switch {
	case s == "null":
		return nil
	case strings.HasPrefix(s, `"`):
		return json.Unmarshal(raw, (*string)(t))
	case strings.HasPrefix(s, "{") || strings.HasPrefix(s, "["):
		return errors.New("text expected")
	}
	*t = text(s)
	return nil
}

// texts is a list of strings, or one alone.
type texts []string

// UnmarshalJSON reads either form.
func (l *texts) UnmarshalJSON(raw []byte) error {
	var list []text
	if err := json.Unmarshal(raw, &list); err != nil {
		var one text
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		list = []text{one}
	}
	for _, t := range list {
		*l = append(*l, string(t))
	}
	return nil
}

// number is a whole number, or one in quotes.
type number int32

// UnmarshalJSON reads either form.
func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 32)
	if err != nil {
		return fmt.Errorf("number expected, not %s", raw)
	}
	*n = number(v)
	return nil
}

// read decodes a document in JSON or YAML.
func read(body []byte) (*document, error) {
	raw := []byte(strings.TrimLeft(string(body), " \t\r\n\ufeff"))
	if len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		var err error
		if raw, err = fromYAML(body); err != nil {
			return nil, fmt.Errorf("unable to parse the document: %w", err)
		}
	}
	d := &document{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, fmt.Errorf("unable to parse the document: %w", err)
	}
	return d, nil
}

// fromYAML turns a document into JSON.
func fromYAML(body []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(body, &root); err != nil {
		return nil, err
	}
	p := &plainer{left: maxNodes}
	return json.Marshal(p.plain(&root, 0))
}

// The limits of YAML documents, whose aliases could make a small one huge.
const (
	maxNodes = 500_000
	maxDepth = 100
)

// plainer turns YAML into what JSON can hold: keys are strings, and numbers
// stay as they are written, since a version 1.0 is not 1.
type plainer struct{ left int }

// plain turns one node; what is beyond the limits is left out.
func (p *plainer) plain(n *yaml.Node, depth int) any {
	if p.left--; p.left < 0 || depth > maxDepth {
		return nil
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.plain(n.Content[0], depth)
	case yaml.AliasNode:
		return p.plain(n.Alias, depth+1)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, p.plain(item, depth+1))
		}
		return list
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, v := n.Content[i], p.plain(n.Content[i+1], depth+1)
			if merged, ok := v.(map[string]any); ok && key.Tag == "!!merge" {
				for name, item := range merged {
					if _, set := out[name]; !set {
						out[name] = item
					}
				}
				continue
			}
			out[key.Value] = v
		}
		return out
	}
	return scalar(n)
}

// scalar is a single value.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true") || strings.EqualFold(n.Value, "yes") || strings.EqualFold(n.Value, "on")
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}
