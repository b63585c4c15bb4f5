package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/telemetry"
)

// batch is consecutive records of one lane of a shard, with how often they
// were tried.
type batch struct {
	records []record
	tries   int
}

// process deals with records of a shard: all of them, before the checkpoint
// moves behind them. Lanes (ParallelizationFactor) run side by side; records
// of one item are always in the same lane, in order. A window that was left
// open by a mapping that now has none ends first.
func (s *streamPoller) process(ctx context.Context, shard string, at *checkpoint, records []record) error {
	if s.m.Tumbling > 0 {
		return s.processWindows(ctx, shard, at, records)
	}
	if at.Window != nil {
		if err := s.closeWindow(ctx, shard, at); err != nil {
			return err
		}
	}
	lanes := make([][]record, max(1, s.m.Parallel))
	for _, r := range records {
		if !passes(s.filters, r.json) {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(r.key)) // never fails
		lane := int(h.Sum32() % uint32(len(lanes)))
		lanes[lane] = append(lanes[lane], r)
	}
	var group sync.WaitGroup
	dead := make([][]deadBatch, len(lanes))
	stopped := make([]error, len(lanes))
	for i, lane := range lanes {
		if len(lane) > 0 {
			group.Go(func() { dead[i], stopped[i] = s.processLane(ctx, shard, nil, lane) })
		}
	}
	group.Wait()
	for _, err := range stopped {
		if err != nil {
			return err
		}
	}
	at.Sequence = records[len(records)-1].sequence
	return s.advance(ctx, shard, *at, func(tx *kv.Tx) error { return s.buryAll(tx, shard, slices.Concat(dead...)) })
}

// buryAll is bury for each of dead.
func (s *streamPoller) buryAll(tx *kv.Tx, shard string, dead []deadBatch) error {
	for _, d := range dead {
		if err := s.bury(tx, shard, d); err != nil {
			return err
		}
	}
	return nil
}

// deadBatch is a batch that was given up.
type deadBatch struct {
	batch
	condition string
	answer    *Answer
}

// errGone says that the mapping changed or went while a batch was being tried.
var errGone = errors.New("the mapping has changed")

// processLane has records handled until each is dealt with or given up. w is
// the window that they belong to, or nil.
func (s *streamPoller) processLane(ctx context.Context, shard string, w *window, records []record) (dead []deadBatch, err error) {
	todo := []batch{{records: records}}
	for len(todo) > 0 {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		b := todo[0]
		todo = todo[1:]
		if s.tooOld(b) {
			dead = append(dead, deadBatch{b, "RecordAgeExceeded", nil})
			continue
		}
		failedFrom, answer, err := s.run(ctx, shard, w, b.records)
		if err := s.endIfFull(ctx, shard, w); err != nil {
			return nil, err
		}
		s.note(ctx, failedFrom >= 0)
		if failedFrom < 0 {
			continue
		}
		if err != nil {
			s.Log.Debug("handle batch", "mapping", s.m.UUID, "shard", shard, "err", err)
		}
		b.records = b.records[failedFrom:]
		if failedFrom > 0 {
			b.tries = 0 // it got further than the last time
		}
		b.tries++
		if s.m.Retries >= 0 && b.tries > int(s.m.Retries) {
			if s.m.Bisect && len(b.records) > 1 {
				todo = append(split(b), todo...)
				continue
			}
			dead = append(dead, deadBatch{b, "RetryAttemptsExhausted", answer})
			continue
		}
		if s.m.Bisect && len(b.records) > 1 && failedFrom == 0 {
			todo = append(split(b), todo...)
		} else {
			todo = append([]batch{b}, todo...)
		}
		if !s.current(ctx) {
			return nil, errGone
		}
		s.sleep(ctx, min(minPause<<min(b.tries, 12), maxPause))
	}
	return dead, nil
}

// split cuts a batch in two. The halves are tried as often as the whole may
// be: splitting is no retry.
func split(b batch) []batch {
	half := len(b.records) / 2
	return []batch{{b.records[:half], b.tries - 1}, {b.records[half:], b.tries - 1}}
}

// current says whether the mapping still is as it was when this poller began.
func (s *streamPoller) current(ctx context.Context) (same bool) {
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		now, ok, err := kv.Get[Mapping](tx, s.m.Key())
		same = ok && now.Generation == s.m.Generation
		return err
	})
	return err == nil && same
}

// tooOld says whether a batch's first record has waited for too long.
func (s *streamPoller) tooOld(b batch) bool {
	return s.m.MaxAge > 0 && s.Clock.Now().Sub(b.records[0].created) > time.Duration(s.m.MaxAge)*time.Second
}

// note stores whether the last batch was dealt with.
func (s *streamPoller) note(ctx context.Context, failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed {
		s.record(ctx, s.m, "PROBLEM: Function call failed")
		return
	}
	s.record(ctx, s.m, "OK")
}

// run has records handled. failedFrom is the first record that it did not deal
// with, or -1.
func (s *streamPoller) run(ctx context.Context, shard string, w *window, records []record) (failedFrom int, answer *Answer, err error) {
	list := make([]map[string]any, len(records))
	place := make(map[string]int, len(records))
	headers := make([]string, len(records))
	for i, r := range records {
		list[i], headers[i] = r.json, telemetry.WithLineage(r.trace, "") // loops by way of tables are not looked for
		place[r.sequence] = i
	}
	a, err := s.Handle(s.follow(context.WithoutCancel(ctx), headers), s.m, Batch{Records: list, Window: s.tell(shard, w)})
	if err != nil {
		return 0, nil, err
	}
	if a.FunctionError != "" {
		return 0, &a, nil
	}
	failedFrom = s.firstFailure(a.Payload, place)
	if w != nil && failedFrom != 0 && !w.take(a.Payload) {
		failedFrom = 0
	}
	return failedFrom, &a, nil
}

// firstFailure reads from an answer which record is the first that was not dealt
// with, by the places of their sequence numbers; -1 is none.
func (s *streamPoller) firstFailure(payload []byte, place map[string]int) int {
	if !s.m.ReportFailures {
		return -1
	}
	failed, ok := partialFailures(payload, func(id string) bool { _, known := place[id]; return known })
	if !ok {
		return 0
	}
	first := -1
	for id := range failed {
		if first < 0 || place[id] < first {
			first = place[id]
		}
	}
	return first
}

// bury sends what is known of a batch that was given up to the mapping's
// destination.
//
// Spec: Lambda Developer Guide, Retaining records of failed batches for a
// DynamoDB event source.
func (s *streamPoller) bury(tx *kv.Tx, shard string, d deadBatch) error {
	if s.m.OnFailure == "" {
		return nil
	}
	const form = "2006-01-02T15:04:05.000Z"
	first, last := d.records[0], d.records[len(d.records)-1]
	out := s.Account(s.m, d.condition, d.tries, d.answer)
	out["version"], out["timestamp"] = "1.0", s.Clock.Now().UTC().Format(form)
	out["DDBStreamBatchInfo"] = map[string]any{
		"shardId": shard, "startSequenceNumber": first.sequence, "endSequenceNumber": last.sequence,
		"approximateArrivalOfFirstRecord": first.created.Format(form), "approximateArrivalOfLastRecord": last.created.Format(form),
		"batchSize": len(d.records), "streamArn": s.m.SourceARN,
	}
	text, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode batch record: %w", err)
	}
	return s.Tasks.Deliver(tx, task.Delivery{
		Target: s.m.OnFailure, Payload: text, Principal: s.m.principal(), SourceARN: s.m.Function,
		Account: s.m.Account, Region: s.m.Region,
	})
}
