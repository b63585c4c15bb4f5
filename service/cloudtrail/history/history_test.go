package history

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/ids"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/service/cloudtrail/record"
)

// log is the history that the tests write.
var log = New(kv.NewKey("000000000000", "us-east-1", "cloudtrail")) //nolint:gochecknoglobals // a constant

// counted is a source of IDs that are the same each time.
func counted() ids.Source {
	return ids.New(new(counter))
}

// counter is random bytes that count.
type counter uint64

// Read implements io.Reader.
func (c *counter) Read(b []byte) (int, error) {
	*c++
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(*c))
	for i := range b {
		b[i] = raw[7-i%8]
	}
	return len(b), nil
}

// event is an event at a time, one of a few kinds.
func event(source ids.Source, nanos int64, kind int) Event {
	e := Event{
		Place: Place{Nanos: nanos, ID: source.TimeUUID(time.Unix(0, nanos))}, Name: fmt.Sprint("Operation", kind%5), Source: fmt.Sprintf("s%d.amazonaws.com", kind%3),
		ReadOnly: kind%2 == 0, User: "ann", JSON: []byte(strings.Repeat(fmt.Sprintf(`{"kind":%d}`, kind), 20)),
	}
	if kind%7 == 0 {
		e.ID = source.UUID() // as events of earlier programs have
	}
	if kind%4 == 0 {
		e.Resources = []record.Resource{{Type: "AWS::SQS::Queue", Name: fmt.Sprint("queue-", kind%11)}}
	}
	return e
}

// update runs a transaction.
func update(t testing.TB, st *kv.Store, do func(tx *kv.Tx) error) {
	t.Helper()
	if err := st.Update(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

// add adds events in a transaction.
func add(t testing.TB, st *kv.Store, events ...Event) {
	t.Helper()
	update(t, st, func(tx *kv.Tx) error {
		_, err := log.Add(tx, events)
		return err
	})
}

// fold folds all that is older than a time.
func fold(t testing.TB, st *kv.Store, before int64) {
	t.Helper()
	if _, err := log.Fold(context.Background(), st, before); err != nil {
		t.Fatal(err)
	}
}

// find asks the store.
func find(t testing.TB, st *kv.Store, q Query) (found []Event) {
	t.Helper()
	err := st.View(context.Background(), func(tx *kv.Tx) (err error) {
		found, err = log.Find(tx, q)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// expected is what a query should find among all events.
func expected(all []Event, q Query) (found []Event) {
	for _, e := range all {
		if q.wants(&e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b Event) int { return b.compare(a.Place) })
	return found[:min(len(found), q.Limit)]
}

// same tells whether events are the same; it is quick with large ones.
func same(a, b []Event) bool {
	return slices.EqualFunc(a, b, func(a, b Event) bool { return reflect.DeepEqual(a, b) })
}

// pages asks for all pages of a query.
func pages(t testing.TB, st *kv.Store, q Query) (found []Event) {
	t.Helper()
	for {
		page := find(t, st, q)
		found = append(found, page...)
		if len(page) < q.Limit {
			return found
		}
		q.After = &page[len(page)-1].Place
	}
}

func TestWhatIsFoldedIsFoundAsBefore(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	source := counted()
	st := kvtest.Open(t)
	var all []Event
	now := int64(1_750_000_000_000_000_000)
	for range 12 {
		for range random.IntN(300) {
			now += random.Int64N(2_000_000)
			at := now
			if random.IntN(40) == 0 {
				at -= random.Int64N(500_000_000) // it comes late
			}
			e := event(source, at, random.IntN(1000))
			all = append(all, e)
			add(t, st, e)
		}
		fold(t, st, now-random.Int64N(20_000_000))
		for range 20 {
			q := Query{From: 0, To: math.MaxInt64, Limit: 1 + random.IntN(60)}
			some := all[random.IntN(len(all))]
			own := some.attributes()
			switch random.IntN(4) {
			case 0:
				q.With = &own[random.IntN(len(own))]
			case 1:
				q.With = &Attribute{api.LookupAttributeKeyEventId, some.ID}
			case 2:
				q.From, q.To = some.Nanos-random.Int64N(1e9), some.Nanos+random.Int64N(1e9)
				q.With = &own[random.IntN(len(own))]
			}
			if random.IntN(2) == 0 {
				q.After = &all[random.IntN(len(all))].Place
			}
			if want, got := expected(all, q), find(t, st, q); !same(want, got) {
				t.Fatalf("%+v finds %d events, not %d, or others", q, len(got), len(want))
			}
		}
	}
	whole := Query{To: math.MaxInt64, Limit: 50}
	everything := whole
	everything.Limit = len(all)
	if want, got := expected(all, everything), pages(t, st, whole); !same(want, got) {
		t.Errorf("page by page there are %d events, not %d, or others", len(got), len(want))
	}
	if n := rows(t, st, "e"); n >= blockEvents*2 {
		t.Errorf("%d events are in no block", n)
	}
}

// rows counts the rows of a kind.
func rows(t testing.TB, st *kv.Store, kind string) (n int) {
	t.Helper()
	err := st.View(context.Background(), func(tx *kv.Tx) error {
		n = 0
		for _, err := range tx.Scan(kv.Prefix(log.prefix.With(kind))) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFoldThatIsCutOffLosesNothing(t *testing.T) {
	t.Parallel()
	const batch = 100
	work := func(st *kv.Store, ack func()) {
		source := counted()
		for i := range 3 {
			events := []Event{event(source, 5e5, i)} // it comes late: its place is in the first block
			for j := range batch - 1 {
				events = append(events, event(source, int64(i*batch+j)*1e6, i+j))
			}
			add(t, st, events...)
			ack()
			fold(t, st, math.MaxInt64)
		}
	}
	check := func(st *kv.Store, acked int) {
		all := pages(t, st, Query{To: math.MaxInt64, Limit: 50})
		if n := len(all) / batch; n < acked || n > acked+1 || len(all)%batch != 0 {
			t.Errorf("%d events, where %d times %d were acknowledged", len(all), acked, batch)
		}
		name := Attribute{api.LookupAttributeKeyEventName, "Operation1"}
		some := pages(t, st, Query{To: math.MaxInt64, Limit: 50, With: &name})
		if want := expected(all, Query{To: math.MaxInt64, Limit: len(all), With: &name}); !same(want, some) {
			t.Errorf("by name %d, among all %d", len(some), len(want))
		}
	}
	kvtest.Crash(t, work, check)
}

func TestWhatIsOldIsRemovedWithItsIndex(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	source := counted()
	for i := range 1000 {
		e := event(source, int64(i), i)
		add(t, st, e)
		if i == 899 {
			fold(t, st, math.MaxInt64)
		}
	}
	expire := func(cutoff int64) {
		for more := true; more; {
			update(t, st, func(tx *kv.Tx) (err error) {
				more, err = log.Expire(tx, cutoff)
				return err
			})
		}
	}
	expire(500)
	left := pages(t, st, Query{To: math.MaxInt64, Limit: 50})
	if n := len(left); n < 500 || n > 500+blockEvents {
		t.Errorf("%d events are left", n)
	}
	expire(1000)
	for _, kind := range []string{"e", "b", "i"} {
		if n := rows(t, st, kind); n != 0 {
			t.Errorf("%d rows of %s are left", n, kind)
		}
	}
}

func TestLargeEventsStandAlone(t *testing.T) {
	t.Parallel()
	st := kvtest.Open(t)
	source := counted()
	var all []Event
	for i := range blockEvents {
		e := event(source, int64(i), i)
		e.JSON = make([]byte, 250<<10)
		for j := range e.JSON {
			e.JSON[j] = byte(rand.Uint32()) // nothing packs it
		}
		all = append(all, e)
		add(t, st, e)
	}
	fold(t, st, math.MaxInt64)
	q := Query{To: math.MaxInt64, Limit: blockEvents}
	if !same(expected(all, q), find(t, st, q)) {
		t.Error("events are not as they were")
	}
	if n := rows(t, st, "b"); n != blockEvents/2 {
		t.Errorf("%d blocks", n)
	}
}

// FuzzBlock reads blocks that nobody has written.
func FuzzBlock(f *testing.F) {
	b := block{[]Event{event(counted(), 1, 4), event(counted(), 2, 7)}}
	form, _ := b.AppendFixed(nil)
	f.Add(form)
	f.Fuzz(func(t *testing.T, form []byte) {
		var b block
		if b.ReadFixed(form) != nil {
			return
		}
		again, ok := b.AppendFixed(nil)
		if !ok {
			t.Fatal("what was read is not written")
		}
		var c block
		if err := c.ReadFixed(again); err != nil || !same(b.Events, c.Events) {
			t.Errorf("%+v\n%+v\n%v", b, c, err)
		}
	})
}
