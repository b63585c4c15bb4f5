package pipes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/source"
	"maru.dev/maru/wire"
)

// pipe is a pipe's row.
type pipe struct {
	Name        string
	Description string `cbor:",omitempty"`
	Desired     string
	Current     string
	Passage     string `cbor:",omitempty"` // the state that Current was reached from
	Reason      string `cbor:",omitempty"`
	Source      string
	SourceParts *api.PipeSourceParameters `cbor:",omitempty"`
	Enrichment  string                    `cbor:",omitempty"`
	EnrichParts *api.PipeEnrichmentParameters
	Target      string
	TargetParts *api.PipeTargetParameters
	Role        string
	Tags        map[string]string `cbor:",omitempty"`
	Created     time.Time
	Modified    time.Time
	Log         *api.PipeLogConfigurationParameters
	KMSKey      string `cbor:",omitempty"`
	Generation  uint64 // of the mapping: grows with each change
}

// inPassage tells whether a change is under way.
func (p *pipe) inPassage() bool {
	return slices.Contains([]string{
		api.PipeStateCreating, api.PipeStateUpdating, api.PipeStateStarting, api.PipeStateStopping, api.PipeStateDeleting,
	}, p.Current)
}

// load reads a pipe that must be there.
func load(tx *kv.Tx, h home, name string) (pipe, error) {
	p, ok, err := kv.Get[pipe](tx, h.pipeKey(name))
	switch {
	case err != nil:
		return p, fmt.Errorf("load pipe: %w", err)
	case !ok:
		return p, &api.NotFoundException{Message: "Pipe " + name + " does not exist."}
	}
	return p, nil
}

// mappingOf is the row of what polls a pipe's source.
func (p *pipe) mappingOf(h home) source.Mapping {
	m := source.Mapping{
		Service: "pipes", Account: h.Account, Region: h.Region, UUID: p.Name, SourceARN: p.Source, Function: h.arnOf(p.Name),
		BatchSize: 10, MaxAge: -1, Retries: -1, Parallel: 1, ReportFailures: true, Generation: p.Generation,
		Created: p.Created, LastModified: p.Modified, Ready: true,
	}
	parts := p.SourceParts
	if parts == nil {
		parts = &api.PipeSourceParameters{}
	}
	if parts.FilterCriteria != nil {
		for _, f := range parts.FilterCriteria.Filters {
			if f.Pattern != nil {
				m.Filters = append(m.Filters, *f.Pattern)
			}
		}
	}
	if q := parts.SqsQueueParameters; q != nil {
		set(&m.BatchSize, q.BatchSize)
		set(&m.Window, q.MaximumBatchingWindowInSeconds)
	}
	if m.IsQueue() {
		return m
	}
	m.BatchSize, m.Ready = 100, false
	if d := parts.DynamoDBStreamParameters; d != nil {
		m.Position = d.StartingPosition
		set(&m.BatchSize, d.BatchSize)
		set(&m.Window, d.MaximumBatchingWindowInSeconds)
		set(&m.MaxAge, d.MaximumRecordAgeInSeconds)
		set(&m.Retries, d.MaximumRetryAttempts)
		set(&m.Parallel, d.ParallelizationFactor)
		m.Bisect = d.OnPartialBatchItemFailure != nil
		if d.DeadLetterConfig != nil {
			m.OnFailure = wire.Value(d.DeadLetterConfig.Arn)
		}
	}
	return m
}

// serviceOf is the service of an ARN; "" of what is none.
func serviceOf(name string) string {
	a, err := arn.Parse(name)
	if err != nil {
		return ""
	}
	if a.Service == "events" && strings.HasPrefix(a.Resource, "api-destination/") {
		return "api-destination"
	}
	return a.Service
}

// set gives a setting its value, if there is one.
func set[T any](into *T, v *T) {
	if v != nil {
		*into = *v
	}
}

// invalid is the answer to a request that breaks a rule.
func invalid(format string, args ...any) error {
	return &api.ValidationException{Message: fmt.Sprintf(format, args...)}
}
