package logs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/clock"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/logs/chunk"
	"maru.dev/maru/service/logs/insights"
	"maru.dev/maru/task"
)

const (
	// querySlice is how many chunks one look at the store takes.
	querySlice = 32
	// queryTold is how often a running query's partial results are stored.
	queryTold = time.Second
	// partialRows is how many rows these have.
	partialRows = 1000
	// maxResultPage bounds a row of the store that holds results; maxResultBytes
	// all of them.
	maxResultPage  = 256 << 10
	maxResultBytes = 64 << 20
)

// queryWork is the body of the tasks about a query.
type queryWork struct{ Account, Region, ID string }

// Why a search ends before its end.
var (
	errStopped = errors.New("the query was stopped")
	errTooLong = errors.New("the query has run for too long")
	errTooMuch = errors.New("what the query asks for does not fit into memory")
	errDone    = errors.New("the query has looked through everything")
)

// runQuery runs a query and stores its results.
func (s *Service) runQuery(ctx context.Context, run *task.Run) error {
	var w queryWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{w.Account, w.Region}
	var q query
	err := s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if q, err = loadQuery(tx, h, w.ID); err != nil || !q.running() {
			return err
		}
		q.Status, q.Run = string(api.QueryStatusRunning), q.Run+1
		return kv.Put(tx, h.queryKey(q.ID), q)
	})
	if _, gone := errors.AsType[*api.ResourceNotFoundException](err); gone || err == nil && !q.running() {
		return nil
	}
	if err != nil {
		return err
	}
	parsed, err := insights.Parse(q.Text, time.UnixMilli(q.Created))
	if err != nil {
		return task.Dead(err) // it was read before it was stored
	}
	search := &search{service: s, home: h, query: &q, parsed: parsed, run: run, x: parsed.Begin(q.Limit, s.memory)}
	defer search.x.Close()
	status := string(api.QueryStatusComplete)
	switch err := search.all(ctx); {
	case errors.Is(err, errStopped):
		return nil // by StopQuery, which has said so
	case errors.Is(err, errTooLong):
		status = string(api.QueryStatusTimeout)
	case errors.Is(err, errTooMuch):
		status = string(api.QueryStatusFailed)
	case err != nil:
		return err
	}
	return search.store(ctx, status)
}

// queryDead marks a query that could not be run.
func (s *Service) queryDead(tx *kv.Tx, run *task.Run, _ error) error {
	var w queryWork
	if err := run.Decode(&w); err != nil {
		return nil //nolint:nilerr // no query is known by it
	}
	h := home{w.Account, w.Region}
	q, ok, err := kv.Get[query](tx, h.queryKey(w.ID))
	if err != nil || !ok || !q.running() {
		return err
	}
	return q.end(tx, h, string(api.QueryStatusFailed), s.Clock.Now())
}

// runQueryEnd removes a query with its results.
func (s *Service) runQueryEnd(ctx context.Context, run *task.Run) error {
	var w queryWork
	if err := run.Decode(&w); err != nil {
		return task.Dead(err)
	}
	h := home{w.Account, w.Region}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, ok, err := kv.Get[query](tx, h.queryKey(w.ID))
		if err != nil || !ok {
			return err
		}
		if q.running() {
			if err := tx.Add(h.runningKey(), -1); err != nil {
				return err
			}
		}
		if err := tx.DeleteRange(kv.Prefix(h.key("qr", q.ID))); err != nil {
			return err
		}
		if err := tx.Delete(h.queryOrderKey(&q)); err != nil {
			return err
		}
		return tx.Delete(h.queryKey(q.ID))
	})
}

// search is a query that is being run.
type search struct {
	service *Service
	home    home
	query   *query
	parsed  *insights.Query
	run     *task.Run
	x       *insights.Execution

	scanned, bytes atomic.Int64
}

// portion is a chunk to look through.
type portion struct {
	chunk  chunk.Chunk
	spot   spot
	group  *queried
	window insights.Window
}

// all searches all groups, with as many workers as there are processors: one
// goroutine reads chunks, the others unpack and look through them.
func (r *search) all(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(ctx, r.x.End)()
	portions := make(chan portion, querySlice)
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			r.worker(portions, stop)
		})
	}
	end := r.service.Clock.NewTimer(queryLasts)
	defer end.Stop()
	var watch sync.WaitGroup
	var late bool
	watch.Go(func() { late = r.watch(ctx, stop, end) })
	err := r.read(ctx, portions)
	close(portions)
	work.Wait()
	stop(errDone)
	watch.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, errDone) {
		return cause
	}
	if late {
		return errTooLong
	}
	return err
}

// read gives the chunks of all groups.
func (r *search) read(ctx context.Context, portions chan<- portion) error {
	for i := range r.query.Groups {
		for _, w := range r.parsed.Windows(r.query.From, r.query.To) {
			if err := r.readGroup(ctx, &r.query.Groups[i], w, portions); err != nil {
				return err
			}
		}
	}
	return nil
}

// readGroup gives the chunks of one group, a few in a look at the store, which
// is not to be held back by a long search.
func (r *search) readGroup(ctx context.Context, g *queried, w insights.Window, portions chan<- portion) error {
	h := home{g.Account, g.Region}
	folder := h.key("c", g.ID)
	alive := make(map[string]bool)
	span := kv.Prefix(folder)
	span.From, span.To, span.Limit = folder.With(w.From-chunk.Span), folder.With(w.To+1), querySlice
	for {
		n, slice := 0, make([]portion, 0, querySlice)
		err := r.service.Store.View(ctx, func(tx *kv.Tx) error {
			record, ok, err := kv.Get[group](tx, h.groupKey(g.Name))
			if err != nil || !ok || record.ID != g.ID {
				return err // it was deleted meanwhile
			}
			w.From = max(w.From, record.oldest(r.service.Clock.Now()))
			for row, err := range tx.Scan(span) {
				if err != nil {
					return err
				}
				n++
				span.From = span.After(row.Key).From
				p := portion{group: g, window: w}
				if err := row.Key.Scan(5, &p.spot.First, &p.spot.Version, &p.spot.Base); err != nil {
					return err
				}
				if p.chunk, err = chunk.Open(row.Value); err != nil {
					return fmt.Errorf("log group %s: %w", g.Name, err)
				}
				there, err := isAlive(tx, h, g.ID, &p.chunk.Head, alive)
				if err != nil {
					return err
				}
				if there && p.chunk.Last >= w.From {
					slice = append(slice, p)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, p := range slice {
			select {
			case portions <- p:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		if n < querySlice {
			return nil
		}
	}
}

// isAlive says whether a chunk's stream is still there.
func isAlive(tx *kv.Tx, h home, groupID string, c *chunk.Head, known map[string]bool) (bool, error) {
	there, ok := known[c.StreamID]
	if ok {
		return there, nil
	}
	st, _, err := kv.Get[stream](tx, h.streamKey(groupID, c.Stream))
	if err != nil {
		return false, err
	}
	known[c.StreamID] = st.ID == c.StreamID
	return known[c.StreamID], nil
}

// worker looks through chunks. After an error, which stops the search, it takes
// what is left, so that nobody waits for it.
func (r *search) worker(portions <-chan portion, stop context.CancelCauseFunc) {
	w := r.x.Worker()
	failed := false
	var scratch []byte
	for p := range portions {
		if failed {
			continue
		}
		body, err := p.chunk.Unpack(scratch)
		if err != nil {
			failed = true
			stop(err)
			continue
		}
		scratch = body.Scratch()
		r.service.searching <- struct{}{}
		r.look(w, &p, body)
		<-r.service.searching
		if r.x.Over() {
			failed = true
			stop(errTooMuch)
		}
	}
}

// look takes the events of a chunk into account.
func (r *search) look(w *insights.Worker, p *portion, body chunk.Body) {
	c := &p.chunk
	whole := c.First >= p.window.From && c.Last <= p.window.To
	maybe := r.x.Maybe(body.Text)
	if whole && !maybe {
		r.scanned.Add(int64(c.Count))
		r.bytes.Add(c.Text)
		return
	}
	log := p.group.Account + ":" + p.group.Name
	event := insights.Event{Ingested: c.Ingested, Stream: c.Stream, Log: log, Before: p.window.Before}
	event.Pointer = func(e *insights.Event) string {
		return pointer(home{p.group.Account, p.group.Region}, p.group.ID, place{e.At, e.Version, e.Index})
	}
	var count, bytes int64
	w.Lock()
	defer w.Unlock()
	_ = body.All(func(i int, e chunk.Event) bool { // Unpack has found it whole
		if e.At < p.window.From || e.At > p.window.To {
			return true
		}
		count++
		bytes += int64(len(e.Message))
		if !maybe {
			return true
		}
		event.At, event.Version, event.Index, event.Message = e.At, p.spot.Version, p.spot.Base+int64(i), e.Message
		w.Add(&event)
		return w.Going()
	})
	r.scanned.Add(count)
	r.bytes.Add(bytes)
}

// watch ends a search that was stopped or is not done at its end, and stores its
// partial results from time to time. It tells whether the end has come, be it that
// the search was just done.
func (r *search) watch(ctx context.Context, stop context.CancelCauseFunc, end clock.Timer) (late bool) {
	w := r.service.Store.Watch(r.home.queryTopic(r.query.ID))
	defer w.Stop()
	timer := r.service.Clock.NewTimer(queryTold)
	defer timer.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			select {
			case <-end.C():
				return true
			default:
				return false
			}
		case <-w.C():
			err = r.service.Store.View(ctx, func(tx *kv.Tx) error { return r.held(tx) })
		case <-timer.C():
			if err = r.run.Extend(ctx, time.Minute); err == nil {
				err = r.tell(ctx)
			}
			timer.Reset(queryTold)
		case <-end.C():
			err = errTooLong
		}
		if err != nil {
			stop(err)
			return errors.Is(err, errTooLong)
		}
	}
}

// held says whether the query is still to be run, and by this run.
func (r *search) held(tx *kv.Tx) error {
	q, ok, err := kv.Get[query](tx, r.home.queryKey(r.query.ID))
	if err == nil && (!ok || !q.running() || q.Run != r.query.Run) {
		err = errStopped
	}
	return err
}

// tell stores how far the search has come.
func (r *search) tell(ctx context.Context) error {
	rows, matched := r.x.Results()
	pages := cut(rows[:min(len(rows), partialRows)])
	if len(pages) > 4 {
		pages = pages[:4]
	}
	return r.service.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := r.held(tx); err != nil {
			return err
		}
		return r.put(tx, pages, 0, matched)
	})
}

// put writes pages of results, from a number on, and the query with them.
func (r *search) put(tx *kv.Tx, pages []resultPage, from int, matched int64) error {
	q := *r.query
	q.Pages, q.Matched, q.Scanned, q.Bytes = from+len(pages), matched, r.scanned.Load(), r.bytes.Load()
	for i, p := range pages {
		if err := kv.Put(tx, r.home.queryPageKey(q.ID, q.Run, from+i), p); err != nil {
			return err
		}
	}
	return kv.Put(tx, r.home.queryKey(q.ID), q)
}

// store writes the results, and ends the query. They are written in several
// transactions, since there may be many; the last makes them count.
func (r *search) store(ctx context.Context, status string) error {
	rows, matched := r.x.Results()
	if r.x.Over() {
		status = string(api.QueryStatusFailed)
	}
	pages := cut(rows)
	const batch = 32
	from := 0
	for ; len(pages)-from > batch; from += batch {
		err := r.service.Store.Update(ctx, func(tx *kv.Tx) error {
			if err := r.held(tx); err != nil {
				return err
			}
			return r.put(tx, pages[from:from+batch], from, matched)
		})
		if errors.Is(err, errStopped) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	err := r.service.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := r.held(tx); err != nil {
			return err
		}
		if err := r.put(tx, pages[from:], from, matched); err != nil {
			return err
		}
		q, err := loadQuery(tx, r.home, r.query.ID)
		if err != nil {
			return err
		}
		if err := q.end(tx, r.home, status, r.service.Clock.Now()); err != nil {
			return err
		}
		return r.run.Done(tx)
	})
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

// cut divides rows into pages that a row of the store can hold. What is beyond
// all bounds is left out.
func cut(rows [][]insights.Field) (pages []resultPage) {
	var page resultPage
	size, total := 0, 0
	for _, row := range rows {
		cells := make([]cell, len(row))
		n := 0
		for i, f := range row {
			cells[i] = cell(f)
			n += len(f.Name) + len(f.Value) + 16
		}
		if n > kv.MaxValue-4096 || total+n > maxResultBytes {
			continue
		}
		if len(page.Rows) > 0 && size+n > maxResultPage {
			pages = append(pages, page)
			page, size = resultPage{}, 0
		}
		page.Rows = append(page.Rows, cells)
		size += n
		total += n
	}
	if len(page.Rows) > 0 {
		pages = append(pages, page)
	}
	return pages
}
