package standard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/items"
	"maru.dev/maru/wire"
)

// endMap ends a map run: what still runs of it is stopped, its results are
// written, and its state goes on.
func (r *Runner) endMap(ctx context.Context, m *MapRun) (again bool, err error) {
	stopped, err := r.stopChildren(ctx, m)
	if err != nil || stopped {
		return stopped, err
	}
	if more, err := r.unwait(ctx, m); err != nil || more {
		return more, err
	}
	var f *flow.Failure
	if m.Status != MapSucceeded {
		f = &flow.Failure{Name: m.Error, Cause: m.Cause}
	}
	var result any
	if m.Status != MapAborted {
		result, err = r.results(ctx, m)
		if bad, ok := errors.AsType[*flow.Failure](err); ok {
			if f == nil {
				f = bad
			}
		} else if err != nil {
			return false, err
		}
	}
	var remember func()
	err = r.update(ctx, m.Execution(), func(tx *kv.Tx) error {
		remember = nil
		now, ok, err := LoadMapRun(tx, m.Home, m.ID)
		if err != nil || !ok || now.Phase != ending {
			return err
		}
		if again = now.Again; again {
			now.redrive()
			return PutMapRun(tx, now)
		}
		now.Phase, now.Stopped = over, max(r.deps.Clock.Now().UnixMilli(), now.Started)
		now.Written, now.WrittenItems = m.Written, m.WrittenItems
		if f != nil && now.Status == MapSucceeded {
			now.Status, now.Error, now.Cause = MapFailed, f.Name, f.Cause
		}
		if !now.redrivable() {
			if err := forgetItems(tx, now); err != nil {
				return err
			}
		}
		x, ok, err := Load(tx, m.Execution())
		if err != nil || !ok || x.Status != engine.Running {
			return errors.Join(err, PutMapRun(tx, now))
		}
		remember, err = r.turn(ctx, tx, x, func(t *engine.Turn) error { return t.MapRunEnded(m.Thread, m.ARN(), result, f) })
		if err != nil && !errors.Is(err, engine.ErrStale) {
			return err
		}
		return PutMapRun(tx, now)
	})
	if err == nil && remember != nil {
		remember()
	}
	return again, err
}

// forgetItems removes what only a map run needs that runs, or may run again.
func forgetItems(tx *kv.Tx, m *MapRun) error {
	for _, folder := range []string{"ui", "un", "ud", "ur"} {
		if err := tx.DeleteRange(kv.Prefix(mapKey(m.Home, folder, m.ID))); err != nil {
			return err
		}
	}
	return tx.Delete(mapKey(m.Home, "uq", m.ID))
}

// stopChildren stops children that still run; it returns whether there were any.
func (r *Runner) stopChildren(ctx context.Context, m *MapRun) (bool, error) {
	var page []*Execution
	err := r.deps.Store.View(ctx, func(tx *kv.Tx) (err error) {
		page, _, err = r.List(tx, m.Home, m.ID, func(name string) Key { return Key{m.Home, m.childScope(), name} },
			[]engine.Status{engine.Running}, nil, atOnce, func(*Execution) bool { return true })
		return err
	})
	if err != nil {
		return false, err
	}
	errOver := errors.New("over")
	for _, x := range page {
		_, err := r.Change(ctx, x.Key, func(x *Execution) error {
			if x == nil || x.Status != engine.Running {
				return errOver
			}
			return nil
		}, func(t *engine.Turn, _ *Execution) error { return t.Stop(nil, nil) })
		if err != nil && !errors.Is(err, errOver) {
			return false, err
		}
	}
	return len(page) > 0, r.updateMap(ctx, m, ending, func(tx *kv.Tx, now *MapRun) error {
		_, err := now.count(tx)
		return err
	})
}

// results are what a map run results in: the outputs, or where they were
// written, which m notes.
func (r *Runner) results(ctx context.Context, m *MapRun) (any, error) {
	s, as, err := r.scopeOf(ctx, m)
	if err != nil {
		return nil, err
	}
	w := s.State.Map.ResultWriter
	exported := w != nil && w.Resource.ARN != ""
	if !exported && m.Status != MapSucceeded {
		return nil, nil //nolint:nilnil // what fails has no result
	}
	ends, err := r.ends(ctx, m)
	if err != nil {
		return nil, err
	}
	if !exported {
		return transformed(w, ends), nil
	}
	args, err := flow.Writer(as, s)
	if err != nil {
		return nil, err
	}
	result, err := r.write(as, m, w, args, ends)
	if known, ok := errors.AsType[wire.Error](err); ok {
		return nil, &flow.Failure{Name: flow.ErrResultWriterFailed, Cause: known.ErrorMessage()}
	}
	if err != nil {
		return nil, err
	}
	m.Written, m.WrittenItems = int64(len(ends)), 0
	for i := range ends {
		m.WrittenItems += ends[i].items
	}
	return result, nil
}

// result is a child as results show it.
type result struct {
	status engine.Status
	items  int64
	output any
	shown  *value.Object
}

// ends reads how the children ended, in the order of the items.
func (r *Runner) ends(ctx context.Context, m *MapRun) (out []result, err error) {
	err = r.deps.Store.View(ctx, func(tx *kv.Tx) error {
		out = nil
		for row, err := range kv.Scan[childEnd](tx, kv.Prefix(mapKey(m.Home, "ur", m.ID))) {
			if err != nil {
				return fmt.Errorf("load ends: %w", err)
			}
			var item int64
			if err := row.Key.Scan(5, &item); err != nil {
				return err
			}
			res, err := r.resultOf(tx, m, item, row.Value)
			if err != nil {
				return err
			}
			out = append(out, res)
		}
		return nil
	})
	return out, err
}

// resultOf is one child's result.
func (r *Runner) resultOf(tx *kv.Tx, m *MapRun, item int64, end childEnd) (result, error) {
	k := Key{m.Home, m.childScope(), end.Name}
	res := result{status: end.Status, items: end.items()}
	if end.Express == nil {
		x, ok, err := Load(tx, k)
		if err != nil || !ok {
			return res, errors.Join(err, fmt.Errorf("load child %s", k.ARN()))
		}
		if res.shown, err = r.describe(tx, x, false); err != nil {
			return res, err
		}
		for _, at := range []string{"StartDate", "StopDate"} {
			if ms, ok := res.shown.Get(at); ok {
				res.shown.Set(at, At(ms.(int64)).Format("2006-01-02T15:04:05.000Z"))
			}
		}
		if x.Output != 0 {
			p, err := r.dataOf(tx, x, x.Output)
			if err != nil {
				return res, err
			}
			res.output = p.Value
		}
		return res, nil
	}
	e := end.Express
	input, _, err := tx.Get(mapKey(m.Home, "ui", m.ID, item))
	if err != nil {
		return res, err
	}
	o := value.NewObject(12)
	if e.Cause != nil {
		o.Set("Cause", *e.Cause)
	}
	if e.Error != nil {
		o.Set("Error", *e.Error)
	}
	o.Set("ExecutionArn", e.ARN)
	o.Set("Input", string(input))
	o.Set("InputDetails", value.Of("Included", true))
	o.Set("Name", end.Name)
	if e.Output != nil {
		o.Set("Output", *e.Output)
		o.Set("OutputDetails", value.Of("Included", true))
		if res.output, err = value.Parse([]byte(*e.Output)); err != nil {
			return res, err
		}
	}
	o.Set("StartDate", At(e.Started).Format("2006-01-02T15:04:05.000Z"))
	o.Set("StateMachineArn", m.Home.MachineARN(m.childScope()))
	o.Set("Status", e.Status.String())
	o.Set("StopDate", At(e.Stopped).Format("2006-01-02T15:04:05.000Z"))
	res.shown = o
	return res, nil
}

// transformed are results as a writer's configuration asks for them. Without one
// they are the outputs. Of a child that failed, which was tolerated, there is its
// description in any case.
//
// Spec: Step Functions Developer Guide, ResultWriter (Map).
func transformed(w *asl.ResultWriter, ends []result) []any {
	how := "COMPACT"
	if w != nil {
		how = w.Transformation
		if how == "" {
			how = "NONE"
		}
	}
	out := []any{}
	for _, e := range ends {
		list, isList := e.output.([]any)
		switch {
		case e.status != engine.Succeeded || how == "NONE":
			out = append(out, e.shown)
		case how == "FLATTEN" && isList:
			out = append(out, list...)
		default:
			out = append(out, e.output)
		}
	}
	return out
}

// write writes the results to a bucket, and a manifest that leads to them.
func (r *Runner) write(ctx context.Context, m *MapRun, w *asl.ResultWriter, args any, ends []result) (any, error) {
	bucket, prefix := items.Argument(args, "Bucket"), strings.TrimSuffix(items.Argument(args, "Prefix"), "/")
	_, id, _ := strings.Cut(m.ID, ":")
	folder := id + "/"
	if prefix != "" {
		folder = prefix + "/" + folder
	}
	files := value.Of("FAILED", []any{}, "PENDING", []any{}, "SUCCEEDED", []any{})
	for _, kind := range []string{"FAILED", "SUCCEEDED"} {
		list := transformed(w, slices.DeleteFunc(slices.Clone(ends), func(e result) bool { return (e.status == engine.Succeeded) != (kind == "SUCCEEDED") }))
		if len(list) == 0 {
			continue
		}
		text, ending := value.Text(list), ".json"
		if w.OutputType == "JSONL" {
			var b bytes.Buffer
			for _, e := range list {
				b.Write(value.Text(e))
				b.WriteByte('\n')
			}
			text, ending = b.Bytes(), ".jsonl"
		}
		key := folder + kind + "_0" + ending
		if err := r.putObject(ctx, bucket, key, text); err != nil {
			return nil, err
		}
		files.Set(kind, []any{value.Of("Key", key, "Size", int64(len(text)))})
	}
	manifest := folder + "manifest.json"
	text := value.Text(value.Of("DestinationBucket", bucket, "MapRunArn", m.ARN(), "ResultFiles", files))
	if err := r.putObject(ctx, bucket, manifest, text); err != nil {
		return nil, err
	}
	return value.Of("MapRunArn", m.ARN(), "ResultWriterDetails", value.Of("Bucket", bucket, "Key", manifest)), nil
}

// putObject writes one object.
func (r *Runner) putObject(ctx context.Context, bucket, key string, text []byte) error {
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	defer stop()
	_, err := call.Do[*s3api.PutObjectOutput](ctx, r.deps.Caller, "s3", "PutObject", &s3api.PutObjectInput{
		Bucket: bucket, Key: key, Body: bytes.NewReader(text), ContentType: new("application/json"), ContentLength: new(int64(len(text))),
	})
	return err
}

// removeMapRuns removes the map runs of an execution with their children.
func removeMapRuns(tx *kv.Tx, k Key) error {
	for pair, err := range tx.Scan(kv.Prefix(k.Key("ul", k.Scope, k.Name))) {
		if err != nil {
			return fmt.Errorf("list map runs: %w", err)
		}
		var id string
		if err := pair.Key.Scan(6, &id); err != nil {
			return err
		}
		m, ok, err := LoadMapRun(tx, k.Home, id)
		if err != nil {
			return err
		}
		if ok {
			if err := errors.Join(removeChildren(tx, m), forgetItems(tx, m)); err != nil {
				return err
			}
		}
		if err := errors.Join(tx.Delete(mapKey(k.Home, "u", id)), tx.Delete(pair.Key)); err != nil {
			return err
		}
	}
	return nil
}

// removeChildren removes the executions that a map run started.
func removeChildren(tx *kv.Tx, m *MapRun) error {
	for pair, err := range tx.Scan(kv.Prefix(m.Home.Key("s", m.ID))) {
		if err != nil {
			return fmt.Errorf("list children: %w", err)
		}
		k := Key{Home: m.Home, Scope: m.childScope()}
		if err := pair.Key.Scan(7, &k.Name); err != nil {
			return err
		}
		if err := errors.Join(tx.DeleteRange(kv.Prefix(k.events())), tx.Delete(k.key()), tx.Delete(pair.Key)); err != nil {
			return err
		}
	}
	return nil
}
