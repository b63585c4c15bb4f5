package schemas

import (
	"context"
	"errors"
	"fmt"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// loadDiscoverer reads a discoverer that must be there.
func loadDiscoverer(tx *kv.Tx, h home, id string) (discoverer, error) {
	d, ok, err := kv.Get[discoverer](tx, h.discovererKey(id))
	switch {
	case err != nil:
		return d, fmt.Errorf("load discoverer: %w", err)
	case !ok:
		return d, notFound("Discoverer with id %s does not exist.", id)
	}
	return d, nil
}

// saveDiscoverer writes a discoverer, with the task that has its bus follow.
func (s *Service) saveDiscoverer(tx *kv.Tx, h home, d *discoverer) error {
	if err := kv.Put(tx, h.discovererKey(d.ID), *d); err != nil {
		return err
	}
	return s.watchLater(tx, h, d)
}

// watchLater writes the task that has a bus do as its discoverer says.
func (s *Service) watchLater(tx *kv.Tx, h home, d *discoverer) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: watchKind, Key: h.discovererARN(d.ID), Owner: h.discovererARN(d.ID), Body: watch{d.ID, d.SourceARN},
		Account: h.Account, Region: h.Region,
	})
	return err
}

// discovererARN names a discoverer.
func (h home) discovererARN(id string) string { return h.arnOf("discoverer/" + id) }

// CreateDiscoverer has the schemas of a bus's events found from now on.
//
// Spec: EventBridge Schemas API Reference, CreateDiscoverer.
func (s *Service) CreateDiscoverer(ctx context.Context, in *api.CreateDiscovererInput) (*api.CreateDiscovererOutput, error) {
	h := homeOf(ctx)
	bus, err := arn.Parse(in.SourceArn)
	if err != nil || bus.Service != "events" || !strings.HasPrefix(bus.Resource, "event-bus/") {
		return nil, badRequest("SourceArn %s is not the ARN of an event bus.", in.SourceArn)
	}
	if len(in.Tags) > maxTags {
		return nil, tooManyTags()
	}
	if err := s.busExists(ctx, bus); err != nil {
		return nil, err
	}
	d := discoverer{
		ID: idOf(bus), SourceARN: in.SourceArn, Description: wire.Value(in.Description), State: api.DiscovererStateStarted,
		Cross: in.CrossAccount == nil || *in.CrossAccount, Tags: in.Tags,
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.discovererKey(d.ID))
		switch {
		case err != nil:
			return err
		case ok:
			return conflict("Discoverer for source %s already exists.", d.SourceARN)
		}
		return s.saveDiscoverer(tx, h, &d)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateDiscovererOutput{
		Description: wire.Optional(d.Description), DiscovererArn: new(h.discovererARN(d.ID)), DiscovererId: &d.ID, SourceArn: &d.SourceARN,
		State: &d.State, CrossAccount: &d.Cross, Tags: d.Tags,
	}, nil
}

// busExists asks EventBridge about a bus.
func (s *Service) busExists(ctx context.Context, bus arn.ARN) error {
	err := s.tell(ctx, "DescribeEventBus", map[string]any{"Name": bus.String()})
	if fault, ok := errors.AsType[wire.Error](err); ok && fault.HTTPStatus() < 500 {
		return badRequest("%s", fault.ErrorMessage())
	}
	return err
}

// UpdateDiscoverer changes a discoverer's description and whose events it sees.
//
// Spec: EventBridge Schemas API Reference, UpdateDiscoverer.
func (s *Service) UpdateDiscoverer(ctx context.Context, in *api.UpdateDiscovererInput) (*api.UpdateDiscovererOutput, error) {
	h := homeOf(ctx)
	d, err := s.changeDiscoverer(ctx, in.DiscovererId, func(d *discoverer) {
		if in.Description != nil {
			d.Description = *in.Description
		}
		if in.CrossAccount != nil {
			d.Cross = *in.CrossAccount
		}
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateDiscovererOutput{
		Description: wire.Optional(d.Description), DiscovererArn: new(h.discovererARN(d.ID)), DiscovererId: &d.ID, SourceArn: &d.SourceARN,
		State: &d.State, CrossAccount: &d.Cross, Tags: d.Tags,
	}, nil
}

// changeDiscoverer reads a discoverer, changes it and writes it back.
func (s *Service) changeDiscoverer(ctx context.Context, id string, how func(d *discoverer)) (d discoverer, err error) {
	h := homeOf(ctx)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if d, err = loadDiscoverer(tx, h, id); err != nil {
			return err
		}
		how(&d)
		return s.saveDiscoverer(tx, h, &d)
	})
	return d, err
}

// StartDiscoverer has a discoverer see events again.
//
// Spec: EventBridge Schemas API Reference, StartDiscoverer.
func (s *Service) StartDiscoverer(ctx context.Context, in *api.StartDiscovererInput) (*api.StartDiscovererOutput, error) {
	d, err := s.changeDiscoverer(ctx, in.DiscovererId, func(d *discoverer) { d.State = api.DiscovererStateStarted })
	if err != nil {
		return nil, err
	}
	return &api.StartDiscovererOutput{DiscovererId: &d.ID, State: &d.State}, nil
}

// StopDiscoverer has a discoverer see no more events.
//
// Spec: EventBridge Schemas API Reference, StopDiscoverer.
func (s *Service) StopDiscoverer(ctx context.Context, in *api.StopDiscovererInput) (*api.StopDiscovererOutput, error) {
	d, err := s.changeDiscoverer(ctx, in.DiscovererId, func(d *discoverer) { d.State = api.DiscovererStateStopped })
	if err != nil {
		return nil, err
	}
	return &api.StopDiscovererOutput{DiscovererId: &d.ID, State: &d.State}, nil
}

// DeleteDiscoverer removes a discoverer. What it has found stays. Its rule is
// gone when this returns, unless the bus cannot be reached: its bus may be
// deleted next.
//
// Spec: EventBridge Schemas API Reference, DeleteDiscoverer.
func (s *Service) DeleteDiscoverer(ctx context.Context, in *api.DeleteDiscovererInput) (*api.DeleteDiscovererOutput, error) {
	h := homeOf(ctx)
	var d discoverer
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if d, err = loadDiscoverer(tx, h, in.DiscovererId); err != nil {
			return err
		}
		if err := tx.Delete(h.discovererKey(d.ID)); err != nil {
			return err
		}
		return s.watchLater(tx, h, &d)
	})
	if err != nil {
		return nil, err
	}
	if err := s.follow(ctx, h, watch{d.ID, d.SourceARN}); err != nil {
		s.Log.Warn("remove rule of discoverer", "discoverer", d.ID, "err", err) // the task tries on
	}
	return &api.DeleteDiscovererOutput{}, nil
}

// DescribeDiscoverer returns a discoverer.
//
// Spec: EventBridge Schemas API Reference, DescribeDiscoverer.
func (s *Service) DescribeDiscoverer(ctx context.Context, in *api.DescribeDiscovererInput) (*api.DescribeDiscovererOutput, error) {
	h := homeOf(ctx)
	var d discoverer
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		d, err = loadDiscoverer(tx, h, in.DiscovererId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeDiscovererOutput{
		Description: wire.Optional(d.Description), DiscovererArn: new(h.discovererARN(d.ID)), DiscovererId: &d.ID, SourceArn: &d.SourceARN,
		State: &d.State, CrossAccount: &d.Cross, Tags: d.Tags,
	}, nil
}

// ListDiscoverers returns discoverers by id, a page at a time.
//
// Spec: EventBridge Schemas API Reference, ListDiscoverers.
func (s *Service) ListDiscoverers(ctx context.Context, in *api.ListDiscoverersInput) (*api.ListDiscoverersOutput, error) {
	h := homeOf(ctx)
	p, err := newPage(h.key("d"), in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListDiscoverersOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		r := kv.Prefix(h.key("d"))
		if p.after != "" {
			r = r.After(h.discovererKey(p.after))
		}
		out.Discoverers, p.next = []api.DiscovererSummary{}, nil
		last := ""
		for row, err := range kv.Scan[discoverer](tx, r) {
			if err != nil {
				return err
			}
			d := row.Value
			if !strings.HasPrefix(d.ID, wire.Value(in.DiscovererIdPrefix)) || !strings.HasPrefix(d.SourceARN, wire.Value(in.SourceArnPrefix)) {
				continue
			}
			if !p.take(len(out.Discoverers), last) {
				return nil
			}
			last = d.ID
			out.Discoverers = append(out.Discoverers, api.DiscovererSummary{
				DiscovererArn: new(h.discovererARN(d.ID)), DiscovererId: &d.ID, SourceArn: &d.SourceARN, State: &d.State,
				CrossAccount: &d.Cross, Tags: d.Tags,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.NextToken = p.next
	return out, nil
}
