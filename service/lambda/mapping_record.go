package lambda

import (
	"fmt"
	"time"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
)

// mapping is an event source mapping.
type mapping struct {
	home
	UUID         string
	SourceARN    string
	Function     string // ARN, with its qualifier if one was given
	Enabled      bool
	Deleting     bool
	Tags         map[string]string
	LastModified time.Time
	LastResult   string

	BatchSize      int32
	Window         int32 // seconds
	Filters        []string
	Position       string
	PositionTime   time.Time
	Parallel       int32
	OnFailure      string
	MaxAge         int32 // seconds; -1 is without limit
	Bisect         bool
	Retries        int32 // -1 is without limit
	Tumbling       int32
	ReportFailures bool
	MaxConcurrency int32 // 0 is the default
	Generation     uint64
}

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

var _ = api.Model
