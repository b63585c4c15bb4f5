package sqs

import (
	"context"
	"reflect"
	"slices"
	"strings"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// Invited implements call.Inviting: these services send messages for themselves, so
// that the queue's policy has to let them. The others send in the name of a role.
func (s *Service) Invited(by call.Principal) bool {
	return slices.Contains([]string{"sns.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"}, by.Service)
}

// ownersAlone are the operations that no policy opens to another account.
//
// Spec: SQS Developer Guide, Basic examples of Amazon SQS policies.
func ownersAlone() []string {
	return []string{
		"AddPermission", "CancelMessageMoveTask", "DeleteQueue", "ListMessageMoveTasks", "ListQueueTags", "RemovePermission",
		"SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
	}
}

// Accesses implements call.Guarded: what a call does to which queue, and what that
// says of it.
func (s *Service) Accesses(ctx context.Context, operation string, in any) ([]call.Access, error) {
	info := call.From(ctx)
	action := strings.TrimSuffix(operation, "Batch")
	if info.Principal.Kind == call.Service && action != "SendMessage" {
		return nil, nil
	}
	h, name, err := named(info, in)
	if err != nil || name == "" {
		return nil, err
	}
	var q *queue
	if err := s.Store.View(ctx, func(tx *kv.Tx) error {
		q, err = s.loadNamed(tx, h, name)
		return err
	}); err != nil {
		return nil, err
	}
	return []call.Access{{
		Action: "sqs:" + action, Resource: q.ARN(), Account: q.Account, Policy: q.Set[api.QueueAttributeNamePolicy],
		Closed:   slices.Contains(ownersAlone(), action),
		Unlocked: action == "SetQueueAttributes" || action == "RemovePermission",
	}}, nil
}

// named is the queue that a request names, or "" where it names none.
func named(info call.Info, in any) (home, string, error) {
	switch in := in.(type) {
	case *api.SendMessageInput: // often, and so without reflection
		return locate(info, in.QueueUrl)
	case *api.GetQueueUrlInput:
		h := homeOf(info)
		if in.QueueOwnerAWSAccountId != nil {
			h.Account = *in.QueueOwnerAWSAccountId
		}
		return h, in.QueueName, nil
	case *api.StartMessageMoveTaskInput, *api.ListMessageMoveTasksInput, *api.CancelMessageMoveTaskInput:
		return home{}, "", nil // of the caller's own account
	}
	f := reflect.Indirect(reflect.ValueOf(in)).FieldByName("QueueUrl")
	if !f.IsValid() || f.Kind() != reflect.String {
		return home{}, "", nil
	}
	return locate(info, f.String())
}
