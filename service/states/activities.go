package states

import (
	"context"
	"fmt"
	"reflect"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
)

// activity is a queue of tasks for workers outside.
type activity struct {
	Name       string
	Created    time.Time
	Tags       map[string]string            `cbor:",omitempty"`
	Encryption *api.EncryptionConfiguration `cbor:",omitempty"`
}

// activityKey is the place of an activity.
func activityKey(h machine.Home, name string) kv.Key { return h.Key("y", name) }

// CreateActivity makes an activity, or returns the one there is.
//
// Spec: Step Functions API Reference, CreateActivity.
func (s *Service) CreateActivity(ctx context.Context, in *api.CreateActivityInput) (*api.CreateActivityOutput, error) {
	h := homeOf(ctx)
	arn := h.ARN("activity:" + in.Name)
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	tags, err := tagMap(in.Tags, arn)
	if err != nil {
		return nil, err
	}
	if err := checkEncryption(in.EncryptionConfiguration); err != nil {
		return nil, err
	}
	out := &api.CreateActivityOutput{ActivityArn: arn}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[activity](tx, activityKey(h, in.Name))
		if err != nil {
			return fmt.Errorf("load activity: %w", err)
		}
		if ok {
			if !reflect.DeepEqual(old.Encryption, in.EncryptionConfiguration) {
				return &api.ActivityAlreadyExists{Message: "Activity Already Exists: '" + arn + "'"}
			}
			out.CreationDate = old.Created
			return nil
		}
		out.CreationDate = s.Clock.Now()
		return kv.Put(tx, activityKey(h, in.Name), activity{in.Name, out.CreationDate, tags, in.EncryptionConfiguration})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// parseActivity reads an activity's ARN.
func parseActivity(text string) (machine.Home, string, error) {
	h, parts, err := resource(text)
	if err != nil {
		return h, "", err
	}
	if parts[0] != "activity" || len(parts) != 2 || parts[1] == "" {
		return h, "", wrongKind(parts[0])
	}
	return h, parts[1], nil
}

// loadActivity reads the activity with an ARN.
func loadActivity(tx *kv.Tx, arn string) (activity, error) {
	h, name, err := parseActivity(arn)
	if err != nil {
		return activity{}, err
	}
	a, ok, err := kv.Get[activity](tx, activityKey(h, name))
	if err != nil {
		return a, fmt.Errorf("load activity: %w", err)
	}
	if !ok {
		return a, &api.ActivityDoesNotExist{Message: "Activity Does Not Exist: '" + arn + "'"}
	}
	return a, nil
}

// DescribeActivity returns an activity.
//
// Spec: Step Functions API Reference, DescribeActivity.
func (s *Service) DescribeActivity(ctx context.Context, in *api.DescribeActivityInput) (*api.DescribeActivityOutput, error) {
	var out *api.DescribeActivityOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		a, err := loadActivity(tx, in.ActivityArn)
		out = &api.DescribeActivityOutput{ActivityArn: in.ActivityArn, Name: a.Name, CreationDate: a.Created, EncryptionConfiguration: shownEncryption(a.Encryption)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteActivity removes an activity. What it was asked for runs into its
// timeouts.
//
// Spec: Step Functions API Reference, DeleteActivity.
func (s *Service) DeleteActivity(ctx context.Context, in *api.DeleteActivityInput) (*api.DeleteActivityOutput, error) {
	h, name, err := parseActivity(in.ActivityArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		tx.Wake(service.Topic(in.ActivityArn))
		if err := standard.DropOffers(tx, in.ActivityArn); err != nil {
			return err
		}
		return tx.Delete(activityKey(h, name))
	})
	return &api.DeleteActivityOutput{}, err
}

// ListActivities lists the activities of an account.
//
// Spec: Step Functions API Reference, ListActivities.
func (s *Service) ListActivities(ctx context.Context, in *api.ListActivitiesInput) (*api.ListActivitiesOutput, error) {
	h := homeOf(ctx)
	after, paged, err := readToken("y", in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := pageSize(in.MaxResults)
	out := &api.ListActivitiesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Activities, out.NextToken = []api.ActivityListItem{}, nil
		span := kv.Prefix(h.Key("y"))
		if paged {
			span = span.After(activityKey(h, after))
		}
		for row, err := range kv.Scan[activity](tx, span) {
			if err != nil {
				return fmt.Errorf("list activities: %w", err)
			}
			if n := len(out.Activities); n == limit {
				out.NextToken = writeToken("y", out.Activities[n-1].Name)
				return nil
			}
			out.Activities = append(out.Activities, api.ActivityListItem{
				ActivityArn: h.ARN("activity:" + row.Value.Name), Name: row.Value.Name, CreationDate: row.Value.Created,
			})
		}
		return nil
	})
	return out, err
}
