package lambda

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/source"
	"maru.dev/maru/wire"
)

// mapping is an event source mapping.
type mapping = source.Mapping

// loadMapping reads a mapping.
func loadMapping(tx *kv.Tx, h home, uuid string) (*mapping, error) {
	m, ok, err := kv.Get[mapping](tx, h.mappingKey(uuid))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load event source mapping: %w", err)
	case !ok:
		return nil, notFound("The resource you requested does not exist.")
	}
	return &m, nil
}

// isQueue says whether a mapping's source is an SQS queue.
func isQueue(m *mapping) bool { return m.IsQueue() }

// isFIFO says whether it is a FIFO queue.
func isFIFO(m *mapping) bool { return isQueue(m) && strings.HasSuffix(m.SourceARN, ".fifo") }

// stateOf is what a mapping's state is called once nothing is under way.
func stateOf(m *mapping) string {
	switch {
	case !m.Enabled:
		return "Disabled"
	case !m.Ready:
		return "Creating"
	}
	return "Enabled"
}

// describeMapping is a mapping as clients see it. state is what is under way,
// or "".
func describeMapping(m *mapping, state string) *api.EventSourceMappingConfiguration {
	if state == "" {
		state = stateOf(m)
	}
	h := home{m.Account, m.Region}
	c := &api.EventSourceMappingConfiguration{
		UUID: &m.UUID, EventSourceArn: &m.SourceARN, FunctionArn: &m.Function, State: &state,
		StateTransitionReason: new("USER_INITIATED"), LastModified: &m.LastModified,
		LastProcessingResult: new(wire.Or(wire.Optional(m.LastResult), "No records processed")), BatchSize: &m.BatchSize,
		MaximumBatchingWindowInSeconds: &m.Window, FunctionResponseTypes: []string{},
		EventSourceMappingArn: new("arn:aws:lambda:" + h.Region + ":" + h.Account + ":event-source-mapping:" + m.UUID),
	}
	if m.ReportFailures {
		c.FunctionResponseTypes = []string{api.FunctionResponseTypeReportBatchItemFailures}
	}
	if len(m.Filters) > 0 {
		c.FilterCriteria = &api.FilterCriteria{}
		for _, f := range m.Filters {
			c.FilterCriteria.Filters = append(c.FilterCriteria.Filters, api.Filter{Pattern: &f})
		}
	}
	if isQueue(m) {
		if m.MaxConcurrency > 0 {
			c.ScalingConfig = &api.ScalingConfig{MaximumConcurrency: &m.MaxConcurrency}
		}
		return c
	}
	c.StartingPosition, c.ParallelizationFactor = &m.Position, &m.Parallel
	c.MaximumRecordAgeInSeconds, c.MaximumRetryAttempts = &m.MaxAge, &m.Retries
	c.BisectBatchOnFunctionError, c.TumblingWindowInSeconds = &m.Bisect, &m.Tumbling
	c.DestinationConfig = &api.DestinationConfig{}
	if m.OnFailure != "" {
		c.DestinationConfig.OnFailure = &api.OnFailure{Destination: &m.OnFailure}
	}
	return c
}

// UpdateEventSourceMapping changes what is given. Pollers take it in at once;
// batches under way end as they began.
//
// Spec: Lambda API Reference, UpdateEventSourceMapping.
func (s *Service) UpdateEventSourceMapping(ctx context.Context, in *api.UpdateEventSourceMappingInput) (out *api.UpdateEventSourceMappingOutput, err error) {
	h := s.homeFrom(ctx)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := loadMapping(tx, h, in.UUID)
		if err != nil {
			return err
		}
		if in.FunctionName != nil {
			if m.Function, err = mappedFunction(ctx, tx, *in.FunctionName); err != nil {
				return err
			}
		}
		set(&m.Enabled, in.Enabled)
		err = applyMapping(m, mappingSettings{
			BatchSize: in.BatchSize, Window: in.MaximumBatchingWindowInSeconds, Parallel: in.ParallelizationFactor,
			MaxAge: in.MaximumRecordAgeInSeconds, Retries: in.MaximumRetryAttempts, Tumbling: in.TumblingWindowInSeconds,
			Bisect: in.BisectBatchOnFunctionError, Filters: in.FilterCriteria, Destination: in.DestinationConfig,
			Responses: in.FunctionResponseTypes, Scaling: in.ScalingConfig,
		})
		if err != nil {
			return err
		}
		m.Generation++
		m.LastModified = s.Clock.Now()
		out = describeMapping(m, "Updating")
		return source.Save(tx, m)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// GetEventSourceMapping describes a mapping.
//
// Spec: Lambda API Reference, GetEventSourceMapping.
func (s *Service) GetEventSourceMapping(ctx context.Context, in *api.GetEventSourceMappingInput) (out *api.GetEventSourceMappingOutput, err error) {
	h := s.homeFrom(ctx)
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		m, err := loadMapping(tx, h, in.UUID)
		if err == nil {
			out = describeMapping(m, "")
		}
		return err
	})
	return out, err
}

// DeleteEventSourceMapping removes a mapping; its poller ends once the batches
// under way have.
//
// Spec: Lambda API Reference, DeleteEventSourceMapping.
func (s *Service) DeleteEventSourceMapping(ctx context.Context, in *api.DeleteEventSourceMappingInput) (out *api.DeleteEventSourceMappingOutput, err error) {
	h := s.homeFrom(ctx)
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		m, err := loadMapping(tx, h, in.UUID)
		if err != nil {
			return err
		}
		out = describeMapping(m, "Deleting")
		return source.Remove(tx, m)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListEventSourceMappings returns a region's mappings, those of one source or
// function where they are given.
//
// Spec: Lambda API Reference, ListEventSourceMappings.
func (s *Service) ListEventSourceMappings(ctx context.Context, in *api.ListEventSourceMappingsInput) (*api.ListEventSourceMappingsOutput, error) {
	h := s.homeFrom(ctx)
	function := ""
	if in.FunctionName != nil && *in.FunctionName != "" {
		t, err := locate(ctx, *in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		function = t.arn()
	}
	out := &api.ListEventSourceMappingsOutput{EventSourceMappings: []api.EventSourceMappingConfiguration{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := newPage(kv.Prefix(h.key("m")), in.Marker, in.MaxItems)
		if err != nil {
			return err
		}
		for row, err := range kv.Scan[mapping](tx, p.span) {
			if err != nil {
				return fmt.Errorf("list event source mappings: %w", err)
			}
			if p.full(len(out.EventSourceMappings)) {
				out.NextMarker = p.marker()
				return nil
			}
			p.last = row.Key
			m := row.Value
			if in.EventSourceArn != nil && *in.EventSourceArn != m.SourceARN || function != "" && function != m.Function {
				continue
			}
			out.EventSourceMappings = append(out.EventSourceMappings, *describeMapping(&m, ""))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
