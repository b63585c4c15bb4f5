package pipes

import (
	"context"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/kv"
	"maru.dev/maru/source"
	"maru.dev/maru/wire"
)

const (
	maxPipes = 1000 // of a region
	maxTags  = 50
)

// CreatePipe makes a pipe. It is CREATING until its source has been looked at.
//
// Spec: EventBridge Pipes API Reference, CreatePipe.
func (s *Service) CreatePipe(ctx context.Context, in *api.CreatePipeInput) (*api.CreatePipeOutput, error) {
	h, now := homeOf(ctx), s.now()
	p := pipe{
		Name: in.Name, Description: wire.Value(in.Description), Desired: api.RequestedPipeStateRunning, Current: api.PipeStateCreating,
		Source: in.Source, SourceParts: in.SourceParameters, Enrichment: wire.Value(in.Enrichment), EnrichParts: in.EnrichmentParameters,
		Target: in.Target, TargetParts: in.TargetParameters, Role: in.RoleArn, Tags: in.Tags, Log: in.LogConfiguration,
		KMSKey: wire.Value(in.KmsKeyIdentifier), Created: now, Modified: now, Generation: 1,
	}
	set(&p.Desired, in.DesiredState)
	if err := p.check(h.Account); err != nil {
		return nil, err
	}
	if len(p.Tags) > maxTags {
		return nil, invalid("A pipe can have at most %d tags.", maxTags)
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.pipeKey(p.Name))
		switch {
		case err != nil:
			return err
		case ok:
			return &api.ConflictException{Message: "Pipe " + p.Name + " already exists.", ResourceId: p.Name, ResourceType: "PIPE"}
		}
		n, err := tx.Count(h.key("n"))
		if err != nil {
			return err
		}
		if n >= maxPipes {
			return &api.ServiceQuotaExceededException{Message: "You have reached the maximum number of pipes for this account."}
		}
		if err := tx.Add(h.key("n"), 1); err != nil {
			return err
		}
		m := p.mappingOf(h)
		if err := source.Save(tx, &m); err != nil {
			return err
		}
		return s.pass(tx, h, &p)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreatePipeOutput{
		Arn: new(h.arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &p.Current,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified,
	}, nil
}
