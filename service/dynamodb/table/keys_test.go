package table

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/attr"
)

// sample is a table with a sort key of bytes.
func sample() *Table {
	t := &Table{ID: "t", Account: "0", Region: "r", Name: "tab", Hash: "pk", Range: "sk"}
	t.derive()
	return t
}

// key is the key of an item.
func key(pk, sk string) attr.Item {
	return attr.Item{{Name: "pk", Value: attr.Str(pk)}, {Name: "sk", Value: attr.Value{Kind: attr.Binary, Text: sk}}}
}

// holds tells whether a key is in a range.
func holds(r kv.Range, k kv.Key) bool {
	return bytes.Compare(k, r.From) >= 0 && bytes.Compare(k, r.To) < 0
}

// FuzzRangesHoldWhatTheyShould compares each range of a partition with what it
// stands for, on sort keys with zeros and 0xff at awkward places.
func FuzzRangesHoldWhatTheyShould(f *testing.F) {
	awkward := []string{"a", "ab", "\x00", "a\x00", "a\x00\x00b", "\xff", "\xff\xff", "a\xff", "b", "\x00\xff"}
	for _, a := range awkward {
		for _, b := range awkward {
			f.Add(a, b)
		}
	}
	f.Fuzz(func(t *testing.T, at, bound string) {
		if at == "" || bound == "" {
			return
		}
		tab := sample()
		row, p, b := tab.Row(key("p", at)).Key, tab.Partition(nil, attr.Str("p")), []byte(bound)
		for name, tt := range map[string]struct {
			r    kv.Range
			want bool
		}{
			"all":         {p.All(), true},
			">=":          {p.From(b, false), at >= bound},
			">":           {p.From(b, true), at > bound},
			"<":           {p.Until(p.All(), b, false), at < bound},
			"<=":          {p.Until(p.All(), b, true), at <= bound},
			"=":           {p.Until(p.From(b, false), b, true), at == bound},
			"begins with": {p.Starting(b), strings.HasPrefix(at, bound)},
			"other":       {tab.Partition(nil, attr.Str("q")).All(), false},
		} {
			if got := holds(tt.r, row); got != tt.want {
				t.Errorf("%q %s %q: %v", at, name, bound, got)
			}
		}
	})
}

func TestSegmentsShareTheTable(t *testing.T) {
	t.Parallel()
	tab, r := sample(), rand.New(rand.NewPCG(1, 2))
	for _, total := range []int{1, 2, 3, 7, 64} {
		counts := make([]int, total)
		for range 2000 {
			k := tab.Row(key(fmt.Sprint(r.Uint64()), "s")).Key
			in := 0
			for s := range total {
				if holds(tab.Segment(nil, s, total), k) {
					counts[s]++
					in++
				}
			}
			if in != 1 {
				t.Fatalf("an item is in %d of %d segments", in, total)
			}
		}
		if total <= 7 && slices.Min(counts) < 2000/total/2 {
			t.Errorf("%d segments are uneven: %v", total, counts)
		}
	}
}

func TestExpiryReadsWholeSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"5": 5, "5.9": 5, "0": 0, "1800000000": 1_800_000_000} {
		if got, ok := Expiry(attr.Item{{Name: "ttl", Value: attr.Num(text)}}, "ttl"); !ok || got != want {
			t.Errorf("%s: %d, %v", text, got, ok)
		}
	}
	for _, v := range []attr.Value{attr.Num("-1"), attr.Str("5"), {}, attr.Num(strings.Repeat("9", 30))} {
		if _, ok := Expiry(attr.Item{{Name: "ttl", Value: v}}, "ttl"); ok {
			t.Errorf("%v expires", v)
		}
	}
}
