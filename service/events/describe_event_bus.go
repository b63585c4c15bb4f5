package events

import (
	"context"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/kv"
)

// DescribeEventBus tells what a bus is.
//
// Spec: EventBridge API Reference, DescribeEventBus.
func (s *Service) DescribeEventBus(ctx context.Context, in *api.DescribeEventBusInput) (*api.DescribeEventBusOutput, error) {
	var out *api.DescribeEventBusOutput
	err := s.viewBus(ctx, in.Name, func(_ *kv.Tx, ref busRef, b *bus) error {
		out = &api.DescribeEventBusOutput{
			Name: new(ref.name), Arn: new(ref.ARN()), Description: b.Description, KmsKeyIdentifier: b.KMSKey,
			DeadLetterConfig: b.DeadLetter, LogConfig: b.Log, Policy: policyText(b.Policy),
		}
		if !b.Created.IsZero() {
			out.CreationTime, out.LastModifiedTime = new(b.Created), new(b.Modified)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
