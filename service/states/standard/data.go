package standard

import (
	"container/list"
	"fmt"
	"sync"

	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/history"
)

// cacheBytes bounds what is remembered.
const cacheBytes = 8 << 20

// weight is about what a payload costs in memory: its place here, its text, and
// the value that was read from it.
func weight(p *engine.Payload) int { return 600 + 5*len(p.Text) }

// dataCache remembers data of events, which never changes.
type dataCache struct {
	mu    sync.Mutex
	size  int
	order *list.List
	byKey map[dataKey]*list.Element
}

// dataKey is an event of an execution. Executions of one name may follow each
// other: when they started, and from which revision, tells them apart.
type dataKey struct {
	Key
	revision string
	started  int64
	event    int64
}

// dataKeyOf is the place of an execution's event.
func dataKeyOf(x *Execution, event int64) dataKey {
	return dataKey{x.Key, x.Revision, x.Started, event}
}

// dataEntry is something remembered.
type dataEntry struct {
	key dataKey
	p   *engine.Payload
}

// newDataCache returns an empty cache.
func newDataCache() *dataCache {
	return &dataCache{order: list.New(), byKey: make(map[dataKey]*list.Element)}
}

// reset forgets everything.
func (c *dataCache) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.Init()
	clear(c.byKey)
	c.size = 0
}

// get returns the data of an event, if it is remembered.
func (c *dataCache) get(key dataKey) *engine.Payload {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*dataEntry).p
}

// put remembers what a turn's events hold, as long as the execution may ask for it.
func (c *dataCache) put(x *Execution, t *engine.Turn) {
	if t.Status != engine.Running {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for event, p := range t.Payloads() {
		c.add(dataKeyOf(x, event), p)
	}
}

// one remembers one event's data.
func (c *dataCache) one(key dataKey, p *engine.Payload) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(key, p)
}

// add remembers p, and forgets what was not used for longest.
func (c *dataCache) add(key dataKey, p *engine.Payload) {
	if _, ok := c.byKey[key]; ok {
		return
	}
	c.byKey[key] = c.order.PushFront(&dataEntry{key, p})
	c.size += weight(p)
	for c.size > cacheBytes {
		last := c.order.Back()
		e := last.Value.(*dataEntry)
		c.size -= weight(e.p)
		delete(c.byKey, e.key)
		c.order.Remove(last)
	}
}

// event reads one event of a history.
func event(tx *kv.Tx, k Key, id int64) (history.Event, error) {
	span := kv.Range{From: k.events(), To: k.chunkKey(id + 1), Reverse: true, Limit: 1}
	for pair, err := range tx.Scan(span) {
		if err != nil {
			return history.Event{}, fmt.Errorf("load event: %w", err)
		}
		events, err := history.Decode(pair.Value)
		if err != nil {
			return history.Event{}, err
		}
		if i := id - events[0].ID; i >= 0 && int(i) < len(events) {
			return events[i], nil
		}
	}
	return history.Event{}, fmt.Errorf("%s has no event %d", k.ARN(), id)
}

// dataOf returns the data of an event, as it is remembered or read.
func (r *Runner) dataOf(tx *kv.Tx, x *Execution, id int64) (*engine.Payload, error) {
	key := dataKeyOf(x, id)
	if p := r.data.get(key); p != nil {
		return p, nil
	}
	e, err := event(tx, x.Key, id)
	if err != nil {
		return nil, err
	}
	if e.Same != 0 {
		return r.dataOf(tx, x, e.Same)
	}
	p, err := engine.ParsePayload(id, e.Data)
	if err != nil {
		return nil, fmt.Errorf("read event %d: %w", id, err)
	}
	r.data.one(key, p)
	return p, nil
}

// Text returns the data of an event as it was written.
func Text(tx *kv.Tx, k Key, id int64) (string, error) {
	e, err := event(tx, k, id)
	if err == nil && e.Same != 0 {
		return Text(tx, k, e.Same)
	}
	return e.Data, err
}

// assignedBy returns the variables that an event assigned.
func assignedBy(tx *kv.Tx, k Key, id int64) (*value.Object, error) {
	e, err := event(tx, k, id)
	if err != nil {
		return nil, err
	}
	v, err := value.Parse([]byte(e.Assigned))
	if err != nil {
		return nil, fmt.Errorf("read variables of event %d: %w", id, err)
	}
	o, ok := v.(*value.Object)
	if !ok {
		return nil, fmt.Errorf("event %d of %s assigned no variables", id, k.ARN())
	}
	return o, nil
}
