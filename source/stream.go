package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

const (
	// recheck bounds how long a shard goes without a look although nothing
	// woke its reader, and how long new shards go unseen.
	recheck = 5 * time.Second
	// recordsMax is how many records a read returns at most.
	recordsMax = 1000
	// latest is the starting position behind all records.
	latest = "LATEST"
)

// checkpoint is how far a shard has been read.
type checkpoint struct {
	Sequence string  // the last record dealt with; "" is none
	Ended    bool    // the shard is read to its end
	Window   *window `cbor:",omitempty"` // that the next records may belong to; nil is none
}

// streamPoller reads one stream.
type streamPoller struct {
	*Poller
	m       *Mapping
	filters []*pattern.Pattern
	mu      sync.Mutex // guards the mapping's last result
}

// RunStream polls a DynamoDB stream until ctx ends, and then waits for the
// batches that are under way.
func (p *Poller) RunStream(ctx context.Context, m Mapping) error {
	s := &streamPoller{Poller: p, m: &m}
	var err error
	if s.filters, err = m.filters(); err != nil {
		return err
	}
	ctx = p.as(ctx, &m)
	var group sync.WaitGroup
	defer group.Wait()
	running := make(map[string]bool)
	for {
		shards, err := s.shards(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			p.Log.Debug("describe stream for mapping", "stream", m.SourceARN, "err", err)
		default:
			if err := s.begin(ctx, shards); err != nil {
				return err
			}
			for _, shard := range shards {
				id := *shard.ShardId
				if running[id] || !s.parentEnded(ctx, shard, running) {
					continue
				}
				running[id] = true
				group.Go(func() { s.readShard(ctx, id) })
			}
		}
		if !p.sleep(ctx, recheck) {
			return nil
		}
	}
}

// shards lists the stream's shards.
func (s *streamPoller) shards(ctx context.Context) ([]dynamodbstreams.Shard, error) {
	var all []dynamodbstreams.Shard
	var from *string
	for {
		out, err := call.Do[*dynamodbstreams.DescribeStreamOutput](ctx, s.Caller, "dynamodbstreams", "DescribeStream",
			&dynamodbstreams.DescribeStreamInput{StreamArn: s.m.SourceARN, ExclusiveStartShardId: from})
		if err != nil {
			return nil, err
		}
		all = append(all, out.StreamDescription.Shards...)
		if from = out.StreamDescription.LastEvaluatedShardId; from == nil {
			return all, nil
		}
	}
}

// begin notes, once in a mapping's life, where its reading starts: for LATEST,
// that each shard's records of before do not count. The mapping is then
// enabled: what is written from now on will be read.
func (s *streamPoller) begin(ctx context.Context, shards []dynamodbstreams.Shard) error {
	if s.m.Ready {
		return nil
	}
	places := make(map[string]checkpoint)
	for _, shard := range shards {
		if s.m.Position != latest {
			break
		}
		sequence, err := s.lastSequence(ctx, *shard.ShardId)
		if err != nil {
			s.Log.Debug("find the end of a shard", "shard", *shard.ShardId, "err", err)
			return nil // it is tried again
		}
		places[*shard.ShardId] = checkpoint{Sequence: sequence}
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		now, ok, err := kv.Get[Mapping](tx, s.m.Key())
		if err != nil || !ok || now.Ready {
			return err
		}
		for id, place := range places {
			if err := kv.Put(tx, s.key(id), place); err != nil {
				return err
			}
		}
		now.Ready = true
		return kv.Put(tx, s.m.Key(), now)
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("begin mapping: %w", err)
	}
	s.m.Ready = true
	return nil
}

// lastSequence finds the last record of a shard.
func (s *streamPoller) lastSequence(ctx context.Context, shard string) (string, error) {
	iterator, err := s.iterator(ctx, shard, "TRIM_HORIZON", "")
	last := ""
	for iterator != "" && err == nil {
		var records []record
		records, iterator, err = s.read(ctx, iterator, recordsMax)
		if len(records) == 0 {
			break
		}
		last = records[len(records)-1].sequence
	}
	return last, err
}

// key is a shard's checkpoint row.
func (s *streamPoller) key(shard string) kv.Key { return s.m.Checkpoints().With(shard) }

// load reads a shard's checkpoint.
func (s *streamPoller) load(ctx context.Context, shard string) (c checkpoint, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if c, _, err = kv.Get[checkpoint](tx, s.key(shard)); err != nil {
			return err
		}
		return s.loadWindow(tx, shard, &c)
	})
	return c, err
}

// parentEnded says whether a shard may be read: after its parent, so that
// records of one key stay in order.
func (s *streamPoller) parentEnded(ctx context.Context, shard dynamodbstreams.Shard, running map[string]bool) bool {
	if shard.ParentShardId == nil || !running[*shard.ParentShardId] {
		return true
	}
	c, err := s.load(ctx, *shard.ParentShardId)
	return err == nil && c.Ended
}

// readShard reads a shard until its end or ctx's.
func (s *streamPoller) readShard(ctx context.Context, shard string) {
	watch := s.Store.Watch(service.Topic(s.m.SourceARN))
	defer watch.Stop()
	pause := minPause
	for ctx.Err() == nil {
		ended, err := s.readOn(ctx, shard, watch)
		if ended {
			return
		}
		if err != nil && ctx.Err() == nil {
			s.Log.Debug("read shard for mapping", "shard", shard, "err", err)
			if !s.sleep(ctx, pause) {
				return
			}
			pause = min(2*pause, maxPause)
			continue
		}
		pause = minPause
	}
}

// readOn reads from the checkpoint on for as long as all goes well.
func (s *streamPoller) readOn(ctx context.Context, shard string, watch *kv.Watch) (ended bool, err error) {
	at, err := s.load(ctx, shard)
	if err != nil || at.Ended {
		return at.Ended, err
	}
	kind := "TRIM_HORIZON"
	if at.Sequence != "" {
		kind = "AFTER_SEQUENCE_NUMBER"
	}
	iterator, err := s.iterator(ctx, shard, kind, at.Sequence)
	if isTrimmed(err) {
		iterator, err = s.iterator(ctx, shard, "TRIM_HORIZON", "")
	}
	for err == nil && ctx.Err() == nil {
		var records []record
		var next string
		began := s.Clock.Now()
		records, next, err = s.collect(ctx, iterator, watch)
		if err != nil {
			return false, err
		}
		if len(records) > 0 {
			if err := s.process(ctx, shard, &at, records); err != nil {
				return false, err
			}
		}
		if at.Window != nil && (next == "" || len(records) == 0 && at.over(began)) {
			if err := s.closeWindow(ctx, shard, &at); err != nil {
				return false, err
			}
		}
		if next == "" {
			at.Ended = true
			return true, s.advance(ctx, shard, at, nil)
		}
		if len(records) == 0 {
			s.wait(ctx, watch, at.Window)
		}
		iterator = next
	}
	return false, err
}

// wait parks until there is news in the stream, or the open window, if there is
// one, is over.
func (s *streamPoller) wait(ctx context.Context, watch *kv.Watch, open *window) {
	pause := recheck
	if open != nil {
		pause = min(pause, max(0, open.End.Add(lateness).Sub(s.Clock.Now())))
	}
	t := s.Clock.NewTimer(pause)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-watch.C():
	case <-t.C():
	}
}

// collect reads one batch: what is there, or what comes within the window
// after the first record.
func (s *streamPoller) collect(ctx context.Context, iterator string, watch *kv.Watch) (batch []record, next string, err error) {
	size := int(s.m.BatchSize)
	batch, next, err = s.read(ctx, iterator, size)
	if err != nil || len(batch) == 0 || s.m.Window == 0 {
		return batch, next, err
	}
	window := s.Clock.NewTimer(time.Duration(s.m.Window) * time.Second)
	defer window.Stop()
	for len(batch) < size && next != "" {
		select {
		case <-ctx.Done():
			return nil, "", ctx.Err()
		case <-window.C():
			return batch, next, nil
		case <-watch.C():
		}
		var more []record
		more, next, err = s.read(ctx, next, size-len(batch))
		if err != nil {
			return nil, "", err
		}
		batch = append(batch, more...)
	}
	return batch, next, nil
}

// iterator asks for a place in a shard.
func (s *streamPoller) iterator(ctx context.Context, shard, kind, sequence string) (string, error) {
	in := &dynamodbstreams.GetShardIteratorInput{StreamArn: s.m.SourceARN, ShardId: shard, ShardIteratorType: kind}
	if sequence != "" {
		in.SequenceNumber = &sequence
	}
	out, err := call.Do[*dynamodbstreams.GetShardIteratorOutput](ctx, s.Caller, "dynamodbstreams", "GetShardIterator", in)
	if err != nil {
		return "", err
	}
	if out.ShardIterator == nil {
		return "", nil
	}
	return *out.ShardIterator, nil
}

// record is one record of a stream in the JSON form that functions see.
type record struct {
	json     map[string]any
	sequence string
	key      string // of the item, as JSON
	created  time.Time
	trace    string // header of the request that wrote it, if its trace is kept
}

// read reads up to n records.
func (s *streamPoller) read(ctx context.Context, iterator string, n int) (records []record, next string, err error) {
	in, err := json.Marshal(map[string]any{"ShardIterator": iterator, "Limit": min(n, recordsMax)})
	if err != nil {
		return nil, "", fmt.Errorf("encode read: %w", err)
	}
	traces := map[string]string{}
	text, err := s.Caller.CallJSON(telemetry.WithCarried(ctx, traces), "dynamodbstreams", "GetRecords", in)
	if err != nil {
		return nil, "", err
	}
	var out struct {
		Records           []map[string]any
		NextShardIterator string
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, "", fmt.Errorf("decode records: %w", err)
	}
	for _, object := range out.Records {
		data, _ := object["dynamodb"].(map[string]any)
		r := record{json: object}
		if r.sequence, _ = data["SequenceNumber"].(string); r.sequence == "" {
			return nil, "", errors.New("decode records: one has no sequence number, without which no checkpoint is behind it")
		}
		object["eventSourceARN"] = s.m.SourceARN
		r.trace = traces[r.sequence]
		if seconds, ok := data["ApproximateCreationDateTime"].(float64); ok {
			r.created = time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()
		}
		key, err := json.Marshal(data["Keys"]) // maps are encoded in the order of their keys
		if err != nil {
			return nil, "", fmt.Errorf("encode key: %w", err)
		}
		r.key = string(key)
		records = append(records, r)
	}
	return records, out.NextShardIterator, nil
}

// isTrimmed says whether a checkpoint's record is gone from the stream.
func isTrimmed(err error) bool {
	_, ok := errors.AsType[*dynamodbstreams.TrimmedDataAccessException](err)
	return ok
}

// advance moves a shard's checkpoint, and with it writes what failed for good.
func (s *streamPoller) advance(ctx context.Context, shard string, to checkpoint, dead func(tx *kv.Tx) error) error {
	// What was dealt with is noted even when the poller is being stopped.
	err := s.Store.Update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
		if _, ok, err := tx.Get(s.m.Key()); err != nil || !ok {
			return err // the mapping is gone: nobody asks any more
		}
		if dead != nil {
			if err := dead(tx); err != nil {
				return err
			}
		}
		return kv.Put(tx, s.key(shard), to)
	})
	if err != nil {
		return fmt.Errorf("store checkpoint: %w", err)
	}
	return nil
}
