package kv

import "sync"

// Watch waits for commits that concern a topic.
type Watch struct {
	hub   *hub
	topic string
	c     chan struct{} // room for one: wake-ups that nobody took are one
}

// C receives after a commit woke the topic; wake-ups that nobody took are one.
func (w *Watch) C() <-chan struct{} { return w.c }

// Stop ends the watch. It is needed once for each Watch.
func (w *Watch) Stop() { w.hub.remove(w) }

// hub knows who watches what. It is a hint only: watchers read the store again
// after each wake-up, and the store is the truth.
type hub struct {
	mu     sync.RWMutex
	topics map[string]map[*Watch]struct{}
}

// newHub returns a hub that nobody watches.
func newHub() *hub { return &hub{topics: make(map[string]map[*Watch]struct{})} }

// add starts a watch of topic.
func (h *hub) add(topic Key) *Watch {
	w := &Watch{hub: h, topic: string(topic), c: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	set := h.topics[w.topic]
	if set == nil {
		set = make(map[*Watch]struct{})
		h.topics[w.topic] = set
	}
	set[w] = struct{}{}
	return w
}

// remove ends a watch; a topic that nobody watches costs nothing.
func (h *hub) remove(w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	set := h.topics[w.topic]
	delete(set, w)
	if len(set) == 0 {
		delete(h.topics, w.topic)
	}
}

// wake wakes all who watch one of topics.
func (h *hub) wake(topics []Key) {
	if len(topics) == 0 {
		return
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, topic := range topics {
		for w := range h.topics[string(topic)] {
			w.notify()
		}
	}
}

// wakeAll wakes everyone: after a reset every reader must look again.
func (h *hub) wakeAll() {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, set := range h.topics {
		for w := range set {
			w.notify()
		}
	}
}

// notify leaves a wake-up unless one waits already.
func (w *Watch) notify() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}
