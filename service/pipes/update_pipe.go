package pipes

import (
	"context"

	api "maru.dev/maru/api/pipes"
)

// UpdatePipe changes what is given. An empty object or text takes a setting
// away.
//
// Spec: EventBridge Pipes API Reference, UpdatePipe.
func (s *Service) UpdatePipe(ctx context.Context, in *api.UpdatePipeInput) (*api.UpdatePipeOutput, error) {
	h := homeOf(ctx)
	p, err := s.change(ctx, in.Name, "update", func(p *pipe) error {
		set(&p.Description, in.Description)
		set(&p.Desired, in.DesiredState)
		set(&p.Enrichment, in.Enrichment)
		set(&p.Target, in.Target)
		set(&p.KMSKey, in.KmsKeyIdentifier)
		p.Role = in.RoleArn
		if in.EnrichmentParameters != nil {
			p.EnrichParts = in.EnrichmentParameters
		}
		if in.TargetParameters != nil {
			p.TargetParts = in.TargetParameters
		}
		if in.LogConfiguration != nil {
			p.Log = in.LogConfiguration
		}
		updateSource(p, in.SourceParameters)
		p.Current = api.PipeStateUpdating
		return p.check(h.Account)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdatePipeOutput{
		Arn: new(h.arnOf(p.Name)), Name: &p.Name, DesiredState: &p.Desired, CurrentState: &p.Current,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified,
	}, nil
}

// updateSource changes the source's parameters: what an update gives replaces
// what was there, but for where a stream's reading began.
func updateSource(p *pipe, in *api.UpdatePipeSourceParameters) {
	if in == nil {
		return
	}
	var parts api.PipeSourceParameters
	if p.SourceParts != nil {
		parts = *p.SourceParts
	}
	if in.FilterCriteria != nil {
		parts.FilterCriteria = in.FilterCriteria
	}
	if q := in.SqsQueueParameters; q != nil {
		parts.SqsQueueParameters = &api.PipeSourceSqsQueueParameters{
			BatchSize: q.BatchSize, MaximumBatchingWindowInSeconds: q.MaximumBatchingWindowInSeconds,
		}
	}
	if d := in.DynamoDBStreamParameters; d != nil && parts.DynamoDBStreamParameters != nil {
		parts.DynamoDBStreamParameters = &api.PipeSourceDynamoDBStreamParameters{
			StartingPosition: parts.DynamoDBStreamParameters.StartingPosition,
			BatchSize:        d.BatchSize, DeadLetterConfig: d.DeadLetterConfig, OnPartialBatchItemFailure: d.OnPartialBatchItemFailure,
			MaximumBatchingWindowInSeconds: d.MaximumBatchingWindowInSeconds, MaximumRecordAgeInSeconds: d.MaximumRecordAgeInSeconds,
			MaximumRetryAttempts: d.MaximumRetryAttempts, ParallelizationFactor: d.ParallelizationFactor,
		}
	}
	p.SourceParts = &parts
}
