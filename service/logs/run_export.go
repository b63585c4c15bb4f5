package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	// exportLines is how many events one look at the store takes.
	exportLines = 5_000
	// maxExportFile is from which size on a stream's events go on in another
	// file.
	maxExportFile = 8 << 20
)

// exportWork is the body of the task of an export.
type exportWork struct{ Account, Region, ID string }

// runExport writes the streams that are not written yet, one after another.
func (s *Service) runExport(ctx context.Context, run *task.Run) error {
	var w exportWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{w.Account, w.Region}
	for {
		var e export
		var g group
		var st *stream
		err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
			if e, err = loadExport(tx, h, w.ID); err != nil {
				return task.Dead(err)
			}
			if err := run.Hold(tx); err != nil {
				return err
			}
			if g, _, err = kv.Get[group](tx, h.groupKey(e.Group)); err != nil {
				return err
			}
			if g.ID == e.GroupID {
				if st, err = nextStream(tx, h, &e); err != nil {
					return err
				}
			}
			if st == nil {
				if err := e.end(tx, h, string(api.ExportTaskStatusCodeCompleted), "Completed successfully", s.Clock.Now().UnixMilli()); err != nil {
					return err
				}
				return run.Done(tx)
			}
			if e.Status == string(api.ExportTaskStatusCodeRunning) {
				return nil
			}
			e.Status, e.Message = string(api.ExportTaskStatusCodeRunning), "Started"
			return kv.Put(tx, h.exportKey(e.ID), e)
		})
		if err != nil || st == nil {
			return err
		}
		if err := s.exportStream(ctx, h, &g, &e, st, run); err != nil {
			return err
		}
		err = s.Store.Update(ctx, func(tx *kv.Tx) error {
			if err := run.Hold(tx); err != nil {
				return err
			}
			e.Done = st.Name
			return kv.Put(tx, h.exportKey(e.ID), e)
		})
		if err != nil {
			return err
		}
	}
}

// exportDead marks an export that cannot be finished.
func (s *Service) exportDead(tx *kv.Tx, run *task.Run, reason error) error {
	var w exportWork
	if err := run.Decode(&w); err != nil {
		return nil //nolint:nilerr // no export is known by it
	}
	h := home{w.Account, w.Region}
	e, ok, err := kv.Get[export](tx, h.exportKey(w.ID))
	if err != nil || !ok || !e.active() {
		return err
	}
	return e.end(tx, h, string(api.ExportTaskStatusCodeFailed), reason.Error(), s.Clock.Now().UnixMilli())
}

// nextStream is the next stream to be written; nil when there is none.
func nextStream(tx *kv.Tx, h home, e *export) (*stream, error) {
	folder := h.key("s", e.GroupID)
	r := kv.Prefix(folder)
	if e.Streams != "" {
		r.From = folder.With(e.Streams)
	}
	if e.Done != "" {
		r = r.After(folder.With(e.Done))
	}
	for row, err := range kv.Scan[stream](tx, r) {
		if err != nil || !strings.HasPrefix(row.Value.Name, e.Streams) {
			return nil, err
		}
		return &row.Value, nil
	}
	return nil, nil
}

// exportStream writes the events of a stream: files of lines with their times.
func (s *Service) exportStream(ctx context.Context, h home, g *group, e *export, st *stream, run *task.Run) error {
	folder := fmt.Sprintf("%s/%s/%s/", e.Prefix, e.ID, strings.ReplaceAll(st.Name, "/", "-"))
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	files, written := 0, 0
	flush := func() error {
		if err := z.Close(); err != nil {
			return err
		}
		err := s.putObject(h.exporter(ctx, e.Group), e.Bucket, fmt.Sprintf("%s%06d.gz", folder, files), file.Bytes())
		if task.Refused(err) {
			return task.Dead(err)
		}
		if err != nil {
			return err
		}
		files, written = files+1, 0
		file.Reset()
		z.Reset(&file)
		return run.Extend(ctx, time.Minute)
	}
	w := walk{home: h, groupID: g.ID, streamID: st.ID, from: max(e.From, g.oldest(s.Clock.Now())), to: math.MaxInt64}
	if e.To < math.MaxInt64 {
		w.to = e.To + 1
	}
	for {
		page, err := s.exportPage(ctx, &w)
		if err != nil {
			return err
		}
		for i := range page {
			l := &page[i]
			at := time.UnixMilli(l.At).UTC().Format("2006-01-02T15:04:05.000Z")
			if _, err := fmt.Fprintf(z, "%s %s\n", at, strings.TrimSuffix(l.Message, "\n")); err != nil {
				return err
			}
			written++
			w.after = &l.place
		}
		if file.Len() >= maxExportFile || len(page) < exportLines && written > 0 {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(page) < exportLines {
			return nil
		}
	}
}

// exportPage reads the next events of a stream.
func (s *Service) exportPage(ctx context.Context, w *walk) (page []line, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		part := *w
		part.tx, part.pending = tx, lines{}
		_, err := part.each(func(l *line) bool {
			page = append(page, *l)
			return len(page) < exportLines
		})
		return err
	})
	return page, err
}
