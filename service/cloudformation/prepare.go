package cloudformation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	s3 "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudformation/sam"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// maxInline is the largest template in a request, in bytes.
const maxInline = 51200

// request is what the operations that bring a template have in common.
type request struct {
	Body, URL    *string
	UsePrevious  bool
	Parameters   []api.Parameter
	Tags         []api.Tag
	Capabilities []string
	Previous     *stack // nil when the stack is new
	Name, ARN    string
	NotifyARNs   []string
	Lenient      bool // capabilities are judged by the caller
}

// prepared is a template that is ready to be made.
type prepared struct {
	texts      stored
	template   *template.Template
	deployment deployment
	env        *template.Env // without resources
	needs      map[string][]string
	missing    []string // capabilities that were not acknowledged
}

// prepare reads, transforms and checks a template with its parameters.
func (s *Service) prepare(ctx context.Context, h home, r request) (*prepared, error) {
	body, err := s.body(ctx, h, r)
	if err != nil {
		return nil, err
	}
	tree, err := template.Decode([]byte(body))
	if err != nil {
		return nil, err
	}
	given, err := r.given()
	if err != nil {
		return nil, err
	}
	p := &prepared{texts: stored{Body: body}}
	p.deployment.Capabilities = r.Capabilities
	p.deployment.Transformed = len(template.TransformNames(tree)) > 0
	if err := s.transform(ctx, tree, given, p); err != nil {
		return nil, err
	}
	if err := s.resolveParameters(ctx, given, p); err != nil {
		return nil, err
	}
	p.env = s.env(ctx, p.template, &p.deployment)
	p.env.StackName, p.env.StackID, p.env.NotificationARNs = r.Name, r.ARN, r.NotifyARNs
	if err := p.env.ResolveConditions(ctx); err != nil {
		return nil, err
	}
	p.deployment.Conditions = p.env.Conditions
	if err := p.env.CheckRules(ctx); err != nil {
		return nil, err
	}
	if p.needs, err = p.template.Dependencies(p.env.Conditions); err != nil {
		return nil, err
	}
	p.missing = missingCapabilities(p.template, p.deployment.Transformed, r.Capabilities)
	if p.deployment.Tags, err = readTags(r.Tags); err != nil {
		return nil, err
	}
	return p, s.checkAttributes(p.template)
}

// body finds the template of a request: in it, in S3, or the stack's own.
func (s *Service) body(ctx context.Context, h home, r request) (string, error) {
	switch {
	case r.Body != nil && r.URL != nil:
		return "", invalid("Exactly one of TemplateBody or TemplateUrl must be specified")
	case r.Body != nil:
		if len(*r.Body) > maxInline {
			return "", invalid("1 validation error detected: Value '%s' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", *r.Body, maxInline)
		}
		return *r.Body, nil
	case r.URL != nil:
		return s.fetch(ctx, *r.URL)
	case r.UsePrevious && r.Previous != nil:
		var t stored
		err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
			t, err = getText(tx, h, r.Previous.ID, r.Previous.Deployment.Text)
			return err
		})
		return t.Body, err
	}
	return "", invalid("Either Template URL or Template Body must be specified.")
}

// fetch reads a template from S3, whatever form its address has.
func (s *Service) fetch(ctx context.Context, address string) (string, error) {
	bucket, key, ok := objectOf(address)
	if !ok {
		return "", invalid("TemplateURL must be a supported URL.")
	}
	out, err := call.Do[*s3.GetObjectOutput](ctx, s.Caller, "s3", "GetObject", &s3.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		if fault, ok := errors.AsType[wire.Error](err); ok {
			return "", invalid("S3 error: %s", fault.ErrorMessage())
		}
		return "", fmt.Errorf("read template: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(out.Body, template.MaxBody+1))
	if c, ok := out.Body.(io.Closer); ok {
		_ = c.Close() // only read from
	}
	if err != nil {
		return "", fmt.Errorf("read template: %w", err)
	}
	return string(b), nil
}

// objectOf reads the address of an object: s3://bucket/key, by path or by host.
func objectOf(address string) (bucket, key string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", "", false
	}
	path := strings.TrimPrefix(u.Path, "/")
	if u.Scheme == "s3" {
		return u.Host, path, path != ""
	}
	host := u.Hostname()
	if name, rest, found := strings.Cut(host, ".s3"); found && (rest == "" || rest[0] == '.' || rest[0] == '-') {
		return name, path, path != ""
	}
	bucket, key, ok = strings.Cut(path, "/")
	return bucket, key, ok && bucket != "" && key != ""
}

// given reads the parameters of a request, those of the previous deployment
// where it says so.
func (r *request) given() (map[string]string, error) {
	out := map[string]string{}
	for _, p := range r.Parameters {
		name := wire.Value(p.ParameterKey)
		if _, twice := out[name]; twice {
			return nil, invalid("Parameters: [%s] cannot be specified more than once", name)
		}
		if flag(p.UsePreviousValue) {
			if p.ParameterValue != nil {
				return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true and non empty value for a parameter", name)
			}
			if r.Previous == nil {
				return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true on stack creation", name)
			}
			v, ok := r.Previous.Deployment.Given[name]
			if !ok {
				return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true for a parameter key not in the previous template", name)
			}
			out[name] = v
			continue
		}
		out[name] = wire.Value(p.ParameterValue)
	}
	return out, nil
}

// transform runs the template's transforms, in the order in which AWS does:
// AWS::Include, AWS::LanguageExtensions, the serverless one.
func (s *Service) transform(ctx context.Context, tree map[string]any, given map[string]string, p *prepared) error {
	tree, err := s.include(ctx, tree)
	if err != nil {
		return err
	}
	names := template.TransformNames(tree)
	for _, name := range names {
		if name != template.LanguageExtensions && name != sam.Name && name != includeName {
			return invalid("No transform named %s found.", macroARN(ctx, name))
		}
	}
	if len(names) > 0 {
		if tree, err = s.expand(ctx, tree, names, given); err != nil {
			return err
		}
	}
	b, err := template.JSON(tree)
	if err != nil {
		return err
	}
	p.texts.Processed = string(b)
	if p.template, err = template.New(tree); err != nil {
		return err
	}
	p.deployment.Description = p.template.Description
	return nil
}

// macroARN names a macro as AWS's message does.
func macroARN(ctx context.Context, name string) string {
	if strings.HasPrefix(name, "AWS::") {
		return name
	}
	return call.From(ctx).Account + "::" + name
}

// expand runs the transforms that see parameters.
func (s *Service) expand(ctx context.Context, tree map[string]any, names []string, given map[string]string) (map[string]any, error) {
	seen := map[string]any{}
	params, _ := tree["Parameters"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		m, _ := params[name].(map[string]any)
		v, ok := given[name]
		if !ok {
			d := m["Default"]
			if d == nil {
				continue
			}
			v = fmt.Sprint(d)
		}
		kind, _ := m["Type"].(string)
		seen[name] = (&template.Parameter{Type: kind}).Value(v)
	}
	info := call.From(ctx)
	seen["AWS::Region"], seen["AWS::AccountId"], seen["AWS::Partition"] = info.Region, info.Account, partition(info)
	var err error
	if slices.Contains(names, template.LanguageExtensions) {
		if tree, err = template.Unroll(ctx, tree, seen); err != nil {
			return nil, err
		}
	}
	if slices.Contains(names, sam.Name) {
		if tree, err = sam.Transform(ctx, tree, seen, s.Clock.Now()); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// resolveParameters completes and checks the parameters, and looks up those
// that name a stored one.
func (s *Service) resolveParameters(ctx context.Context, given map[string]string, p *prepared) error {
	all, err := p.template.Supplied(given)
	if err != nil {
		return err
	}
	p.deployment.Given, p.deployment.Resolved = all, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.template.Parameters)) {
		param := p.template.Parameters[name]
		if param.NoEcho {
			p.deployment.NoEcho = append(p.deployment.NoEcho, name)
		}
		if !param.Stored() {
			continue
		}
		v, err := s.storedParameter(ctx, all[name], false)
		if err != nil {
			return err
		}
		p.deployment.Resolved[name] = v
	}
	return nil
}

// storedParameter reads a parameter of Parameter Store.
func (s *Service) storedParameter(ctx context.Context, name string, decrypt bool) (string, error) {
	in, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": decrypt})
	if err != nil {
		return "", fmt.Errorf("encode GetParameter: %w", err)
	}
	raw, err := s.Caller.CallJSON(ctx, "ssm", "GetParameter", in)
	if err != nil {
		fault, ok := errors.AsType[wire.Error](err)
		switch {
		case ok && strings.Contains(fault.ErrorCode(), "NotFound"):
			return "", invalid("Parameters: [ssm:%s] cannot be found.", name)
		case ok:
			return "", invalid("Unable to fetch parameters [%s] from parameter store for this account: %s", name, fault.ErrorMessage())
		}
		return "", fmt.Errorf("read parameter %s: %w", name, err)
	}
	var out struct{ Parameter struct{ Value string } }
	if err := json.Unmarshal(raw, &out); err != nil {
		return "", fmt.Errorf("decode parameter %s: %w", name, err)
	}
	return out.Parameter.Value, nil
}

// readTags checks a stack's tags.
func readTags(in []api.Tag) ([]tag, error) {
	var out []tag
	seen := map[string]bool{}
	for _, t := range in {
		if seen[t.Key] {
			return nil, invalid("Duplicate tag key: %s", t.Key)
		}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, invalid("Tag keys beginning with aws: are reserved for system use: %s", t.Key)
		}
		seen[t.Key] = true
		out = append(out, tag{t.Key, t.Value})
	}
	return out, nil
}

// checkAttributes refuses Fn::GetAtt of attributes that a resource's type does
// not have, where the type is known.
func (s *Service) checkAttributes(t *template.Template) error {
	return t.EachAttribute(func(logical, attr string) error {
		r := t.Resources[logical]
		kind := s.typeOf(r.Type)
		if kind == nil || attr == "" || kind.HasAttribute(attr) {
			return nil
		}
		return invalid("Template error: resource %s does not support attribute type %s in Fn::GetAtt", logical, attr)
	})
}
