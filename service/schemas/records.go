package schemas

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/schemas/aws"
	"maru.dev/maru/service/schemas/infer"
)

// The registries that are always there.
const (
	awsRegistry        = "aws.events"
	discoveredRegistry = "discovered-schemas"
)

// maxTags is how many a resource may have.
const maxTags = 50

// registry is a registry's row.
type registry struct {
	Name        string
	Description string            `cbor:",omitempty"`
	Tags        map[string]string `cbor:",omitempty"`
	Policy      string            `cbor:",omitempty"`
	Revision    string            `cbor:",omitempty"` // of the policy
}

// schema is a schema's row.
type schema struct {
	Registry, Name string
	Description    string            `cbor:",omitempty"`
	Type           string            // of the newest version
	Newest         int64             // number of the newest version
	Last           int64             // the highest number that was given
	Versions       int64             // how many there are
	Modified       time.Time         //
	Tags           map[string]string `cbor:",omitempty"`
	Token          string            `cbor:",omitempty"` // of the last update
	Found          *infer.Event      `cbor:",omitempty"` // what fits all events that were seen
}

// version is one version of a schema.
type version struct {
	N       int64
	Type    string
	Content string
	Created time.Time
}

// discoverer is a discoverer's row.
type discoverer struct {
	ID          string
	SourceARN   string
	Description string `cbor:",omitempty"`
	State       string
	Cross       bool              // events of other accounts, too
	Tags        map[string]string `cbor:",omitempty"`
}

// badRequest is the answer to a request that breaks a rule.
func badRequest(format string, args ...any) error {
	return &api.BadRequestException{Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

// notFound is the answer where something is not.
func notFound(format string, args ...any) error {
	return &api.NotFoundException{Code: "NotFound", Message: fmt.Sprintf(format, args...)}
}

// conflict is the answer where something is already.
func conflict(format string, args ...any) error {
	return &api.ConflictException{Code: "Conflict", Message: fmt.Sprintf(format, args...)}
}

// names are what registries and schemas may be called.
var (
	registryNames = regexp.MustCompile(`^[0-9A-Za-z_.-]{1,64}$`)
	schemaNames   = regexp.MustCompile(`^[0-9A-Za-z_.@-]{1,385}$`)
)

// checkName holds the name of something new against the rules.
func checkName(names *regexp.Regexp, what, name string) error {
	if !names.MatchString(name) {
		return badRequest("%s name %s is not valid.", what, name)
	}
	if strings.HasPrefix(strings.ToLower(name), "aws.") && what == "Registry" {
		return &api.ForbiddenException{Code: "Forbidden", Message: "Registry names that begin with aws. are reserved."}
	}
	return nil
}

// loadRegistry reads a registry that must be there.
func loadRegistry(tx *kv.Tx, h home, name string) (registry, error) {
	r, ok, err := kv.Get[registry](tx, h.registryKey(name))
	switch {
	case err != nil:
		return r, fmt.Errorf("load registry: %w", err)
	case ok:
		return r, nil
	case name == awsRegistry:
		return registry{Name: name, Description: "Contains the schemas of events emitted by AWS services."}, nil
	case name == discoveredRegistry:
		return registry{Name: name, Description: "Contains discovered schemas."}, nil
	}
	return r, notFound("Registry with name %s does not exist.", name)
}

// own refuses a change of what is AWS's.
func own(name string) error {
	if name == awsRegistry {
		return &api.ForbiddenException{Code: "Forbidden", Message: "Registry " + name + " cannot be changed."}
	}
	return nil
}

// loadSchema reads a schema that must be there.
func loadSchema(tx *kv.Tx, h home, in, name string) (schema, error) {
	if _, err := loadRegistry(tx, h, in); err != nil {
		return schema{}, err
	}
	if s, ok := aws.Find(name); ok && in == awsRegistry {
		return schemaOf(s), nil
	}
	s, ok, err := kv.Get[schema](tx, h.schemaKey(in, name))
	switch {
	case err != nil:
		return s, fmt.Errorf("load schema: %w", err)
	case !ok:
		return s, notFound("Schema with name %s does not exist.", name)
	}
	return s, nil
}

// loadVersion reads a version of a schema: the newest unless told otherwise.
func loadVersion(tx *kv.Tx, h home, s *schema, asked *string) (version, error) {
	n := s.Newest
	if asked != nil && *asked != "" {
		var err error
		if n, err = strconv.ParseInt(*asked, 10, 64); err != nil {
			return version{}, badRequest("Schema version %s is not valid.", *asked)
		}
	}
	if own, ok := aws.Find(s.Name); ok && s.Registry == awsRegistry && n == 1 {
		return versionOf(own), nil
	}
	v, ok, err := kv.Get[version](tx, h.versionKey(s.Registry, s.Name, n))
	switch {
	case err != nil:
		return v, fmt.Errorf("load schema version: %w", err)
	case !ok:
		return v, notFound("Schema version %d of schema %s does not exist.", n, s.Name)
	}
	return v, nil
}

// arn names a schema; AWS's own have no account.
func (s *schema) arn(h home) string {
	resource := "schema/" + s.Registry + "/" + s.Name
	if s.Registry == awsRegistry {
		return arn.New("schemas", h.Region, "", resource)
	}
	return h.arnOf(resource)
}

// number is a version's number as clients see it.
func (v *version) number() *string { return new(strconv.FormatInt(v.N, 10)) }

// page is how a list is cut.
type page struct {
	list  kv.Key
	after string
	limit int
	next  *string
}

// newPage reads a list's limit and token. list is a key that no other has.
func newPage(list kv.Key, limit *int32, token *string) (page, error) {
	p := page{list: list, limit: 100}
	if limit != nil {
		p.limit = int(*limit)
	}
	var ok bool
	if p.after, ok = service.ReadPageToken(list, token); !ok {
		return p, badRequest("Invalid NextToken.")
	}
	return p, nil
}

// take tells whether an item, of which n came before it on the page, is on it;
// last is the name of the one before.
func (p *page) take(n int, last string) bool {
	if n < p.limit {
		return true
	}
	p.next = service.PageToken(p.list, last)
	return false
}
