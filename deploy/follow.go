package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// seen are the events of a stack so far, so that only new ones are told of.
func (d *deployment) seen(ctx context.Context, id string) (map[string]bool, error) {
	out := map[string]bool{}
	_, err := d.news(ctx, id, out)
	return out, err
}

// news returns the events that were not seen, in the order in which they
// happened, and notes them.
func (d *deployment) news(ctx context.Context, id string, seen map[string]bool) ([]Event, error) {
	var fresh []Event
	pages := cloudformation.NewDescribeStackEventsPaginator(d.cfn, &cloudformation.DescribeStackEventsInput{StackName: &id})
	for pages.HasMorePages() {
		var out *cloudformation.DescribeStackEventsOutput
		err := d.steady(ctx, func() (err error) {
			out, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("describe events: %w", err)
		}
		for _, e := range out.StackEvents {
			if seen[*e.EventId] {
				slices.Reverse(fresh)
				return fresh, nil
			}
			seen[*e.EventId] = true
			fresh = append(fresh, Event{
				At: aws.ToTime(e.Timestamp), Logical: aws.ToString(e.LogicalResourceId), Type: aws.ToString(e.ResourceType),
				Physical: aws.ToString(e.PhysicalResourceId), Status: string(e.ResourceStatus),
				Reason: aws.ToString(e.ResourceStatusReason), Stack: aws.ToString(e.PhysicalResourceId) == id,
			})
		}
	}
	slices.Reverse(fresh)
	return fresh, nil
}

// show tells what has happened since, and notes why resources failed.
func (d *deployment) show(ctx context.Context, id string, seen map[string]bool) error {
	fresh, err := d.news(ctx, id, seen)
	if err != nil {
		return err
	}
	for _, e := range fresh {
		if strings.HasSuffix(e.Status, "_FAILED") && !e.Stack && !strings.Contains(e.Reason, "cancelled") {
			d.failed = append(d.failed, e.Logical+" "+e.Status+": "+e.Reason)
		}
		if d.Progress != nil {
			d.Progress(e)
		}
	}
	return nil
}

// follow tells what happens until the stack has settled.
func (d *deployment) follow(ctx context.Context, id string, seen map[string]bool) (*Result, error) {
	st, err := d.settled(ctx, id, func() error { return d.show(ctx, id, seen) })
	if err != nil {
		return nil, err
	}
	switch st.StackStatus {
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete:
		return resultOf(st), nil
	}
	if len(d.failed) == 0 && st.StackStatusReason != nil {
		d.failed = append(d.failed, *st.StackStatusReason)
	}
	return resultOf(st), &FailedError{Stack: d.Stack, Status: string(st.StackStatus), Reasons: d.failed}
}

// maxLost is how often in a row a look at the stack may be lost.
const maxLost = 20

// steady looks again when an answer was lost on its way: the stack goes on
// without its watcher. What the service itself has answered stands.
func (d *deployment) steady(ctx context.Context, look func() error) error {
	for lost := 0; ; lost++ {
		err := look()
		if err == nil || ctx.Err() != nil || lost == maxLost {
			return err
		}
		if _, answered := errors.AsType[smithy.APIError](err); answered {
			return err
		}
		if err := d.pause(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
}

// settled waits until the stack does nothing any more. tell runs before and
// after each look, so that it has told everything at the end.
func (d *deployment) settled(ctx context.Context, id string, tell func() error) (*types.Stack, error) {
	for {
		var out *cloudformation.DescribeStacksOutput
		err := d.steady(ctx, func() (err error) {
			out, err = d.cfn.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &id})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("describe stack: %w", err)
		}
		if tell != nil {
			if err := tell(); err != nil {
				return nil, err
			}
		}
		if st := &out.Stacks[0]; !strings.HasSuffix(string(st.StackStatus), "_IN_PROGRESS") {
			return st, nil
		}
		if err := d.pause(ctx, 50*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
