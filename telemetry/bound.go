package telemetry

import (
	"sync"
	"sync/atomic"
)

// bindings are the traces of those who are known by their key: a function's
// environment has keys of its own and works for one invocation at a time, so that
// its calls belong to the invocation's trace even if its client says nothing of
// traces.
type bindings struct {
	count  atomic.Int64
	traces sync.Map // by access key: the trace header
}

// Bind has calls with an access key that name no trace go on in one.
func (t *Tracer) Bind(accessKey, header string) {
	if t == nil || accessKey == "" {
		return
	}
	if _, there := t.bound.traces.Swap(accessKey, header); !there {
		t.bound.count.Add(1)
	}
}

// Unbind ends that, unless calls with the key go on in another trace by now: an
// environment may have its next invocation before the last one is told of.
func (t *Tracer) Unbind(accessKey, header string) {
	if t == nil || accessKey == "" {
		return
	}
	if t.bound.traces.CompareAndDelete(accessKey, header) {
		t.bound.count.Add(-1)
	}
}

// Bound is the trace that calls with an access key go on in, or "".
func (t *Tracer) Bound(accessKey string) string {
	if t == nil || accessKey == "" || t.bound.count.Load() == 0 {
		return ""
	}
	header, _ := t.bound.traces.Load(accessKey)
	text, _ := header.(string)
	return text
}
