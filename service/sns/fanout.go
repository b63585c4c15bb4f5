package sns

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/filter"
	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/task"
)

const (
	// fanOutKind is the kind of the tasks that hand a message to subscribers.
	fanOutKind = "sns.fanout"
	// inlineFanOut is how many subscribers one transaction serves.
	inlineFanOut = 100
	// pageBytes bounds what one transaction writes for a large message.
	pageBytes = 4 << 20
)

// fanOutBody is a message that is to be handed to the subscribers after one.
type fanOutBody struct {
	Account string  `cbor:"a"`
	Region  string  `cbor:"r"`
	Topic   string  `cbor:"t"`
	After   string  `cbor:"f"` // id of the last subscription served; "" is none
	Message message `cbor:"m"`
}

// progressKey is where a fan-out task notes the last subscription it served.
func (t topicRef) progressKey(id task.ID) kv.Key { return t.Key("fanout", string(id)) }

// fanOut hands a message to a topic's subscribers: the first page now, the
// others by a task.
func (s *Service) fanOut(tx *kv.Tx, env *envelope, t *topic, m *message) error {
	last, more, err := s.servePage(tx, env, t, m, "")
	if err != nil || !more {
		return err
	}
	_, err = s.Tasks.Add(tx, s.fanOutTask(t, m, last))
	return err
}

// fanOutInOrder hands a message of a FIFO topic to the subscribers once those
// before it in its group have been.
func (s *Service) fanOutInOrder(tx *kv.Tx, t *topic, m *message) error {
	later := s.fanOutTask(t, m, "")
	later.Owner, later.Serial = t.ref.ARN()+"/"+m.GroupID, m.Sequence
	_, err := s.Tasks.Add(tx, later)
	return err
}

// fanOutTask is the task that serves the subscribers after one.
func (s *Service) fanOutTask(t *topic, m *message, after string) task.Task {
	return task.Task{
		Kind: fanOutKind, Owner: t.ref.ARN(), Account: t.ref.Account, Region: t.ref.Region, TraceID: m.TraceID,
		Policy: task.Policy{MinBackoff: 100 * time.Millisecond, MaxBackoff: 20 * time.Second},
		Body:   fanOutBody{t.ref.Account, t.ref.Region, t.ref.name, after, *m},
	}
}

// runFanOut serves page after page. Each page is a transaction with the note
// of how far it came, so that none is served twice.
func (s *Service) runFanOut(ctx context.Context, run *task.Run) error {
	var body fanOutBody
	if err := run.Decode(&body); err != nil {
		return task.Dead(err)
	}
	ref := topicRef{names.Home{Account: body.Account, Region: body.Region}, body.Topic}
	ctx = call.As(ctx, principal, ref.ARN(), ref.Account, ref.Region)
	env, err := s.envelope(ctx)
	if err != nil {
		return err
	}
	env.endpoint = body.Message.Endpoint
	for more := true; more; {
		err := s.update(ctx, env, func(tx *kv.Tx) error {
			if err := run.Hold(tx); err != nil {
				return err
			}
			after, ok, err := kv.Get[string](tx, ref.progressKey(run.ID))
			if err != nil {
				return fmt.Errorf("load progress: %w", err)
			}
			if !ok {
				after = body.After
			}
			t, ok, err := kv.Get[topic](tx, ref.rowKey())
			if err != nil {
				return fmt.Errorf("load topic: %w", err)
			}
			t.ref = ref
			more = false
			if ok { // a topic that was deleted has no subscribers
				if after, more, err = s.servePage(tx, env, &t, &body.Message, after); err != nil {
					return err
				}
			}
			if more {
				return kv.Put(tx, ref.progressKey(run.ID), after)
			}
			if err := tx.Delete(ref.progressKey(run.ID)); err != nil {
				return err
			}
			return run.Done(tx)
		})
		if err != nil {
			return err
		}
		if more {
			if err := run.Extend(ctx, time.Minute); err != nil {
				return err
			}
		}
	}
	return nil
}

// servePage delivers a message to the subscriptions after one, a page of them,
// and returns the last that was served and whether there are more.
func (s *Service) servePage(tx *kv.Tx, env *envelope, t *topic, m *message, after string) (last string, more bool, err error) {
	subs := kv.Prefix(t.ref.subsKey())
	if after != "" {
		subs = subs.After(t.ref.subKey(after))
	}
	size := min(inlineFanOut, 1+pageBytes/(len(m.Text)+1))
	subs.Limit = size + 1
	n := 0
	for row, err := range kv.Scan[subscription](tx, subs) {
		if err != nil {
			return "", false, fmt.Errorf("scan subscriptions: %w", err)
		}
		if n == size {
			return last, true, nil
		}
		n++
		if err := row.Key.Scan(5, &last); err != nil {
			return "", false, fmt.Errorf("read subscription key: %w", err)
		}
		sub := row.Value
		sub.topic, sub.id = t.ref, last
		if sub.Pending {
			continue
		}
		if !s.filters.passes(&sub, m) {
			env.handed.noteFiltered(t.ref, &sub, m)
			continue
		}
		if err := s.deliver(tx, env, t, &sub, m); err != nil {
			return "", false, err
		}
		env.handed.noteDelivered(t.ref, &sub, m)
	}
	return last, false, nil
}

// filterCache keeps parsed filter policies by their text. It is a cache of a
// pure function, so it is never wrong.
type filterCache struct {
	mu     sync.Mutex
	parsed map[string]*filter.Policy
}

// maxFilters is how many parsed policies are kept.
const maxFilters = 4096

// newFilterCache returns an empty cache.
func newFilterCache() *filterCache { return &filterCache{parsed: make(map[string]*filter.Policy)} }

// passes tells whether a subscription's filter lets a message through.
func (c *filterCache) passes(sub *subscription, m *message) bool {
	text := sub.Attributes["FilterPolicy"]
	if text == "" {
		return true
	}
	p := c.policy(text, sub.scope())
	return p != nil && p.Match(m.filterAttributes(), m.textFor(sub.Protocol))
}

// policy returns a parsed policy; nil if the text is none.
func (c *filterCache) policy(text string, scope filter.Scope) *filter.Policy {
	key := string(scope) + "\x00" + text
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.parsed[key]; ok {
		return p
	}
	p, err := filter.Parse(text, scope)
	if err != nil { // it was valid when it was stored
		return nil
	}
	if len(c.parsed) >= maxFilters {
		clear(c.parsed)
	}
	c.parsed[key] = p
	return p
}
