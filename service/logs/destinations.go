package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// destination is where subscriptions of this and other accounts may deliver to.
type destination struct {
	Name    string
	Target  string // ARN
	Role    string
	Policy  string
	Created int64
	Tags    map[string]string
}

func (h home) destinationKey(name string) kv.Key { return h.key("d", name) }

// loadDestination reads a destination by its ARN.
func loadDestination(tx *kv.Tx, text string) (destination, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return destination{}, fmt.Errorf("load destination: %w", err)
	}
	h := home{a.Account, a.Region}
	return h.destination(tx, strings.TrimPrefix(a.Resource, "destination:"))
}

// destination reads a destination by its name.
func (h home) destination(tx *kv.Tx, name string) (destination, error) {
	d, ok, err := kv.Get[destination](tx, h.destinationKey(name))
	switch {
	case err != nil:
		return d, fmt.Errorf("load destination: %w", err)
	case !ok:
		return d, &api.ResourceNotFoundException{Message: "The specified destination does not exist."}
	}
	return d, nil
}

// render writes a destination as clients see it.
func (d *destination) render(h home) api.Destination {
	out := api.Destination{
		DestinationName: &d.Name, TargetArn: &d.Target, RoleArn: &d.Role, CreationTime: &d.Created,
		Arn: new(arn.New("logs", h.Region, h.Account, "destination:"+d.Name)),
	}
	if d.Policy != "" {
		out.AccessPolicy = &d.Policy
	}
	return out
}

// PutDestination makes or changes a destination.
//
// Spec: CloudWatch Logs API Reference, PutDestination.
func (s *Service) PutDestination(ctx context.Context, in *api.PutDestinationInput) (*api.PutDestinationOutput, error) {
	if kind := vendor(in.TargetArn); kind != "kinesis" && kind != "firehose" {
		return nil, invalid("Could not deliver test message to specified destination. Check if the destination is valid.")
	}
	h := homeOf(ctx)
	var d destination
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, _, err := kv.Get[destination](tx, h.destinationKey(in.DestinationName))
		if err != nil {
			return err
		}
		d = destination{Name: in.DestinationName, Target: in.TargetArn, Role: in.RoleArn, Policy: old.Policy, Created: old.Created, Tags: old.Tags}
		if old.Name == "" {
			d.Created, d.Tags = s.Clock.Now().UnixMilli(), in.Tags
		}
		return kv.Put(tx, h.destinationKey(d.Name), d)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutDestinationOutput{Destination: new(d.render(h))}, nil
}

// PutDestinationPolicy says which accounts may subscribe a destination.
//
// Spec: CloudWatch Logs API Reference, PutDestinationPolicy.
func (s *Service) PutDestinationPolicy(ctx context.Context, in *api.PutDestinationPolicyInput) (*api.PutDestinationPolicyOutput, error) {
	if !json.Valid([]byte(in.AccessPolicy)) {
		return nil, invalid("Invalid access policy: it is not a JSON document.")
	}
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		d, err := h.destination(tx, in.DestinationName)
		if err != nil {
			return err
		}
		d.Policy = in.AccessPolicy
		return kv.Put(tx, h.destinationKey(d.Name), d)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutDestinationPolicyOutput{}, nil
}

// DeleteDestination removes a destination. Subscriptions to it deliver nothing
// any more.
//
// Spec: CloudWatch Logs API Reference, DeleteDestination.
func (s *Service) DeleteDestination(ctx context.Context, in *api.DeleteDestinationInput) (*api.DeleteDestinationOutput, error) {
	h := homeOf(ctx)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := h.destination(tx, in.DestinationName); err != nil {
			return err
		}
		return tx.Delete(h.destinationKey(in.DestinationName))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteDestinationOutput{}, nil
}

// DescribeDestinations returns destinations by name.
//
// Spec: CloudWatch Logs API Reference, DescribeDestinations.
func (s *Service) DescribeDestinations(ctx context.Context, in *api.DescribeDestinationsInput) (*api.DescribeDestinationsOutput, error) {
	h := homeOf(ctx)
	r := kv.Prefix(h.key("d"))
	if in.NextToken != nil {
		name, err := readPage(h.key("d"), *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(h.destinationKey(name))
	}
	out := &api.DescribeDestinationsOutput{Destinations: []api.Destination{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for row, err := range kv.Scan[destination](tx, r) {
			if err != nil {
				return err
			}
			d := row.Value
			if in.DestinationNamePrefix != nil && !strings.HasPrefix(d.Name, *in.DestinationNamePrefix) {
				continue
			}
			if n := len(out.Destinations); n == pageSize(in.Limit) {
				out.NextToken = service.PageToken(h.key("d"), *out.Destinations[n-1].DestinationName)
				return nil
			}
			out.Destinations = append(out.Destinations, d.render(h))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
