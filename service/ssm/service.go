package ssm

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// Service implements Systems Manager's Parameter Store.
type Service struct {
	api.Unimplemented

	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d}
	d.Tasks.Handle(expiryKind, s.runExpiry, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// home is the account and region that parameters live in.
type home struct{ Account, Region string }

// homeOf returns where a caller's parameters are.
func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

// key begins as all keys of a home.
func (h home) key(parts ...any) kv.Key { return kv.NewKey(h.Account, h.Region, "ssm").With(parts...) }

// parameterKey is a parameter's row.
func (h home) parameterKey(name string) kv.Key { return h.key("p", name) }

// versionKey is the row of a parameter's version.
func (h home) versionKey(name string, n int64) kv.Key { return h.key("v", name, n) }

// counterKey counts the parameters of a tier.
func (h home) counterKey(tier string) kv.Key { return h.key("c", tier) }

// arnOf is a parameter's ARN, in which its first slash is the ARN's own.
func (h home) arnOf(name string) string {
	return arn.New("ssm", h.Region, h.Account, "parameter/"+strings.TrimPrefix(name, "/"))
}

// version is one version of a parameter.
type version struct {
	N           int64
	Type        string
	Value       string
	KeyID       string    `cbor:",omitempty"`
	Description string    `cbor:",omitempty"`
	Pattern     string    `cbor:",omitempty"`
	Tier        string    `cbor:",omitempty"`
	DataType    string    `cbor:",omitempty"`
	Policies    []policy  `cbor:",omitempty"`
	Modified    time.Time // by User
	User        string
}

// parameter is a parameter's row.
type parameter struct {
	Name   string
	Newest version
	Oldest int64            // number of the oldest version that is kept
	Labels map[string]int64 `cbor:",omitempty"` // label → version
	Tags   map[string]string
}

// invalid is the answer to a request that breaks a rule without an error of its
// own.
func invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// notFound is the answer where a parameter is not.
func notFound(name string) error {
	return &api.ParameterNotFound{Message: "Parameter " + name + " not found."}
}

// noVersion is the answer where a version is not.
func noVersion(name, which string) error {
	return &api.ParameterVersionNotFound{Message: "Systems Manager could not find version " + which + " of " + name +
		". Verify the version and try again."}
}

// load reads a parameter that must be there, by its name or ARN.
func load(tx *kv.Tx, h home, name string) (parameter, error) {
	for _, candidate := range candidates(name) {
		p, ok, err := kv.Get[parameter](tx, h.parameterKey(candidate))
		if err != nil {
			return p, fmt.Errorf("load parameter: %w", err)
		}
		if ok {
			return p, nil
		}
	}
	return parameter{}, notFound(name)
}

// candidates are the names that a name or ARN may stand for: an ARN does not
// tell whether its parameter begins with a slash.
func candidates(name string) []string {
	if !strings.HasPrefix(name, "arn:") {
		return []string{name}
	}
	a, err := arn.Parse(name)
	rest, ok := strings.CutPrefix(a.Resource, "parameter/")
	if err != nil || a.Service != "ssm" || !ok {
		return nil
	}
	return []string{"/" + rest, rest}
}

// loadVersion reads a version of a parameter.
func loadVersion(tx *kv.Tx, h home, p *parameter, n int64) (version, bool, error) {
	if n == p.Newest.N {
		return p.Newest, true, nil
	}
	v, ok, err := kv.Get[version](tx, h.versionKey(p.Name, n))
	if err != nil {
		return v, false, fmt.Errorf("load parameter version: %w", err)
	}
	return v, ok, nil
}

// shown is a version's value as a caller sees it.
func (v *version) shown(name string, decrypt *bool) string {
	if v.Type != api.ParameterTypeSecureString || decrypt != nil && *decrypt {
		return v.Value
	}
	sum := sha512.Sum512(fmt.Appendf(nil, "%s\x00%d\x00%s", name, v.N, v.Value))
	return "AQICAH" + base64.StdEncoding.EncodeToString(sum[:])
}

// render writes a version of a parameter as clients see it.
func (p *parameter) render(h home, v version, decrypt *bool) api.Parameter {
	return api.Parameter{
		Name: &p.Name, Type: &v.Type, Value: new(v.shown(p.Name, decrypt)), Version: &v.N,
		LastModifiedDate: &v.Modified, ARN: new(h.arnOf(p.Name)), DataType: &v.DataType,
	}
}

// readToken reads a page token: the name that ended the page before.
func readToken(list kv.Key, token *string) (string, error) {
	name, ok := service.ReadPageToken(list, token)
	if !ok {
		return "", &api.InvalidNextToken{Message: "The specified token isn't valid."}
	}
	return name, nil
}

// pageSize is how many a page holds.
func pageSize(asked *int32, otherwise int) int {
	if asked == nil {
		return otherwise
	}
	return int(*asked)
}
