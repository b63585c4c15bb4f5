package events

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/service/events/input"
)

const (
	// maxTargets is how many targets a rule may have.
	maxTargets = 5
	// maxParameters is how many parameters of each sort a target may have, as a
	// connection may. Each is looked for in each event.
	maxParameters = 100
)

// PutTargets adds targets to a rule, or replaces those of the same id.
//
// Spec: EventBridge API Reference, PutTargets.
func (s *Service) PutTargets(ctx context.Context, in *api.PutTargetsInput) (*api.PutTargetsOutput, error) {
	if len(in.Targets) > 10 {
		return nil, invalid("1 validation error detected: Value at 'targets' failed to satisfy constraint: Member must have length less than or equal to 10")
	}
	for i := range in.Targets {
		if err := checkTarget(&in.Targets[i], call.From(ctx).Account); err != nil {
			return nil, err
		}
	}
	out := &api.PutTargetsOutput{FailedEntryCount: new(int32(0)), FailedEntries: []api.PutTargetsResultEntry{}}
	err := s.changeRule(ctx, in.EventBusName, in.Rule, func(_ busRef, r *rule) error {
		if err := r.guard(ctx, in.Rule, nil); err != nil {
			return err
		}
		for _, t := range in.Targets {
			r.Targets = append(slices.DeleteFunc(r.Targets, func(o api.Target) bool { return o.Id == t.Id }), t)
		}
		if len(r.Targets) > maxTargets {
			return &api.LimitExceededException{Message: "The requested resource exceeds the maximum number allowed."}
		}
		slices.SortFunc(r.Targets, func(a, b api.Target) int { return cmp.Compare(a.Id, b.Id) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// kindOf tells what sort of resource a target is: its ARN's service, or what it
// is of EventBridge's own.
func kindOf(name string) string {
	a, err := arn.Parse(name)
	if err != nil {
		return ""
	}
	if a.Service == "events" {
		kind, _ := a.Split()
		return kind
	}
	return a.Service
}

// checkTarget holds a target against what its kind asks for.
func checkTarget(t *api.Target, account string) error {
	a, err := arn.Parse(t.Arn)
	if err != nil || a.Resource == "" {
		return invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", t.Arn)
	}
	kind := kindOf(t.Arn)
	switch {
	case kind == "rule":
		return invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", t.Arn)
	case a.Service == "sqs" && strings.HasSuffix(a.Resource, ".fifo") && (t.SqsParameters == nil || t.SqsParameters.MessageGroupId == nil):
		return invalid("Parameter(s) SqsParameters must be specified for target: %s.", t.Id)
	case t.SqsParameters != nil && a.Service == "sqs" && !strings.HasSuffix(a.Resource, ".fifo") && t.SqsParameters.MessageGroupId == nil:
		return invalid("Parameter MessageGroupId of SqsParameters is required for target: %s.", t.Id)
	case t.RoleArn == nil && needsRole(kind):
		return invalid("RoleArn is required for target %s.", t.Arn)
	case kind == "ecs" && t.EcsParameters == nil:
		return invalid("Parameter(s) EcsParameters must be specified for target: %s.", t.Id)
	case kind == "batch" && t.BatchParameters == nil:
		return invalid("Parameter(s) BatchParameters must be specified for target: %s.", t.Id)
	case kind == "event-bus" && a.Account != account && (t.Input != nil || t.InputPath != nil || t.InputTransformer != nil):
		return invalid("Input, InputPath and InputTransformer are not supported for target: %s.", t.Id)
	}
	if p := t.HttpParameters; p != nil && max(len(p.PathParameterValues), len(p.HeaderParameters), len(p.QueryStringParameters)) > maxParameters {
		return invalid("HttpParameters of target %s has more than %d parameters of a sort.", t.Id, maxParameters)
	}
	if d := t.DeadLetterConfig; d != nil && d.Arn != nil {
		q, err := arn.Parse(*d.Arn)
		if err != nil || q.Service != "sqs" || strings.HasSuffix(q.Resource, ".fifo") {
			return invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", *d.Arn)
		}
	}
	if err := checkRole(t.RoleArn, account); err != nil {
		return err
	}
	return checkInput(t)
}

// needsRole tells whether a kind of target is called with a role of the rule's
// owner.
func needsRole(kind string) bool {
	switch kind {
	case "states", "kinesis", "firehose", "ecs", "batch", "codebuild", "codepipeline", "ssm", "api-destination":
		return true
	}
	return false
}

// checkInput holds what a target says of its input against what can be made of
// it.
func checkInput(t *api.Target) error {
	given := 0
	if t.Input != nil {
		given++
		if !json.Valid([]byte(*t.Input)) {
			return invalid("JSON syntax error in input for target %s: %s.", t.Id, *t.Input)
		}
	}
	if t.InputPath != nil {
		given++
		if _, err := input.ParsePath(*t.InputPath); err != nil {
			return invalid("Invalid InputPath for target %s.", t.Id)
		}
	}
	if tr := t.InputTransformer; tr != nil {
		given++
		if _, err := input.Compile(tr.InputPathsMap, tr.InputTemplate); err != nil {
			return invalid("Invalid InputTemplate for target %s : [%s].", t.Id, err)
		}
	}
	if given > 1 {
		return invalid("Only one of Input, InputPath, or InputTransformer must be provided for target %s.", t.Id)
	}
	return nil
}
