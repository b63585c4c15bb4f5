package dynamodb

import (
	"context"
	"strings"
	"sync"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb/capacity"
	"maru.dev/maru/service/dynamodb/table"
	"maru.dev/maru/service/dynamodb/upkeep"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Service implements Amazon DynamoDB over the store.
type Service struct {
	api.Unimplemented
	service.Deps

	tables  table.Cache
	places  places
	upkeep  *upkeep.Upkeep
	metrics *telemetry.Family
}

// New returns the service, and makes it the one that runs its tasks.
func New(d service.Deps) *Service {
	metrics := capacity.NewMetrics(d.Metrics)
	return &Service{Deps: d, tables: table.NewCache(), upkeep: upkeep.New(d, metrics), metrics: metrics}
}

// Rewind implements service.Rewinder.
func (s *Service) Rewind(ctx context.Context, w *setback.Walk) error { return s.upkeep.Rewind(ctx, w) }

// now is the present, in whole milliseconds as the API tells it.
func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

// ref is a table by where its description is.
type ref struct {
	key  kv.Key
	name string
}

// ref reads what a request names its table by: the name or the ARN.
func (s *Service) ref(ctx context.Context, nameOrARN string) (ref, error) {
	info, name := call.From(ctx), nameOrARN
	if strings.HasPrefix(name, "arn:") {
		var err error
		if name, err = nameIn(info, nameOrARN); err != nil {
			return ref{}, err
		}
	}
	if len(name) < 3 || len(name) > 255 {
		return ref{}, invalid("TableName must be at least 3 characters long and at most 255 characters long")
	}
	at := place{info.Account, info.Region, name}
	if key, ok := s.places.get(at); ok {
		return ref{key, name}, nil
	}
	if strings.ContainsFunc(name, notInNames) {
		return ref{}, invalid("1 validation error detected: Value '%s' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+", name)
	}
	key := table.Key(info.Account, info.Region, name)
	// Copies, since these texts are pieces of the whole request.
	s.places.put(place{strings.Clone(info.Account), strings.Clone(info.Region), strings.Clone(name)}, key)
	return ref{key, name}, nil
}

// place is a table by what a request tells of it.
type place struct{ account, region, name string }

// places remembers the keys of names that were found to be well formed, since
// each request works one out.
type places struct {
	mu   sync.RWMutex
	keys map[place]kv.Key
}

// maxPlaces is how many keys are remembered.
const maxPlaces = 10_000

// get returns the key of a place, if it is remembered.
func (p *places) get(at place) (kv.Key, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	key, ok := p.keys[at]
	return key, ok
}

// put remembers a key.
func (p *places) put(at place, key kv.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil || len(p.keys) >= maxPlaces {
		p.keys = make(map[place]kv.Key)
	}
	p.keys[at] = key
}

// nameIn returns the name of the table whose ARN is given, which must be the
// caller's own.
func nameIn(info call.Info, tableARN string) (string, error) {
	a, err := arn.Parse(tableARN)
	if err != nil {
		return "", invalid("Invalid TableArn: %s", tableARN)
	}
	kind, name := a.Split()
	switch {
	case a.Service != "dynamodb" || kind != "table" || a.Region != info.Region:
		return "", invalid("Invalid TableArn: %s", tableARN)
	case a.Account != info.Account:
		return "", &wire.APIError{Code: "AccessDeniedException", Message: "User is not authorized to access the resource " + tableARN}
	}
	return name, nil
}

// notInNames tells whether a character cannot be in a table's name.
func notInNames(c rune) bool {
	return (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-'
}

// load returns the table of an operation on items.
func (s *Service) load(tx *kv.Tx, r ref) (*table.Table, error) {
	t, err := s.tables.Load(tx, r.key)
	if err == nil && t == nil {
		err = noResource()
	}
	return t, err
}

// describe returns the table of an operation on tables.
func (s *Service) describe(tx *kv.Tx, r ref) (*table.Table, error) {
	t, err := s.tables.Load(tx, r.key)
	if err == nil && t == nil {
		err = noTable(r.name)
	}
	return t, err
}

// change returns the table of an operation that writes its description anew:
// a copy of the caller's own.
func change(tx *kv.Tx, r ref) (*table.Table, error) {
	t, err := table.Read(tx, r.key)
	if err == nil && t == nil {
		err = noTable(r.name)
	}
	return t, err
}
