package pipes

import (
	"context"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// DescribePipe returns a pipe.
//
// Spec: EventBridge Pipes API Reference, DescribePipe.
func (s *Service) DescribePipe(ctx context.Context, in *api.DescribePipeInput) (*api.DescribePipeOutput, error) {
	h := homeOf(ctx)
	var p pipe
	var state string
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if p, err = load(tx, h, in.Name); err != nil {
			return err
		}
		state, err = p.shown(tx, h)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribePipeOutput{
		Arn: new(h.arnOf(p.Name)), Name: &p.Name, Description: wire.Optional(p.Description), DesiredState: &p.Desired, CurrentState: &state,
		StateReason: wire.Optional(p.Reason), Source: &p.Source, SourceParameters: p.SourceParts, Enrichment: wire.Optional(p.Enrichment),
		EnrichmentParameters: p.EnrichParts, Target: &p.Target, TargetParameters: p.TargetParts, RoleArn: &p.Role, Tags: p.Tags,
		CreationTime: &p.Created, LastModifiedTime: &p.Modified, LogConfiguration: shownLog(p.Log), KmsKeyIdentifier: wire.Optional(p.KMSKey),
	}, nil
}

// shownLog is a log configuration as clients see it.
func shownLog(c *api.PipeLogConfigurationParameters) *api.PipeLogConfiguration {
	if c == nil {
		return nil
	}
	out := &api.PipeLogConfiguration{Level: &c.Level, IncludeExecutionData: c.IncludeExecutionData}
	if d := c.CloudwatchLogsLogDestination; d != nil {
		out.CloudwatchLogsLogDestination = &api.CloudwatchLogsLogDestination{LogGroupArn: &d.LogGroupArn}
	}
	if d := c.S3LogDestination; d != nil {
		out.S3LogDestination = &api.S3LogDestination{
			BucketName: &d.BucketName, BucketOwner: &d.BucketOwner, OutputFormat: d.OutputFormat, Prefix: d.Prefix,
		}
	}
	if d := c.FirehoseLogDestination; d != nil {
		out.FirehoseLogDestination = &api.FirehoseLogDestination{DeliveryStreamArn: &d.DeliveryStreamArn}
	}
	return out
}
