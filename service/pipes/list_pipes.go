package pipes

import (
	"context"
	"strings"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxListed is how many pipes a page holds unless told otherwise.
const maxListed = 100

// ListPipes returns pipes by name, a page at a time.
//
// Spec: EventBridge Pipes API Reference, ListPipes.
func (s *Service) ListPipes(ctx context.Context, in *api.ListPipesInput) (*api.ListPipesOutput, error) {
	h := homeOf(ctx)
	list := h.key("p")
	r, ok := service.AfterToken(list, kv.Prefix(list), in.NextToken)
	if !ok {
		return nil, invalid("Invalid NextToken.")
	}
	limit := int32(maxListed)
	set(&limit, in.Limit)
	out := &api.ListPipesOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Pipes, out.NextToken = []api.Pipe{}, nil
		for row, err := range kv.Scan[pipe](tx, r) {
			if err != nil {
				return err
			}
			p := row.Value
			state, err := p.shown(tx, h)
			if err != nil {
				return err
			}
			if !p.matches(in, state) {
				continue
			}
			if n := len(out.Pipes); n == int(limit) {
				out.NextToken = service.RowToken(list, h.pipeKey(*out.Pipes[n-1].Name))
				return nil
			}
			out.Pipes = append(out.Pipes, api.Pipe{
				Arn: new(h.arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &state, StateReason: wire.Optional(p.Reason),
				CreationTime: &p.Created, LastModifiedTime: &p.Modified, Source: &p.Source, Target: &p.Target, Enrichment: wire.Optional(p.Enrichment),
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// matches says whether a pipe is among those that a list asks for.
func (p *pipe) matches(in *api.ListPipesInput, state string) bool {
	return strings.HasPrefix(p.Name, wire.Value(in.NamePrefix)) && strings.HasPrefix(p.Source, wire.Value(in.SourcePrefix)) &&
		strings.HasPrefix(p.Target, wire.Value(in.TargetPrefix)) && (in.DesiredState == nil || *in.DesiredState == p.Desired) &&
		(in.CurrentState == nil || *in.CurrentState == state)
}
