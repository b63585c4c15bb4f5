package standard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/items"
	"maru.dev/maru/service/states/value"
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
	return s, AsRole(ctx, r.deps.Endpoint, of.Role, of.Key, of.Trace, ""), nil
}

// readItems reads a map run's items and writes the input of each child.
func (r *Runner) readItems(ctx context.Context, m *MapRun) error {
	inputs, per, err := r.inputs(ctx, m)
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
	for from := 0; from < len(inputs); {
		to, size := from, 0
		for to < len(inputs) && size < 4<<20 {
			size += len(inputs[to])
			to++
		}
		err := r.deps.Store.Update(ctx, func(tx *kv.Tx) error {
			for i := from; i < to; i++ {
				if err := tx.Put(mapKey(m.Home, "ui", m.ID, int64(i)), inputs[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		from = to
	}
	return r.updateMap(ctx, m, reading, func(tx *kv.Tx, m *MapRun) error {
		m.Phase, m.Total, m.PerChild, m.Items = mapping, int64(len(inputs)), per, int64(len(inputs))
		if per != nil {
			m.Items = 0
			for _, n := range per {
				m.Items += int64(n)
			}
		}
		return tx.Delete(mapKey(m.Home, "uq", m.ID))
	})
}

// inputs makes the input of each child, and how many items each has where they
// are batched.
func (r *Runner) inputs(ctx context.Context, m *MapRun) (texts [][]byte, per []int32, err error) {
	s, as, err := r.scopeOf(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	list, err := r.itemsFor(as, m, s)
	if err != nil {
		return nil, nil, err
	}
	values := make([]any, len(list))
	for i, it := range list {
		if values[i], err = flow.ItemInput(ctx, s, it); err != nil {
			return nil, nil, err
		}
	}
	if s.State.Map.ItemBatcher != nil {
		b, err := flow.Batcher(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		if values, err = flow.Batches(b, values); err != nil {
			return nil, nil, err
		}
		for _, v := range values {
			o, _ := v.(*value.Object)
			batch, _ := o.Get("Items")
			in, _ := batch.([]any)
			per = append(per, int32(len(in)))
		}
	}
	for i, v := range values {
		text := value.Text(v)
		if len(text) > engine.MaxData {
			return nil, nil, &flow.Failure{Name: flow.ErrDataLimitExceeded, Cause: fmt.Sprintf("The input of item %d is larger than the maximum number of bytes service limit.", i)}
		}
		texts = append(texts, text)
	}
	return texts, per, nil
}

// itemsFor reads a map's items: those of its input, or of its reader.
func (r *Runner) itemsFor(as context.Context, m *MapRun, s *flow.Scope) ([]flow.MapItem, error) {
	var found []items.Item
	source := "STATE_DATA"
	if m.Listed {
		var text []byte
		err := r.deps.Store.View(as, func(tx *kv.Tx) (err error) {
			text, _, err = tx.Get(mapKey(m.Home, "uq", m.ID))
			return err
		})
		if err != nil {
			return nil, err
		}
		held, err := value.Parse(text)
		if err != nil {
			return nil, err
		}
		if found, err = items.Of(held, 0); err != nil {
			return nil, err
		}
	} else {
		set, err := flow.Reader(as, s)
		if err != nil {
			return nil, err
		}
		if found, source, err = r.read(as, s.State.Map.ItemReader, set); err != nil {
			return nil, readerFailure(err)
		}
	}
	out := make([]flow.MapItem, len(found))
	for i, it := range found {
		out[i] = flow.MapItem{Index: int64(i), Key: it.Key, HasKey: it.HasKey, Source: source, Value: it.Value}
	}
	return out, nil
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

// argument is one of a reader's or writer's arguments.
func argument(args any, name string) string {
	o, ok := args.(*value.Object)
	if !ok {
		return ""
	}
	v, _ := o.Get(name)
	text, _ := v.(string)
	return text
}

// read reads the items that a reader leads to.
func (r *Runner) read(ctx context.Context, reader *asl.ItemReader, set flow.ReaderSettings) ([]items.Item, string, error) {
	bucket, key := argument(set.Arguments, "Bucket"), argument(set.Arguments, "Key")
	if reader.Resource.Action == "listObjectsV2" {
		found, err := r.listObjects(ctx, bucket, argument(set.Arguments, "Prefix"), set.MaxItems)
		return found, "s3://" + bucket + "/" + argument(set.Arguments, "Prefix"), err
	}
	out, err := call.Do[*s3api.GetObjectOutput](ctx, r.deps.Caller, "s3", "GetObject", &s3api.GetObjectInput{Bucket: bucket, Key: key})
	if err != nil {
		return nil, "", err
	}
	if c, ok := out.Body.(io.Closer); ok {
		defer c.Close()
	}
	found, err := items.Read(reader, set.ItemsPointer, set.MaxItems, out.Body)
	return found, "s3://" + bucket + "/" + key, err
}

// listObjects lists a bucket's objects as items.
func (r *Runner) listObjects(ctx context.Context, bucket, prefix string, limit int64) ([]items.Item, error) {
	var out []items.Item
	in := &s3api.ListObjectsV2Input{Bucket: bucket}
	if prefix != "" {
		in.Prefix = &prefix
	}
	for {
		page, err := call.Do[*s3api.ListObjectsV2Output](ctx, r.deps.Caller, "s3", "ListObjectsV2", in)
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			if limit > 0 && int64(len(out)) >= limit {
				return out, nil
			}
			item := value.NewObject(5)
			item.Set("Etag", deref(o.ETag))
			item.Set("Key", deref(o.Key))
			if o.LastModified != nil {
				item.Set("LastModified", o.LastModified.Unix())
			}
			if o.Size != nil {
				item.Set("Size", *o.Size)
			}
			item.Set("StorageClass", deref(o.StorageClass))
			out = append(out, items.Item{Value: item})
		}
		if page.NextContinuationToken == nil {
			return out, nil
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}

// deref is a text that may be absent.
func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
