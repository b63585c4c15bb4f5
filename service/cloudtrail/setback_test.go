package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/kv/setback"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudtrail/history"
	"maru.dev/maru/task"
)

// shelf stands in for S3: a bucket that keeps what is put.
type shelf struct {
	open

	mu   sync.Mutex
	put  []string // keys, in the order of their coming
	held map[string][]byte
}

// Call puts an object, or answers as open does.
func (s *shelf) Call(ctx context.Context, svc, operation string, in any) (any, error) {
	object, ok := in.(*s3api.PutObjectInput)
	if !ok {
		return s.open.Call(ctx, svc, operation, in)
	}
	z, err := gzip.NewReader(object.Body)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put = append(s.put, object.Key)
	s.held[object.Key] = raw
	return &s3api.PutObjectOutput{}, nil
}

// digests are those on the shelf, by their keys in the order of their coming.
func (s *shelf) digests(t *testing.T) (keys []string, all []digest) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.put {
		if !strings.Contains(key, "CloudTrail-Digest") {
			continue
		}
		var d digest
		if err := json.Unmarshal(s.held[key], &d); err != nil {
			t.Fatal(err)
		}
		keys, all = append(keys, key), append(all, d)
	}
	return keys, all
}

// sitting is a run of CloudTrail at a clock, after a rewinding if w is not nil.
func sitting(t *testing.T, st *kv.Store, bucket *shelf, c *clock.Fake, w *setback.Walk) (s *Service, stop func()) {
	t.Helper()
	d := service.Deps{Store: st, Clock: c, IDs: ids.New(ids.Buffered(rand.Reader)), Log: slog.New(slog.DiscardHandler), Caller: bucket}
	d.Tasks = task.New(task.Options{Store: st, Clock: c, IDs: d.IDs, Log: d.Log})
	s = New(d)
	if w != nil {
		for range 2 { // the second finds it done
			if err := errors.Join(d.Tasks.Rewind(t.Context(), w), s.Rewind(t.Context(), w)); err != nil {
				t.Fatal(err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Tasks.Run(ctx)
	}()
	return s, func() { cancel(); <-done }
}

// TestDigestsGoOnThoughTheClockWasSetBack has digests of some hours, and a file that
// none has yet, when the clock is set back by just as many hours.
func TestDigestsGoOnThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	const hours = 3
	ctx := testenv.Context(t.Context(), "")
	st, bucket := kvtest.Open(t), &shelf{held: map[string][]byte{}}
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	c := clock.NewFake(begin)
	s, stop := sitting(t, st, bucket, c, nil)
	if _, err := s.CreateTrail(ctx, &api.CreateTrailInput{Name: "main", S3BucketName: "audit", EnableLogFileValidation: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartLogging(ctx, &api.StartLoggingInput{Name: "main"}); err != nil {
		t.Fatal(err)
	}
	come := func(n int) (keys []string, all []digest) {
		t.Helper()
		testenv.Eventually(t, fmt.Sprint(n, " digests"), func() bool {
			keys, all = bucket.digests(t)
			return len(keys) >= n
		})
		return keys, all
	}
	for i := range hours {
		c.Advance(time.Hour)
		come(i + 1)
	}
	c.Advance(5 * time.Minute)
	s.Audit(ctx, created(ctx, "orders"))
	c.Advance(Interval)
	testenv.Eventually(t, "the file", func() bool { return len(files(t, st)) == 1 })
	stop()
	file := files(t, st)[0]

	c = clock.NewFake(begin) // where the first digest's hour began
	s, stop = sitting(t, st, bucket, c, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: hours*time.Hour + 5*time.Minute + Interval, Now: begin}))
	defer stop()
	c.Advance(time.Hour + time.Second)
	keys, all := come(hours + 1)
	last := all[hours]
	if len(last.Files) != 1 || last.Files[0].Key != file {
		t.Errorf("it vouches for %+v, not for %s", last.Files, file)
	}
	if last.PrevKey == nil || *last.PrevKey != keys[hours-1] {
		t.Errorf("the one before is %v, not %s", last.PrevKey, keys[hours-1])
	}
	if slices.Contains(keys[:hours], keys[hours]) {
		t.Errorf("%s takes the place of an earlier one", keys[hours])
	}
	public, err := s.ListPublicKeys(ctx, &api.ListPublicKeysInput{StartTime: new(begin), EndTime: new(c.Now())})
	if err != nil || !slices.ContainsFunc(public.PublicKeyList, func(k api.PublicKey) bool { return *k.Fingerprint == last.Fingerprint }) {
		t.Errorf("its key is not among %d, %v", len(public.PublicKeyList), err)
	}
}

// files are the keys of log files that no digest has.
func files(t *testing.T, st *kv.Store) (keys []string) {
	t.Helper()
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		keys = nil
		for row, err := range kv.Scan[logFile](tx, kv.Prefix(kv.NewKey(testenv.Account, "", "cloudtrail", "f"))) {
			if err != nil {
				return err
			}
			keys = append(keys, row.Value.Key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestSigningKeysAreOfTheTimeTheySignIn makes a key, and has the clock set back to
// before it was valid.
func TestSigningKeysAreOfTheTimeTheySignIn(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := onStore(st)
	var made []*keyPair
	for _, now := range []time.Time{begin.Add(time.Hour), begin, begin.Add(time.Minute), begin.Add(2 * time.Hour)} {
		s.Clock = clock.NewFake(now)
		k, err := s.signingKey(t.Context(), testenv.Region)
		if err != nil {
			t.Fatal(err)
		}
		if now.Before(k.From) || !now.Before(k.To) {
			t.Errorf("at %v signs a key of %v until %v", now, k.From, k.To)
		}
		made = append(made, k)
	}
	if !bytes.Equal(made[1].Public, made[2].Public) || !bytes.Equal(made[0].Public, made[3].Public) {
		t.Error("keys are made anew")
	}
}

// TestEventsOfBeforeMoveIntoBlocksThoughTheClockWasSetBack looks at a history whose
// last events are ahead of the clock: none is waited for, and all are found, with those that come then.
func TestEventsOfBeforeMoveIntoBlocksThoughTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	ctx := testenv.Context(t.Context(), "")
	st, bucket := kvtest.Open(t), &shelf{held: map[string][]byte{}}
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	const by = 5 * time.Hour
	s, stop := sitting(t, st, bucket, clock.NewFake(begin.Add(by)), nil)
	for i := range 200 {
		s.Audit(ctx, created(ctx, fmt.Sprint("before-", i)))
	}
	stop()
	c := clock.NewFake(begin)
	s, stop = sitting(t, st, bucket, c, setback.NewWalk(st, kv.NewKey("", "", "progress"), setback.Jump{By: by, Now: begin}))
	defer stop()
	if n, _, _ := count(t, st); n != 0 {
		t.Errorf("%d events are in no block", n)
	}
	for i := range 200 {
		s.Audit(ctx, created(ctx, fmt.Sprint("after-", i)))
		c.Advance(time.Millisecond)
	}
	c.Advance(foldBehind)
	testenv.Eventually(t, "those of after are folded", func() bool { n, _, _ := count(t, st); return n < 128 })
	found := 0
	err := st.View(t.Context(), func(tx *kv.Tx) error {
		events, err := home{testenv.Account, testenv.Region}.history().Find(tx, history.Query{To: math.MaxInt64, With: &history.Attribute{Key: "EventName", Value: "CreateQueue"}, Limit: 1000})
		found = len(events)
		return err
	})
	if err != nil || found != 400 {
		t.Errorf("%d events, %v", found, err)
	}
}
