package events

import (
	"bytes"
	"fmt"
	"sync"

	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/service/events/input"

	api "maru.dev/maru/api/events"
)

// index keeps what was compiled of each bus's rules and archives. It is a
// cache: every use reads the bus's version in its own transaction, and what was
// compiled of another version is brought up to date first, rule by rule.
type index struct {
	mu    sync.Mutex
	buses map[busRef]*listeners
}

// listeners is what listens to one bus.
type listeners struct {
	mu       sync.RWMutex
	known    bool
	version  int64
	set      *pattern.Set[string] // by the key of the stored row
	rows     map[string][]byte    // what each was compiled of
	compiled map[string]*listener
}

// listener is a rule with a pattern, or an archive.
type listener struct {
	key     kv.Key
	name    string
	rule    *rule
	arn     string // of a rule
	targets []target
	archive *archive
}

// target is a rule's target, compiled.
type target struct {
	api.Target
	path      input.Path
	transform *input.Transformer
}

// newIndex returns an empty index.
func newIndex() *index { return &index{buses: make(map[busRef]*listeners)} }

// reset forgets everything.
func (x *index) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.buses)
}

// of returns the listeners of a bus, as far as they are known.
func (x *index) of(ref busRef) *listeners {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.buses[ref]
	if l == nil {
		l = &listeners{set: pattern.NewSet[string](), rows: make(map[string][]byte), compiled: make(map[string]*listener)}
		x.buses[ref] = l
	}
	return l
}

// match finds the rules and archives of a bus that an event matches, as they
// are in tx.
func (x *index) match(tx *kv.Tx, ref busRef, e *event) ([]*listener, error) {
	version, err := tx.Count(ref.versionKey())
	if err != nil {
		return nil, fmt.Errorf("load version of event bus: %w", err)
	}
	if version == 0 {
		return nil, nil // nothing ever listened
	}
	l := x.of(ref)
	l.mu.RLock()
	if l.known && l.version == version {
		defer l.mu.RUnlock()
		return l.match(e), nil
	}
	l.mu.RUnlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known || l.version != version {
		if err := l.sync(tx, ref); err != nil {
			l.known = false
			return nil, err
		}
		l.known, l.version = true, version
	}
	return l.match(e), nil
}

// match finds those that e matches.
func (l *listeners) match(e *event) []*listener {
	if l.set.Len() == 0 {
		return nil
	}
	keys := l.set.Match(e.parse())
	out := make([]*listener, 0, len(keys))
	for _, k := range keys {
		out = append(out, l.compiled[k])
	}
	return out
}

// sync reads the bus's rules and archives, and compiles those that are not what
// they were.
func (l *listeners) sync(tx *kv.Tx, ref busRef) error {
	seen := make(map[string]bool)
	for _, table := range []kv.Key{ref.rulesKey(), ref.key("archive")} {
		for row, err := range tx.Scan(kv.Prefix(table)) {
			if err != nil {
				return fmt.Errorf("scan listeners of event bus: %w", err)
			}
			key := string(row.Key)
			seen[key] = true
			if was, ok := l.rows[key]; ok && bytes.Equal(was, row.Value) {
				continue
			}
			if err := l.compile(tx, ref, row.Key); err != nil {
				return err
			}
			l.rows[key] = row.Value
		}
	}
	for key := range l.rows {
		if !seen[key] {
			l.set.Remove(key)
			delete(l.rows, key)
			delete(l.compiled, key)
		}
	}
	return nil
}

// compile takes in a row that is new or was changed.
func (l *listeners) compile(tx *kv.Tx, ref busRef, key kv.Key) error {
	l.set.Remove(string(key))
	delete(l.compiled, string(key))
	c, err := loadListener(tx, ref, key)
	if err != nil || c == nil {
		return err
	}
	p, err := pattern.Compile([]byte(c.pattern()))
	if err != nil {
		return fmt.Errorf("stored pattern: %w", err) // it was valid when it was stored
	}
	l.set.Add(string(key), p)
	l.compiled[string(key)] = c
	return nil
}

// loadListener reads a rule or an archive; nil if it does not listen to the
// bus's events.
func loadListener(tx *kv.Tx, ref busRef, key kv.Key) (*listener, error) {
	var table, name string
	if err := key.Scan(3, &table); err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if table == "archive" {
		a, ok, err := kv.Get[archive](tx, key)
		if err != nil || !ok || a.Source != ref.ARN() {
			return nil, err
		}
		return &listener{key: key, archive: &a}, nil
	}
	if err := key.Scan(5, &name); err != nil {
		return nil, fmt.Errorf("read key of rule: %w", err)
	}
	r, ok, err := kv.Get[rule](tx, key)
	if err != nil || !ok || !r.enabled() || r.Pattern == "" {
		return nil, err
	}
	c := newListener(ref, name, &r)
	c.key = key
	return c, nil
}

// pattern is what events it wants.
func (c *listener) pattern() string {
	switch {
	case c.rule != nil:
		return c.rule.Pattern
	case c.archive.Pattern != "":
		return c.archive.Pattern
	}
	return everything
}

// everything is a pattern that every event matches.
const everything = `{"source":[{"exists":true}]}`

// newListener compiles a rule's targets. What cannot be compiled was refused
// when it was put.
func newListener(ref busRef, name string, r *rule) *listener {
	c := &listener{name: name, rule: r, arn: ref.ruleARN(name), targets: make([]target, 0, len(r.Targets))}
	for _, t := range r.Targets {
		one := target{Target: t}
		if t.InputPath != nil {
			one.path, _ = input.ParsePath(*t.InputPath)
		}
		if t.InputTransformer != nil {
			one.transform, _ = input.Compile(t.InputTransformer.InputPathsMap, t.InputTransformer.InputTemplate)
		}
		c.targets = append(c.targets, one)
	}
	return c
}
