package pipes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"maru.dev/maru/api/dynamodbstreams"
	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/source"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// settleKind is the task that ends a change of a pipe.
const settleKind = "pipes.settle"

// conflict is the answer to what a pipe's state does not allow.
func conflict(p *pipe, verb string) error {
	return &api.ConflictException{
		Message:    fmt.Sprintf("Cannot %s pipe %s while it is in state %s.", verb, p.Name, p.Current),
		ResourceId: p.Name, ResourceType: "PIPE",
	}
}

// pass writes a pipe in a state of passage, with the task that ends it.
func (s *Service) pass(tx *kv.Tx, h home, p *pipe) error {
	p.Passage, p.Reason = p.Current, ""
	if err := kv.Put(tx, h.pipeKey(p.Name), *p); err != nil {
		return err
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: settleKind, Key: h.arnOf(p.Name), Owner: h.arnOf(p.Name), Body: p.Name, Account: h.Account, Region: h.Region,
	})
	return err
}

// change reads a pipe, has it changed, and sets it on its way.
func (s *Service) change(ctx context.Context, name, verb string, how func(p *pipe) error) (p pipe, err error) {
	h, now := homeOf(ctx), s.now()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if p, err = load(tx, h, name); err != nil {
			return err
		}
		if p.inPassage() {
			return conflict(&p, verb)
		}
		if err := how(&p); err != nil {
			return err
		}
		p.Modified = now
		p.Generation++
		return s.pass(tx, h, &p)
	})
	return p, err
}

// runSettle ends a change: it looks at the source, and writes the state that
// the pipe has come to, with what polls its source.
func (s *Service) runSettle(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h := home{run.Account, run.Region}
	var p pipe
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		p, _, err = kv.Get[pipe](tx, h.pipeKey(name))
		return err
	})
	if err != nil {
		return err
	}
	reason := ""
	if p.Desired == api.RequestedPipeStateRunning {
		fault, ok := errors.AsType[wire.Error](s.lookAt(ctx, h, &p))
		if ok {
			reason = fault.ErrorMessage()
		}
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		p, ok, err := kv.Get[pipe](tx, h.pipeKey(name))
		if err != nil || !ok {
			return err
		}
		return s.arrive(tx, h, &p, reason)
	})
}

// lookAt asks the source's service about the source.
func (s *Service) lookAt(ctx context.Context, h home, p *pipe) error {
	ctx = call.As(ctx, principal, h.arnOf(p.Name), h.Account, h.Region)
	a, err := arn.Parse(p.Source)
	if err != nil {
		return nil //nolint:nilerr // it was read when the pipe was made
	}
	if a.Service == "sqs" {
		_, err = s.Caller.Call(ctx, "sqs", "GetQueueAttributes", &sqs.GetQueueAttributesInput{
			QueueUrl: s.Endpoint + "/" + a.Account + "/" + a.Resource, AttributeNames: []string{"QueueArn"},
		})
		return err
	}
	_, err = s.Caller.Call(ctx, "dynamodbstreams", "DescribeStream", &dynamodbstreams.DescribeStreamInput{StreamArn: p.Source})
	return err
}

// arrive writes where a pipe's change has led to.
func (s *Service) arrive(tx *kv.Tx, h home, p *pipe, reason string) error {
	m := p.mappingOf(h)
	old, ok, err := kv.Get[source.Mapping](tx, m.Key())
	if err != nil {
		return err
	}
	if ok {
		m.Ready = old.Ready // a stream's place has been found, or not
	}
	switch {
	case p.Current == api.PipeStateDeleting:
		if err := source.Remove(tx, &m); err != nil {
			return err
		}
		if err := tx.Add(h.key("n"), -1); err != nil {
			return err
		}
		return tx.Delete(h.pipeKey(p.Name))
	case reason != "":
		p.Current, p.Reason = failed(p.Current), reason
	case p.Desired == api.RequestedPipeStateStopped:
		p.Current = api.PipeStateStopped
	default:
		p.Current, m.Enabled = api.PipeStateRunning, true
	}
	if err := source.Save(tx, &m); err != nil {
		return err
	}
	return kv.Put(tx, h.pipeKey(p.Name), *p)
}

// failed is the state of failure after a state of passage.
func failed(passage string) string {
	return map[string]string{
		api.PipeStateCreating: api.PipeStateCreateFailed, api.PipeStateUpdating: api.PipeStateUpdateFailed,
		api.PipeStateStarting: api.PipeStateStartFailed, api.PipeStateStopping: api.PipeStateStopFailed,
	}[passage]
}

// shown is the state that clients see: a stream's pipe runs once its poller has
// found its place.
func (p *pipe) shown(tx *kv.Tx, h home) (string, error) {
	m := source.Mapping{Service: "pipes", Account: h.Account, Region: h.Region, UUID: p.Name}
	if p.Current != api.PipeStateRunning || strings.HasPrefix(p.Source, "arn:aws:sqs:") {
		return p.Current, nil
	}
	now, ok, err := kv.Get[source.Mapping](tx, m.Key())
	if err != nil || !ok || now.Ready {
		return p.Current, err
	}
	return p.Passage, nil
}
