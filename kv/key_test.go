package kv_test

import (
	"bytes"
	"cmp"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"maru.dev/maru/kv"
)

// partsOf makes a tuple of what random bytes say.
func partsOf(raw []byte) []any {
	var parts []any
	number := func(n int) uint64 {
		var v uint64
		for i := range min(n, 8) {
			v |= uint64(raw[i]) << (8 * i)
		}
		return v
	}
	for len(raw) > 1 {
		kind, size := raw[0]%6, int(raw[0]/6)%9
		raw = raw[1:]
		size = min(size, len(raw))
		switch kind {
		case 0:
			parts = append(parts, string(raw[:size]))
		case 1:
			parts = append(parts, bytes.Clone(raw[:size]))
		case 2:
			parts = append(parts, size%2 == 0)
		case 3:
			parts = append(parts, int64(number(size))-int64(raw[0]))
		case 4:
			parts = append(parts, number(size))
		case 5:
			parts = append(parts, time.Unix(0, int64(number(size))-int64(raw[0])).UTC())
		}
		raw = raw[size:]
	}
	return parts
}

// rank orders the types of parts.
func rank(part any) int {
	switch part.(type) {
	case []byte:
		return 1
	case string:
		return 2
	case bool:
		return 3
	case int64:
		return 4
	case uint64:
		return 5
	default:
		return 6
	}
}

// compareParts orders two parts as keys must.
func compareParts(a, b any) int {
	if rank(a) != rank(b) {
		return cmp.Compare(rank(a), rank(b))
	}
	switch a := a.(type) {
	case []byte:
		return bytes.Compare(a, b.([]byte))
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		return bytes.Compare([]byte{truth(a)}, []byte{truth(b.(bool))})
	case int64:
		return cmp.Compare(a, b.(int64))
	case uint64:
		return cmp.Compare(a, b.(uint64))
	default:
		return a.(time.Time).Compare(b.(time.Time))
	}
}

// truth is 1 for true.
func truth(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// compareTuples orders two tuples: part by part, and the shorter first.
func compareTuples(a, b []any) int {
	for i := range min(len(a), len(b)) {
		if c := compareParts(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// FuzzKey wants each key to sort as its parts do, and to give them back.
func FuzzKey(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a, b := make([]byte, rng.IntN(24)), make([]byte, rng.IntN(24))
		for _, s := range [][]byte{a, b} {
			for i := range s {
				s[i] = byte(rng.IntN(256))
				if rng.IntN(3) == 0 {
					s[i] = byte(rng.IntN(2) * 255) // what is escaped
				}
			}
		}
		f.Add(a, b)
		f.Add(append(bytes.Clone(a), b...), a)
	}
	f.Fuzz(func(t *testing.T, rawA, rawB []byte) {
		a, b := partsOf(rawA), partsOf(rawB)
		keyA, keyB := kv.NewKey(a...), kv.NewKey(b...)
		if got, want := bytes.Compare(keyA, keyB), compareTuples(a, b); got != want {
			t.Errorf("%v and %v compare %d, want %d", a, b, got, want)
		}
		back, err := keyA.Parts()
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(a, back); diff != "" {
			t.Error(diff)
		}
		r := kv.Prefix(keyA)
		within := bytes.Compare(keyB, r.From) >= 0 && bytes.Compare(keyB, r.To) < 0
		if want := len(b) > len(a) && compareTuples(a, b[:len(a)]) == 0; within != want {
			t.Errorf("%v below %v: %v", b, a, within)
		}
		// Bytes that are no key give an error, never a panic.
		_, _ = kv.Key(rawA).Parts()
		_ = kv.Key(rawA).Scan(0, new(string), nil, new(int64))
		_ = kv.Key(rawA).String()
	})
}

func TestKeyScanFillsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))
	key := kv.NewKey("a", []byte("b"), true, -7, uint64(math.MaxUint64), at)
	var s string
	var b []byte
	var yes bool
	var i int64
	var u uint64
	var tm time.Time
	if err := key.Scan(0, &s, &b, &yes, &i, &u, &tm); err != nil {
		t.Fatal(err)
	}
	if s != "a" || string(b) != "b" || !yes || i != -7 || u != math.MaxUint64 || !tm.Equal(at) || tm.Location() != time.UTC {
		t.Error(s, b, yes, i, u, tm)
	}
	i = 0
	if err := key.Scan(2, nil, &i); err != nil || i != -7 {
		t.Error(i, err)
	}
	for name, err := range map[string]error{
		"wrong type":     key.Scan(0, &i),
		"too many":       key.Scan(5, nil, &i),
		"no such type":   key.Scan(3, new(int)),
		"not a key":      kv.Key("junk").Scan(0, &s),
		"cut in a part":  key[:len(key)-1].Scan(0, nil, nil, nil, nil, nil, &tm),
		"cut in a bytes": kv.NewKey("abc")[:3].Scan(0, &s),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got, want := key.String(), "/a/0x62/true/-7/18446744073709551615/2026-01-02T02:04:05.000000678Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeyTimesBeyondNanosecondsAreTheNearest(t *testing.T) {
	t.Parallel()
	order := []time.Time{{}, time.Unix(0, math.MinInt64+1), time.Unix(0, 0), time.Unix(0, math.MaxInt64-1), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	for i := range order[1:] {
		if bytes.Compare(kv.NewKey(order[i]), kv.NewKey(order[i+1])) >= 0 {
			t.Errorf("%v does not sort before %v", order[i], order[i+1])
		}
	}
}

func TestKeyOfAnotherTypePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	kv.NewKey(1.5)
}

func TestWithDoesNotShareMemory(t *testing.T) {
	t.Parallel()
	base := kv.NewKey("a", strings.Repeat("x", 50))[:20]
	a, b := base.With("1"), base.With("2")
	if bytes.Equal(a, b) {
		t.Error("two keys share their end")
	}
}

func TestARangeHoldsWhatAScanOfItFinds(t *testing.T) {
	t.Parallel()
	folder := kv.NewKey("a", "f")
	tests := map[string]struct {
		key  kv.Key
		want bool
	}{
		"below":       {folder.With("x"), true},
		"itself":      {folder, false},
		"before":      {kv.NewKey("a", "e", "x"), false},
		"behind":      {kv.NewKey("a", "g"), false},
		"a neighbour": {kv.NewKey("a", "ff", "x"), false},
	}
	for name, tt := range tests {
		if got := kv.Prefix(folder).Holds(tt.key); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
