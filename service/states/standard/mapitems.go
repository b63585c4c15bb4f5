package standard

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"

	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/items"
	"maru.dev/maru/wire"
)

// scopeOf returns what a map run's state is evaluated with, and in whose name.
func (r *Runner) scopeOf(ctx context.Context, m *MapRun) (s *flow.Scope, as context.Context, err error) {
	var of *Execution
	err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
		x, ok, err := Load(tx, m.Execution())
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("standard: a map run without an execution")
		}
		p, err := r.Shelf.Get(tx, x.Key.Home, x.Key.Machine(), x.Revision)
		if err != nil {
			return err
		}
		v := &visit{runner: r, tx: tx, x: x, p: p}
		t := &engine.Turn{
			Host: v, Ctx: ctx, Machine: p.Tree, All: p.Tree.All, State: &x.State, Status: x.Status,
			Now: r.deps.Clock.Now(), Random: rand.Float64, UUID: r.deps.IDs.UUID, Region: x.Key.Region,
		}
		v.turn = t
		of = x
		s, err = t.Scope(m.Thread)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return s, AsRole(ctx, r.deps.Endpoint, of.Role, of.Key, r.traceOf(of, 0), ""), nil
}

// A transaction writes the inputs of so many children, or bytes of them.
const (
	inputsAtOnce = 1000
	inputBytes   = 1 << 20
)

// readItems reads a map run's items and writes the input of each child.
func (r *Runner) readItems(ctx context.Context, m *MapRun) error {
	w := inputWriter{r: r, ctx: ctx, m: m}
	err := r.eachInput(ctx, m, w.add)
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		f, ok := errors.AsType[*flow.Failure](err)
		if !ok {
			return err
		}
		return r.updateMap(ctx, m, reading, func(_ *kv.Tx, m *MapRun) error {
			m.Phase, m.Status, m.Error, m.Cause = ending, MapFailed, f.Name, f.Cause
			return nil
		})
	}
	return r.updateMap(ctx, m, reading, func(tx *kv.Tx, m *MapRun) error {
		m.Phase, m.Total, m.Items, m.Batched = mapping, w.written, w.items, w.batched
		return tx.Delete(mapKey(m.Home, "uq", m.ID))
	})
}

// inputWriter writes the inputs of a map run's children.
type inputWriter struct {
	r       *Runner
	ctx     context.Context //nolint:containedctx // it lives as long as one call
	m       *MapRun
	pending []childInput
	bytes   int
	written int64 // children
	items   int64
	batched bool
}

// childInput is the input of a child, and how many items it has.
type childInput struct {
	text  []byte
	items int
}

// add takes the input of the next child.
func (w *inputWriter) add(input any, items int) error {
	text := value.Text(input)
	if len(text) > engine.MaxData {
		return &flow.Failure{
			Name:  flow.ErrDataLimitExceeded,
			Cause: fmt.Sprintf("The input of item %d is larger than the maximum number of bytes service limit.", w.written+int64(len(w.pending))),
		}
	}
	w.pending = append(w.pending, childInput{text, items})
	if w.bytes += len(text); w.bytes >= inputBytes || len(w.pending) == inputsAtOnce {
		return w.flush()
	}
	return nil
}

// flush writes what is pending.
func (w *inputWriter) flush() error {
	err := w.r.deps.Store.Update(w.ctx, func(tx *kv.Tx) error {
		for i, in := range w.pending {
			at := w.written + int64(i)
			if err := tx.Put(mapKey(w.m.Home, "ui", w.m.ID, at), in.text); err != nil {
				return err
			}
			if in.items > 1 {
				if err := kv.Put(tx, mapKey(w.m.Home, "un", w.m.ID, at), int64(in.items)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, in := range w.pending {
		w.items += int64(in.items)
		w.batched = w.batched || in.items > 1
	}
	w.written += int64(len(w.pending))
	w.pending, w.bytes = w.pending[:0], 0
	return nil
}

// eachInput makes the input of each child, one after another.
func (r *Runner) eachInput(ctx context.Context, m *MapRun, take func(input any, items int) error) error {
	s, as, err := r.scopeOf(ctx, m)
	if err != nil {
		return err
	}
	var batches *flow.Batching
	if s.State.Map.ItemBatcher != nil {
		b, err := flow.Batcher(ctx, s)
		if err != nil {
			return err
		}
		batches = flow.NewBatching(b)
	}
	for it, err := range r.items(as, m, s) {
		if err != nil {
			return readerFailure(err)
		}
		input, err := flow.ItemInput(ctx, s, it)
		if err != nil {
			return err
		}
		n := 1
		if batches != nil {
			if input, n, err = batches.Add(input); err != nil {
				return err
			}
		}
		if n > 0 {
			if err := take(input, n); err != nil {
				return err
			}
		}
	}
	if batches == nil {
		return nil
	}
	last, n := batches.Rest()
	if n == 0 {
		return nil
	}
	return take(last, n)
}

// items are a map's items: those of its input, or of its reader.
func (r *Runner) items(as context.Context, m *MapRun, s *flow.Scope) iter.Seq2[flow.MapItem, error] {
	if m.Listed {
		return items.Numbered(items.Placed(r.listed(as, m), "STATE_DATA"), 0)
	}
	set, err := flow.Reader(as, s)
	if err != nil {
		return func(yield func(flow.MapItem, error) bool) { yield(flow.MapItem{}, err) }
	}
	return items.Numbered(items.Bucket{Caller: r.deps.Caller}.Read(as, s.State.Map.ItemReader, set), set.MaxItems)
}

// listed are the items that the state's input holds.
func (r *Runner) listed(ctx context.Context, m *MapRun) items.Seq {
	var text []byte
	err := r.deps.Store.View(ctx, func(tx *kv.Tx) (err error) {
		text, _, err = tx.Get(mapKey(m.Home, "uq", m.ID))
		return err
	})
	if err != nil {
		return items.Fail(err)
	}
	held, err := value.Parse(text)
	if err != nil {
		return items.Fail(err)
	}
	return items.Of(held)
}

// readerFailure makes a map's failure of what went wrong with its reader.
func readerFailure(err error) error {
	if bad, ok := errors.AsType[*items.Error](err); ok {
		return &flow.Failure{Name: flow.ErrItemReaderFailed, Cause: bad.Cause}
	}
	if known, ok := errors.AsType[wire.Error](err); ok {
		return &flow.Failure{Name: flow.ErrItemReaderFailed, Cause: fmt.Sprintf("%s (Service: Amazon S3; Status Code: %d; Error Code: %s)", known.ErrorMessage(), known.HTTPStatus(), known.ErrorCode())}
	}
	return err
}
