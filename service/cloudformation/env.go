package cloudformation

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/service/cloudformation/template"
)

// env is what a deployment's expressions see, but for stack and resources.
func (s *Service) env(ctx context.Context, t *template.Template, d *deployment) *template.Env {
	info := call.From(ctx)
	e := &template.Env{
		Template: t, Partition: partition(info), Region: info.Region, Account: info.Account, URLSuffix: "amazonaws.com",
		Parameters: map[string]any{}, Conditions: d.Conditions,
	}
	for name, p := range t.Parameters {
		v := d.Given[name]
		if p.Stored() {
			v = d.Resolved[name]
		}
		e.Parameters[name] = p.Value(v)
	}
	e.Dynamic = s.dynamic
	return e
}

// dynamic looks a dynamic reference up.
func (s *Service) dynamic(ctx context.Context, service, reference string) (string, error) {
	switch service {
	case "ssm", "ssm-secure":
		return s.storedParameter(ctx, reference, service == "ssm-secure")
	case "secretsmanager":
		return s.secret(ctx, reference)
	}
	return "", invalid("Invalid dynamic reference: {{resolve:%s:%s}}", service, reference)
}

// secret looks a secret up, or a member of one that is JSON.
func (s *Service) secret(ctx context.Context, reference string) (string, error) {
	r, ok := readSecretReference(reference)
	if !ok {
		return "", invalid("Invalid dynamic reference: {{resolve:secretsmanager:%s}}", reference)
	}
	in, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("encode GetSecretValue: %w", err)
	}
	raw, err := s.Caller.CallJSON(ctx, "secretsmanager", "GetSecretValue", in)
	if err != nil {
		return "", invalid("Could not resolve {{resolve:secretsmanager:%s}}: %v", reference, err)
	}
	var out struct{ SecretString string }
	if err := json.Unmarshal(raw, &out); err != nil {
		return "", fmt.Errorf("decode secret: %w", err)
	}
	value, ok := r.of(out.SecretString)
	if !ok {
		return "", invalid("Could not find a value associated with JSONKey in SecretString")
	}
	return value, nil
}

// secretReference is what a dynamic reference names of a secret: a version of it, and
// a member of its text, which is all of it if that is "".
type secretReference struct {
	SecretID     string `json:"SecretId"`
	VersionStage string `json:",omitempty"`
	VersionID    string `json:"VersionId,omitempty"`
	member       string
}

// readSecretReference reads secret-id:SecretString:json-key:version-stage:version-id.
// All but the id, which may be an ARN, may be empty or left out.
func readSecretReference(text string) (r secretReference, ok bool) {
	parts := strings.Split(text, ":")
	ofID := 1
	if parts[0] == "arn" {
		ofID = 7
	}
	if len(parts) < ofID || len(parts) > ofID+4 {
		return r, false
	}
	r.SecretID = strings.Join(parts[:ofID], ":")
	rest := append(parts[ofID:], "", "", "", "")
	r.member, r.VersionStage, r.VersionID = rest[1], rest[2], rest[3]
	return r, r.SecretID != "" && (rest[0] == "" || rest[0] == "SecretString")
}

// of is what the reference names of a secret's text.
func (r *secretReference) of(secret string) (value string, ok bool) {
	if r.member == "" {
		return secret, true
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(secret), &members) != nil {
		return "", false
	}
	member := members[r.member]
	return plainText(member), member != nil && string(member) != "null"
}

// targetEnv is what the expressions of an operation's target see, with the
// stack's resources as they are.
func (s *Service) targetEnv(ctx context.Context, h home, st *stack, op *operation, t *template.Template, resources map[string]*resource) *template.Env {
	e := s.env(ctx, t, &op.Target)
	e.StackName, e.StackID, e.NotificationARNs = st.Name, st.ARN, op.TargetConf.NotificationARNs
	e.Resource = func(name string) (template.Resolved, bool) {
		r := resources[name]
		if r == nil || r.Now == nil || r.Now.ID == "" {
			return template.Resolved{}, false
		}
		return template.Resolved{Ref: r.Now.ID, Attributes: decodeObject(r.Now.Attrs)}, true
	}
	e.Import = func(ctx context.Context, name string) (string, error) { return s.importValue(ctx, h, st, op.ID, name) }
	return e
}

// importValue reads an export for a stack, and notes that it uses it.
func (s *Service) importValue(ctx context.Context, h home, st *stack, op, name string) (string, error) {
	var value string
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		x, ok, err := kv.Get[export](tx, h.exportKey(name))
		switch {
		case err != nil:
			return err
		case !ok:
			return invalid("No export named %s found.", name)
		}
		value = x.Value
		row, noted, err := kv.Get[importer](tx, h.importKey(name, st.ID))
		if err != nil || noted && row.Operation == op {
			return err
		}
		return kv.Put(tx, h.importKey(name, st.ID), importer{Name: st.Name, Operation: op})
	})
	return value, err
}

// typeOf finds a resource type; nil where there is none of the name.
func (s *Service) typeOf(name string) *types.Type {
	if strings.HasPrefix(name, "Custom::") {
		name = "AWS::CloudFormation::CustomResource"
	}
	return s.types[name]
}

// decodeObject reads a stored JSON object.
func decodeObject(b []byte) map[string]any {
	if len(b) == 0 {
		return map[string]any{}
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	out := map[string]any{}
	if err := dec.Decode(&out); err != nil {
		return map[string]any{} // written by encodeObject, so there is nothing in it
	}
	return out
}

// encodeObject writes a JSON object as it is stored.
func encodeObject(m map[string]any) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		return []byte("{}") // a tree always encodes
	}
	return b
}
