package sns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// CreateTopic makes a topic. One that exists already with the same attributes
// and tags is as good as made.
//
// Spec: SNS API Reference, CreateTopic.
func (s *Service) CreateTopic(ctx context.Context, in *api.CreateTopicInput) (*api.CreateTopicOutput, error) {
	info := call.From(ctx)
	made, err := newTopic(topicRef{names.HomeOf(info), in.Name}, in)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, exists, err := kv.Get[topic](tx, made.ref.rowKey())
		if err != nil {
			return fmt.Errorf("load topic: %w", err)
		}
		if exists {
			return sameTopic(&old, made, in)
		}
		return saveTopic(tx, made)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateTopicOutput{TopicArn: new(made.ref.ARN())}, nil
}

// newTopic returns the topic that a request describes.
func newTopic(ref topicRef, in *api.CreateTopicInput) (*topic, error) {
	t := &topic{ref: ref, Policy: defaultPolicy(ref)}
	fifo := strings.EqualFold(in.Attributes["FifoTopic"], "true")
	if v := in.Attributes["FifoTopic"]; v != "" && !fifo && !strings.EqualFold(v, "false") {
		return nil, names.Invalid("FifoTopic")
	}
	base, suffixed := strings.CutSuffix(in.Name, fifoSuffix)
	switch {
	case fifo && (!suffixed || !topicName.MatchString(base) || len(in.Name) > 256):
		return nil, names.Invalid("Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.")
	case !fifo && !topicName.MatchString(in.Name):
		return nil, names.Invalid("Topic Name")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if name == "FifoTopic" {
			continue
		}
		if err := t.setAttribute(name, in.Attributes[name]); err != nil {
			return nil, err
		}
	}
	if in.DataProtectionPolicy != nil {
		t.DataPolicy = *in.DataProtectionPolicy
	}
	return t, addTags(t, in.Tags)
}

// sameTopic tells whether a topic that exists is the one asked for: what is
// asked for of attributes and tags is as it is.
func sameTopic(old, asked *topic, in *api.CreateTopicInput) error {
	for name := range in.Attributes {
		same := old.Attributes[name] == asked.Attributes[name]
		if name == "Policy" {
			same = old.Policy == asked.Policy
		}
		if !same {
			return names.Invalid("Attributes Reason: Topic already exists with different attributes")
		}
	}
	if len(in.Tags) > 0 && !maps.Equal(old.Tags, asked.Tags) {
		return names.Invalid("Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// defaultPolicy is the policy of a new topic: its owner's account may do all.
func defaultPolicy(ref topicRef) string {
	type document struct {
		Version   string
		ID        string `json:"Id"`
		Statement []any
	}
	type statement struct {
		Sid, Effect string
		Principal   map[string]string
		Action      []string
		Resource    string
		Condition   map[string]map[string]string
	}
	raw, err := json.Marshal(document{
		Version: "2008-10-17", ID: "__default_policy_ID",
		Statement: []any{statement{
			Sid: "__default_statement_ID", Effect: "Allow", Principal: map[string]string{"AWS": "*"},
			Action: []string{
				"SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:AddPermission", "SNS:RemovePermission",
				"SNS:DeleteTopic", "SNS:Subscribe", "SNS:ListSubscriptionsByTopic", "SNS:Publish",
			},
			Resource:  ref.ARN(),
			Condition: map[string]map[string]string{"StringEquals": {"AWS:SourceOwner": ref.Account}},
		}},
	})
	if err != nil {
		panic(err) // strings only
	}
	return string(raw)
}
