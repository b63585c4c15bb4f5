package attr

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/wire"
)

// everything is an item with a value of each type.
func everything() Item {
	ss, _ := NewSet(StringSet, []Value{Str("b"), Str("a")})
	ns, _ := NewSet(NumberSet, []Value{Num("10"), Num("9"), Num("-1")})
	bs, _ := NewSet(BinarySet, []Value{{Kind: Binary, Text: "\x00"}, {Kind: Binary, Text: "x"}})
	return Item{
		{"b", Value{Kind: Binary, Text: "\x00\xff"}},
		{"bool", Value{Kind: Bool, Bool: true}},
		{"bs", bs},
		{"l", Value{Kind: List, List: []Value{Str("x"), {Kind: Null}, {Kind: List, List: []Value{}}}}},
		{"m", Value{Kind: Map, Map: Item{{"a", Num("1")}, {"b", Value{Kind: Map, Map: Item{}}}}}},
		{"n", Num("-1.5")},
		{"ns", ns},
		{"null", Value{Kind: Null}},
		{"s", Str("hello")},
		{"ss", ss},
	}
}

const everythingInJSON = `{"Item":{"b":{"B":"AP8="},"bool":{"BOOL":true},"bs":{"BS":["AA==","eA=="]},` +
	`"l":{"L":[{"S":"x"},{"NULL":true},{"L":[]}]},"m":{"M":{"a":{"N":"1"},"b":{"M":{}}}},"n":{"N":"-1.5"},` +
	`"ns":{"NS":["-1","9","10"]},"null":{"NULL":true},"s":{"S":"hello"},"ss":{"SS":["a","b"]}}}`

func TestItemsSurviveTheirEncoding(t *testing.T) {
	t.Parallel()
	want := everything()
	got, err := Decode(want.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !EqualItems(want, got) {
		t.Error("EqualItems is false")
	}
}

func TestSizeFollowsTheDocumentedRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		item Item
		want int
	}{
		"string":     {Item{{"ab", Str("cde")}}, 5},
		"number":     {Item{{"a", Num("12345")}}, 5},
		"bool":       {Item{{"a", Value{Kind: Bool}}}, 2},
		"null":       {Item{{"a", Value{Kind: Null}}}, 2},
		"empty list": {Item{{"a", Value{Kind: List}}}, 4},
		"list":       {Item{{"a", Value{Kind: List, List: []Value{Str("xy")}}}}, 7},
		"map":        {Item{{"a", Value{Kind: Map, Map: Item{{"k", Str("xy")}}}}}, 8},
		"set":        {Item{{"a", Value{Kind: StringSet, List: []Value{Str("x"), Str("yz")}}}}, 4},
		"unicode":    {Item{{"a", Str("é")}}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.item.Size(); got != tt.want {
				t.Errorf("size %d, want %d", got, tt.want)
			}
		})
	}
}

// An update may make an item of billions of elements from a few that it shares.
// That it is too large is known without counting them.
func TestSizeUpToCountsNoFurther(t *testing.T) {
	t.Parallel()
	item := everything()
	for limit := range item.Size() + 2 {
		if got := item.SizeUpTo(limit); got != item.Size() && got <= limit {
			t.Errorf("size %d up to %d, want %d or more than the limit", got, limit, item.Size())
		}
	}
	for name, double := range map[string]func(v Value) Value{
		"lists": func(v Value) Value { return Value{Kind: List, List: []Value{v, v}} },
		"maps":  func(v Value) Value { return Value{Kind: Map, Map: Item{{"a", v}, {"b", v}}} },
	} {
		v := Value{Kind: Null}
		for range 60 {
			v = double(v)
		}
		if got := (Item{{"a", v}}).SizeUpTo(MaxItem); got <= MaxItem {
			t.Errorf("%s: size %d", name, got)
		}
	}
}

func TestAttributesAreFoundByName(t *testing.T) {
	t.Parallel()
	var m Item
	for _, n := range strings.Split("k c x a m b z y d e f g", " ") {
		m = append(m, Attr{n, Str(n)})
		m.Sort()
		for _, a := range m {
			if m.Get(a.Name).Text != a.Name || !m.Has(a.Name) {
				t.Errorf("%s is not found in %v", a.Name, m)
			}
		}
		for _, n := range []string{"", "bb", "zz"} {
			if m.Has(n) || m.Get(n).Kind != Missing {
				t.Errorf("%q is found in %v", n, m)
			}
		}
	}
}

func TestSetsAreSortedAndRefuseDuplicates(t *testing.T) {
	t.Parallel()
	if _, ok := NewSet(StringSet, []Value{Str("a"), Str("b"), Str("a")}); ok {
		t.Error("a duplicate got in")
	}
	a, _ := NewSet(NumberSet, []Value{Num("2"), Num("10")})
	b, _ := NewSet(NumberSet, []Value{Num("10"), Num("1")})
	if got := Union(a, b); !Equal(got, Value{Kind: NumberSet, List: []Value{Num("1"), Num("2"), Num("10")}}) {
		t.Errorf("union: %v", got)
	}
	if got := Minus(a, b); !Equal(got, Value{Kind: NumberSet, List: []Value{Num("2")}}) {
		t.Errorf("minus: %v", got)
	}
	if !a.HasMember(Num("10")) || a.HasMember(Num("1")) {
		t.Error("10 is a member, and 1 is not")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(everything().Encode())
	f.Add([]byte{formatVersion, 1, 1, 'a', byte(List), 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b)
		if emitted := Raw(b).Emit(discard{}); (emitted == nil) != (err == nil) {
			t.Errorf("decoded: %v, emitted: %v", err, emitted)
		}
		if err != nil {
			return
		}
		again, err := Decode(m.Encode())
		if err != nil || !bytes.Equal(again.Encode(), m.Encode()) {
			t.Errorf("%v, then %v (%v)", m, again, err)
		}
	})
}

// discard is a wire.Sink that keeps nothing.
type discard struct{}

func (discard) BeginMap(int)  {}
func (discard) Member(string) {}
func (discard) Key([]byte)    {}
func (discard) EndMap()       {}
func (discard) BeginList(int) {}
func (discard) EndList()      {}
func (discard) Text([]byte)   {}
func (discard) Blob([]byte)   {}
func (discard) Bool(bool)     {}

func (discard) Tagged(string, []byte) {}

// Items go from their stored form into replies without becoming Values.
func TestRawItemsAreRepliesAsTheAPIHasThem(t *testing.T) {
	t.Parallel()
	out := &dynamodb.GetItemOutput{Item: Reply(everything())}
	for i := range dynamodb.Model.Operations {
		op := &dynamodb.Model.Operations[i]
		if op.Name != "GetItem" {
			continue
		}
		got, err := wire.ToJSON(dynamodb.Model, op, out)
		if err != nil || string(got) != everythingInJSON {
			t.Errorf("%s, %v, want %s", got, err, everythingInJSON)
		}
	}
	if Reply(nil) != nil || Raw(nil).Reply() != nil {
		t.Error("no item is something")
	}
}
