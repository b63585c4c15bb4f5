package logs

import (
	"context"
	"slices"
	"strings"

	"maru.dev/maru/api/lambda"
	api "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/filter"
)

// maxSubscriptions is how many a group may have.
const maxSubscriptions = 2

// subscription is a subscription filter of a group.
type subscription struct {
	Name         string
	Pattern      string
	Destination  string // ARN
	Role         string `cbor:",omitempty"`
	Distribution string
	Created      int64
	Transformed  *bool
	Criteria     *string
	System       []string
}

func (h home) subscriptionKey(groupID, name string) kv.Key { return h.key("f", groupID, name) }

// PutSubscriptionFilter delivers a group's events from now on.
//
// Spec: CloudWatch Logs API Reference, PutSubscriptionFilter.
func (s *Service) PutSubscriptionFilter(ctx context.Context, in *api.PutSubscriptionFilterInput) (*api.PutSubscriptionFilterOutput, error) {
	f := subscription{
		Name: in.FilterName, Pattern: in.FilterPattern, Destination: in.DestinationArn, Distribution: string(api.DistributionByLogStream),
		Created: s.Clock.Now().UnixMilli(), Transformed: in.ApplyOnTransformedLogs, Criteria: in.FieldSelectionCriteria, System: in.EmitSystemFields,
	}
	if in.RoleArn != nil {
		f.Role = *in.RoleArn
	}
	if in.Distribution != nil {
		f.Distribution = *in.Distribution
	}
	if _, err := filter.Parse(f.Pattern); err != nil {
		return nil, invalid("Invalid filter pattern: %v", err)
	}
	if err := s.checkDestination(ctx, in.LogGroupName, &f); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, h home, g *group) error {
		if f.logical() {
			if _, err := loadDestination(tx, f.Destination); err != nil {
				return invalid("The specified destination does not exist.")
			}
		}
		old, ok, err := kv.Get[subscription](tx, h.subscriptionKey(g.ID, f.Name))
		if err != nil {
			return err
		}
		stored := f
		if ok {
			stored.Created = old.Created
		} else {
			if len(g.Subscriptions) >= maxSubscriptions {
				return &api.LimitExceededException{Message: "Resource limit exceeded."}
			}
			g.Subscriptions = append(g.Subscriptions, f.Name)
			if err := begin(tx, h, g, subscriptionPrefix+f.Name); err != nil {
				return err
			}
		}
		return kv.Put(tx, h.subscriptionKey(g.ID, f.Name), stored)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutSubscriptionFilterOutput{}, nil
}

// logical says whether the destination is one of PutDestination.
func (f *subscription) logical() bool { return vendor(f.Destination) == "logs" }

// vendor is the service that an ARN is of.
func vendor(text string) string {
	a, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	return a.Service
}

// checkDestination holds a destination against what can be one, and lets a
// function be asked whether it may be invoked.
func (s *Service) checkDestination(ctx context.Context, group string, f *subscription) error {
	switch kind := vendor(f.Destination); kind {
	case "lambda":
		if f.Role != "" {
			return invalid("destinationArn for vendor lambda cannot be used with roleArn")
		}
		a, _ := arn.Parse(f.Destination)
		name := strings.Split(strings.TrimPrefix(a.Resource, "function:"), ":")[0]
		if group == "/aws/lambda/"+name {
			return invalid("The function %s cannot be subscribed to its own log group: it would invoke itself without end.", name)
		}
		h := homeOf(ctx)
		as := call.As(ctx, logsPrincipal, h.arnOf(group)+":*", h.Account, h.Region)
		_, err := s.Caller.Call(as, "lambda", "Invoke", &lambda.InvokeInput{FunctionName: f.Destination, InvocationType: new(string(lambda.InvocationTypeDryRun))})
		if err != nil {
			return invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
		}
	case "kinesis", "firehose":
		if f.Role == "" {
			return invalid("destinationArn for vendor %s cannot be used without roleArn", kind)
		}
	case "logs":
	default:
		return invalid("PutSubscriptionFilter operation cannot work with destinationArn for vendor %s", kind)
	}
	return nil
}

// DeleteSubscriptionFilter ends a subscription; what is on its way is dropped.
//
// Spec: CloudWatch Logs API Reference, DeleteSubscriptionFilter.
func (s *Service) DeleteSubscriptionFilter(ctx context.Context, in *api.DeleteSubscriptionFilterInput) (*api.DeleteSubscriptionFilterOutput, error) {
	err := s.change(ctx, in.LogGroupName, func(tx *kv.Tx, h home, g *group) error {
		i := slices.Index(g.Subscriptions, in.FilterName)
		if i < 0 {
			return &api.ResourceNotFoundException{Message: "The specified subscription filter does not exist."}
		}
		g.Subscriptions = slices.Delete(slices.Clone(g.Subscriptions), i, i+1)
		if err := s.forget(tx, h, g, subscriptionPrefix+in.FilterName); err != nil {
			return err
		}
		return tx.Delete(h.subscriptionKey(g.ID, in.FilterName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteSubscriptionFilterOutput{}, nil
}

// DescribeSubscriptionFilters returns a group's subscriptions.
//
// Spec: CloudWatch Logs API Reference, DescribeSubscriptionFilters.
func (s *Service) DescribeSubscriptionFilters(ctx context.Context, in *api.DescribeSubscriptionFiltersInput) (*api.DescribeSubscriptionFiltersOutput, error) {
	h := homeOf(ctx)
	after := ""
	if in.NextToken != nil {
		b, err := readPage(h.key("f"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		after = b
	}
	out := &api.DescribeSubscriptionFiltersOutput{SubscriptionFilters: []api.SubscriptionFilter{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.LogGroupName)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[subscription](tx, kv.Prefix(h.key("f", g.ID))) {
			if err != nil {
				return err
			}
			f := row.Value
			if f.Name <= after || in.FilterNamePrefix != nil && !strings.HasPrefix(f.Name, *in.FilterNamePrefix) {
				continue
			}
			if n := len(out.SubscriptionFilters); n == pageSize(in.Limit) {
				out.NextToken = service.PageToken(h.key("f"), *out.SubscriptionFilters[n-1].FilterName)
				return nil
			}
			out.SubscriptionFilters = append(out.SubscriptionFilters, f.render(g.Name))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// render writes a subscription as clients see it.
func (f *subscription) render(group string) api.SubscriptionFilter {
	out := api.SubscriptionFilter{
		FilterName: &f.Name, LogGroupName: &group, FilterPattern: &f.Pattern, DestinationArn: &f.Destination, Distribution: &f.Distribution,
		CreationTime: &f.Created, ApplyOnTransformedLogs: f.Transformed, FieldSelectionCriteria: f.Criteria, EmitSystemFields: f.System,
	}
	if f.Role != "" {
		out.RoleArn = &f.Role
	}
	return out
}
