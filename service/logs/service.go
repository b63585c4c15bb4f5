package logs

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/insights"
	"maru.dev/maru/service/share"
	"maru.dev/maru/telemetry"
)

// Service implements CloudWatch Logs.
type Service struct {
	api.Unimplemented

	service.Deps

	metrics *telemetry.Family
	usage   service.Usage
	// searching holds who looks through a chunk for a query: as many as there are
	// processors, however many queries there are.
	searching chan struct{}
	memory    *share.Pool // for what queries have found
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, metrics: newMetrics(d.Metrics), usage: service.NewUsage(d.Metrics, "Logs"), searching: make(chan struct{}, runtime.GOMAXPROCS(0)), memory: insights.NewPool()}
	d.Tasks.Handle(retentionKind, s.runRetention, nil)
	d.Tasks.Handle(removalKind, s.runRemoval, nil)
	d.Tasks.Handle(exportKind, s.runExport, s.exportDead)
	d.Tasks.Handle(followKind, s.runFollow, s.followDead)
	d.Tasks.Handle(queryKind, s.runQuery, s.queryDead)
	d.Tasks.Handle(queryEndKind, s.runQueryEnd, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// home is the account and region that a group lives in.
type home struct{ Account, Region string }

func homeOf(ctx context.Context) home {
	info := call.From(ctx)
	return home{info.Account, info.Region}
}

func (h home) key(parts ...any) kv.Key { return kv.NewKey(h.Account, h.Region, "logs").With(parts...) }

func (h home) groupKey(name string) kv.Key { return h.key("g", name) }

// group is a log group.
type group struct {
	ID        string
	Name      string
	Created   time.Time
	Retention int32 // days; 0 keeps events for ever
	KMSKey    string
	Class     string
	Tags      map[string]string
	Protected bool // against deletion
	// MetricFilters and Subscriptions are how many metric filters there are, and
	// the names of the subscription filters: who writes events asks for no more.
	MetricFilters int      `cbor:",omitempty"`
	Subscriptions []string `cbor:",omitempty"`
}

// stream is a log stream. Its times are milliseconds, 0 for none.
type stream struct {
	ID       string
	Name     string
	Created  int64
	First    int64
	Last     int64
	Ingested int64
}

// rows are the folders of a group's own rows.
func rows() []string { return []string{"s", "o", "c", "y", "v", "p", "m", "f"} }

func (h home) streamKey(groupID, name string) kv.Key { return h.key("s", groupID, name) }

func (h home) orderKey(groupID string, st *stream) kv.Key {
	return h.key("o", groupID, st.Last, st.Name)
}

func (h home) bytesKey(groupID string) kv.Key { return h.key("n", groupID) }

// arnOf returns the ARN of a group, without the ":*" that stands for its streams.
func (h home) arnOf(name string) string {
	return arn.New("logs", h.Region, h.Account, "log-group:"+name)
}

// loadGroup reads a group.
func loadGroup(tx *kv.Tx, h home, name string) (group, error) {
	g, ok, err := kv.Get[group](tx, h.groupKey(name))
	switch {
	case err != nil:
		return g, fmt.Errorf("load log group: %w", err)
	case !ok:
		return g, &api.ResourceNotFoundException{Message: "The specified log group does not exist."}
	}
	return g, nil
}

// loadStream reads a stream of a group.
func loadStream(tx *kv.Tx, h home, g *group, name string) (stream, error) {
	st, ok, err := kv.Get[stream](tx, h.streamKey(g.ID, name))
	switch {
	case err != nil:
		return st, fmt.Errorf("load log stream: %w", err)
	case !ok:
		return st, &api.ResourceNotFoundException{Message: "The specified log stream does not exist."}
	}
	return st, nil
}

// invalid is the service's answer to a parameter.
func invalid(format string, args ...any) error {
	return &api.InvalidParameterException{Message: fmt.Sprintf(format, args...)}
}

// groupNamed returns where the group is that a request names, by name or by
// identifier: one of them, a name or an ARN.
func groupNamed(ctx context.Context, name, identifier *string) (home, string, error) {
	h := homeOf(ctx)
	switch {
	case name != nil && identifier != nil:
		return h, "", invalid("You can specify either logGroupName or logGroupIdentifier, but not both.")
	case name != nil:
		return h, *name, nil
	case identifier == nil:
		return h, "", invalid("You must specify either logGroupName or logGroupIdentifier.")
	}
	return groupIdentified(h, *identifier)
}

// groupIdentified reads a group's name or ARN.
func groupIdentified(h home, identifier string) (home, string, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return h, identifier, nil
	}
	a, err := arn.Parse(identifier)
	name, ok := strings.CutPrefix(a.Resource, "log-group:")
	if err != nil || a.Service != "logs" || !ok {
		return h, "", invalid("%s is not a log group ARN.", identifier)
	}
	return home{a.Account, a.Region}, strings.TrimSuffix(name, ":*"), nil
}
