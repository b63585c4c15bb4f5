package sns

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// Invited implements call.Inviting: these services publish for themselves, so that
// the topic's policy has to let them. The others publish in the name of a role.
func (s *Service) Invited(by call.Principal) bool {
	return slices.Contains([]string{"events.amazonaws.com", "s3.amazonaws.com"}, by.Service) || ownersVoice(by)
}

// ownersVoice tells whether a service publishes with its source's owner, whom the
// policy of a new topic lets in.
func ownersVoice(by call.Principal) bool {
	return slices.Contains([]string{"cloudwatch.amazonaws.com", "ses.amazonaws.com"}, by.Service)
}

// Accesses implements call.Guarded: what a call does to which topic, and what that
// says of it.
func (s *Service) Accesses(ctx context.Context, operation string, in any) ([]call.Access, error) {
	info := call.From(ctx)
	action := strings.TrimSuffix(operation, "Batch")
	if info.Principal.Kind == call.Service && action != "Publish" {
		return nil, nil
	}
	arn := namedTopic(in)
	if arn == "" {
		return nil, nil
	}
	var t *topic
	err := s.view(ctx, arn, func(_ *kv.Tx, found *topic) error {
		t = found
		return nil
	})
	if err != nil {
		return nil, err
	}
	a := call.Access{
		Action: "SNS:" + action, Resource: t.ref.ARN(), Account: t.ref.Account, Policy: t.Policy,
		Closed:   !slices.Contains(grantable(), action),
		Unlocked: action == "SetTopicAttributes" || action == "RemovePermission",
	}
	if ownersVoice(info.Principal) {
		if parts := strings.SplitN(info.Principal.SourceARN, ":", 6); len(parts) == 6 {
			a.Context = map[string][]string{"aws:sourceowner": {parts[4]}}
		}
	}
	return []call.Access{a}, nil
}

// namedTopic is the topic that a request names, or "": the inputs of all operations
// are generated one by one, so it asks for their members by name.
func namedTopic(in any) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	for _, name := range []string{"TopicArn", "TargetArn", "ResourceArn"} {
		f := reflect.Indirect(v.FieldByName(name))
		if f.IsValid() && f.Kind() == reflect.String && f.String() != "" && !strings.Contains(f.String(), ":endpoint/") && !strings.Contains(f.String(), ":app/") {
			return f.String()
		}
	}
	return ""
}
