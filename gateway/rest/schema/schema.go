// Package schema checks the bodies of requests against the models of a REST API:
// JSON schemas of draft 4, which may refer to each other as
// https://apigateway.amazonaws.com/restapis/<id>/models/<name>, and to nothing else.
//
// What is wrong is told in the words and in the order of the validator that API
// Gateway uses: keyword by keyword, in the order of their names, of the document
// first; of what is in it only where it is not wrong itself, in the order of names
// and places.
//
// Differences: regular expressions are Go's, and a model with another one in it
// cannot be used; 1.0 is a whole number; of a value that is not in an enum nothing
// else is told; a body whose validation would take too long is refused.
package schema

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	api "maru.dev/maru/api/apigateway"
)

// Models are an API's models, which are compiled as they are needed. They may be
// used by many at once.
type Models struct {
	compiled map[string]func() (*jsonschema.Schema, error) // by name
	schemas  Schemas
}

// Schemas are the texts of schemas by the names of their models.
type Schemas map[string]string

// address is how a schema refers to a model. The API's id is not looked at: that of
// an API that was copied is the original's.
var address = regexp.MustCompile(`^https://apigateway\.amazonaws\.com/restapis/[A-Za-z0-9]+/models/([A-Za-z0-9]+)$`)

// Compile takes an API's models by their names.
func Compile(models map[string]api.ModelShape) *Models {
	m := &Models{compiled: make(map[string]func() (*jsonschema.Schema, error), len(models)), schemas: make(Schemas, len(models))}
	for name := range models {
		shape := models[name]
		if shape.Schema != nil {
			m.schemas[name] = *shape.Schema
		}
		m.compiled[name] = sync.OnceValues(func() (*jsonschema.Schema, error) { return m.schemas.Compile(name) })
	}
	return m
}

// Compile reads a model with those that it refers to.
func (s Schemas) Compile(name string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseLoader(s)
	c.UseRegexpEngine(new(patterns).compile)
	for _, f := range formats() {
		c.RegisterFormat(f)
	}
	compiled, err := c.Compile("https://apigateway.amazonaws.com/restapis/api/models/" + name)
	if err != nil {
		return nil, fmt.Errorf("schema of model %s: %w", name, err)
	}
	return compiled, nil
}

// Load gives the compiler the schema at an address: those of models, and no others.
func (s Schemas) Load(url string) (any, error) {
	at := address.FindStringSubmatch(url)
	if at == nil {
		return nil, errors.New("model reference must be in canonical form")
	}
	text, ok := s[at[1]]
	if !ok {
		return nil, fmt.Errorf("model %s does not exist", at[1])
	}
	return jsonschema.UnmarshalJSON(strings.NewReader(text))
}

// tooMuch tells of a body that is not validated.
const tooMuch = "instance takes too many steps to validate"

// Check tells what is wrong with a body, as $context.error.validationErrorString
// has it: [object has missing required properties (["name"])]; "" if nothing is. Its
// error is that the model cannot be used.
func (m *Models) Check(model string, body []byte) (wrong string, err error) {
	compile, ok := m.compiled[model]
	if !ok {
		return "", fmt.Errorf("there is no model %s", model)
	}
	compiled, err := compile()
	if err != nil {
		return "", err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return "[Unknown error parsing request body]", nil //nolint:nilerr // the client's fault is what is told, and none of the model
	}
	if !newRoom(len(body)).holds(compiled, document, 0) {
		return "[" + tooMuch + "]", nil
	}
	failed, ok := errors.AsType[*jsonschema.ValidationError](compiled.Validate(document))
	if !ok {
		return "", nil
	}
	t := &telling{schemas: m.schemas, document: document}
	t.collect(failed)
	return "[" + strings.Join(t.told(), ", ") + "]", nil
}
