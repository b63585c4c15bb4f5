package sns

import (
	"context"
	"encoding/json"
	"slices"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// policyDocument is a topic policy as far as its statements are told apart.
type policyDocument struct {
	Version   string            `json:"Version,omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// permission is a statement that AddPermission writes.
type permission struct {
	Sid       string
	Effect    string
	Principal map[string]any
	Action    any
	Resource  string
}

// grantable are the actions that AddPermission can give.
func grantable() []string {
	return []string{
		"GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
		"Subscribe", "ListSubscriptionsByTopic", "Publish", "Receive",
	}
}

// AddPermission adds a statement to a topic's policy.
//
// Spec: SNS API Reference, AddPermission.
func (s *Service) AddPermission(ctx context.Context, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	err := s.change(ctx, in.TopicArn, func(_ *kv.Tx, t *topic) error {
		doc, err := t.document()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(doc.Statement, labelled(in.Label)) {
			return names.Invalid("Statement already exists")
		}
		actions := make([]string, len(in.ActionName))
		for i, a := range in.ActionName {
			if !slices.Contains(grantable(), a) {
				return names.Invalid("Policy statement action out of service scope!")
			}
			actions[i] = "SNS:" + a
		}
		principals := make([]string, len(in.AWSAccountId))
		for i, id := range in.AWSAccountId {
			principals[i] = arn.New("iam", "", id, "root")
		}
		added, err := json.Marshal(permission{
			Sid: in.Label, Effect: "Allow", Principal: map[string]any{"AWS": oneOrMany(principals)},
			Action: oneOrMany(actions), Resource: in.TopicArn,
		})
		if err != nil {
			return err
		}
		doc.Statement = append(doc.Statement, added)
		return t.setDocument(doc)
	})
	if err != nil {
		return nil, err
	}
	return &api.AddPermissionOutput{}, nil
}

// RemovePermission takes a statement out of a topic's policy.
//
// Spec: SNS API Reference, RemovePermission.
func (s *Service) RemovePermission(ctx context.Context, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	err := s.change(ctx, in.TopicArn, func(_ *kv.Tx, t *topic) error {
		doc, err := t.document()
		if err != nil {
			return err
		}
		doc.Statement = slices.DeleteFunc(doc.Statement, labelled(in.Label))
		return t.setDocument(doc)
	})
	if err != nil {
		return nil, err
	}
	return &api.RemovePermissionOutput{}, nil
}

// document reads the topic's policy.
func (t *topic) document() (policyDocument, error) {
	var doc policyDocument
	if err := json.Unmarshal([]byte(t.Policy), &doc); err != nil {
		return doc, names.Invalid("Policy Error: null")
	}
	return doc, nil
}

// setDocument writes the topic's policy.
func (t *topic) setDocument(doc policyDocument) error {
	raw, err := json.Marshal(doc)
	t.Policy = string(raw)
	return err
}

// labelled tells whether a statement has a label.
func labelled(label string) func(json.RawMessage) bool {
	return func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == label
	}
}

// oneOrMany is a list as policies have it: a lone value stands for itself.
func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
