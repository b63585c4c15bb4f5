package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// policy is the part of a queue policy that AddPermission writes.
type policy struct {
	Version   string            `json:"Version"`
	ID        string            `json:"Id"`
	Statement []json.RawMessage `json:"Statement"`
}

// statement is one permission.
type statement struct {
	Sid       string         `json:"Sid"`
	Effect    string         `json:"Effect"`
	Principal map[string]any `json:"Principal"`
	Action    any            `json:"Action"`
	Resource  string         `json:"Resource"`
}

// AddPermission adds a statement to the queue's policy.
//
// Spec: SQS API Reference, AddPermission.
func (s *Service) AddPermission(ctx context.Context, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	if err := checkPermission(in); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.QueueUrl, func(_ *kv.Tx, q *queue) error {
		p, err := q.policy()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(p.Statement, labelled(in.Label)) {
			return invalidValue("Value %s for parameter Label is invalid. Reason: Already exists.", in.Label)
		}
		principals := make([]string, len(in.AWSAccountIds))
		for i, id := range in.AWSAccountIds {
			principals[i] = arn.New("iam", "", id, "root")
		}
		actions := make([]string, len(in.Actions))
		for i, a := range in.Actions {
			actions[i] = "SQS:" + a
		}
		added, err := json.Marshal(statement{
			Sid: in.Label, Effect: "Allow", Principal: map[string]any{"AWS": oneOrMany(principals)},
			Action: oneOrMany(actions), Resource: q.ARN(),
		})
		if err != nil {
			return err
		}
		p.Statement = append(p.Statement, added)
		return q.setPolicy(p)
	})
	return &api.AddPermissionOutput{}, err
}

// RemovePermission takes a statement out of the queue's policy.
//
// Spec: SQS API Reference, RemovePermission.
func (s *Service) RemovePermission(ctx context.Context, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	err := s.change(ctx, in.QueueUrl, func(_ *kv.Tx, q *queue) error {
		p, err := q.policy()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(p.Statement, labelled(in.Label))
		if i < 0 {
			return invalidValue("Value %s for parameter Label is invalid. Reason: can't find label on existing policy.", in.Label)
		}
		p.Statement = slices.Delete(p.Statement, i, i+1)
		return q.setPolicy(p)
	})
	return &api.RemovePermissionOutput{}, err
}

// checkPermission holds a permission's parts against their rules.
func checkPermission(in *api.AddPermissionInput) error {
	if err := checkToken("Label", in.Label); err != nil {
		return err
	}
	if len(in.Actions) == 0 {
		return missing("Actions")
	}
	if len(in.AWSAccountIds) == 0 {
		return missing("PrincipalId")
	}
	if len(in.Actions) > 7 {
		return &api.OverLimit{Message: fmt.Sprintf("%d Actions were found, maximum allowed is 7.", len(in.Actions))}
	}
	allowed := []string{"*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"}
	for _, a := range in.Actions {
		if !slices.Contains(allowed, a) {
			return invalidValue("Value SQS:%s for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.", a)
		}
	}
	return nil
}

// policy reads the queue's policy, or starts one.
func (q *queue) policy() (p policy, err error) {
	text := q.Set[api.QueueAttributeNamePolicy]
	if text == "" {
		return policy{Version: "2012-10-17", ID: q.ARN() + "/SQSDefaultPolicy"}, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, invalidAttribute(api.QueueAttributeNamePolicy)
	}
	return p, nil
}

// setPolicy writes the queue's policy; one without statements is none.
func (q *queue) setPolicy(p policy) error {
	if len(p.Statement) == 0 {
		return q.apply(map[string]string{api.QueueAttributeNamePolicy: ""})
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return q.apply(map[string]string{api.QueueAttributeNamePolicy: string(text)})
}

// labelled finds a statement by its label.
func labelled(label string) func(json.RawMessage) bool {
	return func(text json.RawMessage) bool {
		var s struct{ Sid string }
		return json.Unmarshal(text, &s) == nil && s.Sid == label
	}
}

// oneOrMany writes a list of one as that one, as AWS does in policies.
func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}
