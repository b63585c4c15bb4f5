package events

import (
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// defaultBus is the bus that every account has by itself.
const defaultBus = "default"

// home is whose resources, and where.
type home struct{ account, region string }

// homeOf is where the caller is.
func homeOf(info call.Info) home { return home{info.Account, info.Region} }

// key begins the keys of a table.
func (h home) key(parts ...any) kv.Key {
	return kv.NewKey(h.account, h.region, "events").With(parts...)
}

func (h home) arn(resource string) string { return arn.New("events", h.region, h.account, resource) }

func (h home) archiveKey(name string) kv.Key     { return h.key("archive", name) }
func (h home) replayKey(name string) kv.Key      { return h.key("replay", name) }
func (h home) destinationKey(name string) kv.Key { return h.key("destination", name) }

// archivedKey begins the rows of an archive's events, by when they came.
func (h home) archivedKey(archiveID string) kv.Key { return h.key("archived", archiveID) }

func (h home) archivedEventKey(archiveID string, at time.Time, id string) kv.Key {
	return h.archivedKey(archiveID).With(at, id)
}

// sizeKey and countKey are an archive's counters.
func (h home) sizeKey(archiveID string) kv.Key  { return h.key("archivesize", archiveID) }
func (h home) countKey(archiveID string) kv.Key { return h.key("archivecount", archiveID) }

// busRef names an event bus.
type busRef struct {
	home
	name string
}

func (b busRef) ARN() string                { return b.arn("event-bus/" + b.name) }
func (b busRef) rowKey() kv.Key             { return b.key("bus", b.name) }
func (b busRef) rulesKey() kv.Key           { return b.key("rule", b.name) }
func (b busRef) ruleKey(name string) kv.Key { return b.rulesKey().With(name) }

// versionKey counts the changes of what listens to the bus. It outlives the
// bus, so that no number ever comes again.
func (b busRef) versionKey() kv.Key { return b.key("version", b.name) }

// ruleARN is a rule's name; those of the default bus leave the bus out.
func (b busRef) ruleARN(rule string) string {
	if b.name == defaultBus {
		return b.arn("rule/" + rule)
	}
	return b.arn("rule/" + b.name + "/" + rule)
}

// busOf reads a bus's name or ARN; without one it is the default bus.
func busOf(h home, name *string) (busRef, error) {
	if name == nil || *name == "" {
		return busRef{h, defaultBus}, nil
	}
	if !strings.HasPrefix(*name, "arn:") {
		return busRef{h, *name}, nil
	}
	a, err := arn.Parse(*name)
	rest, ok := strings.CutPrefix(a.Resource, "event-bus/")
	if err != nil || a.Service != "events" || !ok || rest == "" {
		return busRef{}, invalid("Parameter %s is not valid. Reason: Provided Arn is not in correct format.", *name)
	}
	return busRef{home{a.Account, a.Region}, rest}, nil
}

// ownBus is busOf for operations that are for the owner of the bus alone, at
// the place where it is.
func ownBus(info call.Info, name *string) (busRef, error) {
	ref, err := busOf(homeOf(info), name)
	switch {
	case err != nil:
		return busRef{}, err
	case ref.account != info.Account:
		return busRef{}, &wire.APIError{Code: "AccessDeniedException", Status: 400, Message: info.Principal.Name() + " is not authorized for resource: " + ref.ARN()}
	case ref.region != info.Region:
		return busRef{}, noBus(ref.name)
	}
	return ref, nil
}

// parseRuleARN reads the ARN of a rule.
func parseRuleARN(s string) (bus busRef, rule string, ok bool) {
	a, err := arn.Parse(s)
	rest, ok := strings.CutPrefix(a.Resource, "rule/")
	if err != nil || a.Service != "events" || !ok {
		return busRef{}, "", false
	}
	bus = busRef{home{a.Account, a.Region}, defaultBus}
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		bus.name, rest = rest[:i], rest[i+1:]
	}
	return bus, rest, bus.name != "" && rest != ""
}
