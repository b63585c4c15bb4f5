package pattern

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// chance makes random patterns and events over few names and values, so that
// they often meet.
type chance struct{ *rand.Rand }

func (c chance) text() string {
	return c.one("", "a", "A", "ab", "AB", "aB", "abc", "b", "ba", "K", "\u212a", "10.0.0.1", "10.0.1.1", "::1", "é", "É").(string)
}

func (c chance) one(choices ...any) any { return choices[c.IntN(len(choices))] }

func (c chance) scalar() any {
	return c.one(nil, true, false, c.IntN(5), -c.IntN(3), 1.5, c.text(), c.text(), c.text())
}

func (c chance) event(depth int) any {
	object := map[string]any{}
	for range c.IntN(5) {
		object[c.one("x", "y", "z", "$or").(string)] = c.value(depth)
	}
	return object
}

func (c chance) value(depth int) any {
	switch n := c.IntN(10); {
	case n < 2 && depth < 3:
		return c.event(depth + 1)
	case n < 4 && depth < 3:
		list := []any{}
		for range c.IntN(4) {
			list = append(list, c.value(depth+1))
		}
		return list
	}
	return c.scalar()
}

func (c chance) pattern(depth int) any {
	object := map[string]any{}
	for range 1 + c.IntN(3) {
		switch name := c.one("x", "y", "z"); {
		case depth < 2 && c.IntN(3) == 0:
			object[name.(string)] = c.pattern(depth + 1)
		case depth < 2 && c.IntN(6) == 0:
			object["$or"] = []any{c.pattern(depth + 1), c.pattern(depth + 1)}
		default:
			tests := []any{}
			for range 1 + c.IntN(3) {
				tests = append(tests, c.test())
			}
			object[name.(string)] = tests
		}
	}
	return object
}

func (c chance) test() any {
	end := c.one("prefix", "suffix").(string)
	switch c.IntN(14) {
	case 0:
		return map[string]any{end: c.text()}
	case 1:
		return map[string]any{end: map[string]any{"equals-ignore-case": c.text()}}
	case 2:
		return map[string]any{"equals-ignore-case": c.text()}
	case 3:
		return map[string]any{"wildcard": c.one("*", "a*", "*b", "a*c", "*b*", "ab", "", "*a*b*", "*0.1*")}
	case 4:
		return map[string]any{"anything-but": c.one("a", 1, []any{"a", "b"}, map[string]any{end: "a"}, map[string]any{"wildcard": "a*"})}
	case 5:
		return map[string]any{"numeric": c.one([]any{">", 1}, []any{"=", 1.5}, []any{">=", 0, "<", 3}, []any{"=", 0}, []any{"<", -1}, []any{">=", -2, "<=", 1.5}, []any{">", 1.5, "<", 4})}
	case 6:
		return map[string]any{"cidr": c.one("10.0.0.0/24", "10.0.0.0/8", "::/64", "0.0.0.0/0")}
	case 7:
		return map[string]any{"exists": c.IntN(2) == 0}
	}
	return c.scalar()
}

// A set finds just those patterns that match by themselves, whatever was added
// and removed before.
func TestSetAgreesWithEachPattern(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		c := chance{rand.New(rand.NewPCG(seed, 1))}
		set, all := NewSet[int](), map[int]*Pattern{}
		for step := range 400 {
			key := c.IntN(200)
			if c.IntN(4) == 0 {
				set.Remove(key)
				delete(all, key)
			} else {
				p := compileJSON(t, c.pattern(0))
				set.Add(key, p)
				all[key] = p
			}
			if set.Len() != len(all) {
				t.Fatalf("%d patterns, want %d", set.Len(), len(all))
			}
			if step%4 != 0 {
				continue
			}
			text, err := json.Marshal(c.event(0))
			if err != nil {
				t.Fatal(err)
			}
			agree(t, set, all, text)
		}
		for key := range all {
			set.Remove(key)
		}
		if set.root.size != 0 || set.root.field.path != nil {
			t.Errorf("the empty set still has %+v", set.root)
		}
	}
}

// agree holds a set against its patterns.
func agree(t *testing.T, set *Set[int], all map[int]*Pattern, text []byte) {
	t.Helper()
	e, err := ParseEvent(text)
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[int]bool{}, map[int]bool{}
	for _, key := range set.Match(e) {
		if got[key] {
			t.Fatalf("%d matches twice", key)
		}
		got[key] = true
	}
	for key, p := range all {
		if p.MatchEvent(e) {
			want[key] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("event %s: %s", text, diff)
	}
}

func compileJSON(tb testing.TB, v any) *Pattern {
	tb.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := Compile(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestSetReturnsKeysInTheOrderOfAddition(t *testing.T) {
	t.Parallel()
	set := NewSet[string]()
	for _, key := range []string{"c", "a", "b"} {
		set.Add(key, compileJSON(t, map[string]any{"x": []any{1}}))
	}
	e, _ := ParseEvent([]byte(`{"x":1}`))
	if diff := cmp.Diff([]string{"c", "a", "b"}, set.Match(e)); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkSetMatch matches one event, of which one rule wants to know, against
// sets of several sizes and shapes.
func BenchmarkSetMatch(b *testing.B) {
	shapes := map[string]func(i int) string{
		"values": func(i int) string {
			return fmt.Sprintf(`{"source":["shop"],"detail-type":["order"],"detail":{"id":["o-%d"]}}`, i)
		},
		"sources": func(i int) string { return fmt.Sprintf(`{"source":["shop-%d"],"detail":{"state":["paid","sent"]}}`, i) },
		"prefixes": func(i int) string {
			return fmt.Sprintf(`{"source":["shop"],"detail":{"id":[{"prefix":"o-%d"}],"amount":[{"numeric":[">",%d]}]}}`, i, i%7)
		},
		"ranges":    func(i int) string { return fmt.Sprintf(`{"detail":{"amount":[{"numeric":[">=",%d,"<",%d]}]}}`, i, i+1) },
		"wildcards": func(i int) string { return fmt.Sprintf(`{"detail":{"user":{"name":[{"wildcard":"*-%d-*"}]}}}`, i) },
		"mixed": func(i int) string {
			return fmt.Sprintf(`{"source":["shop"],"$or":[{"detail":{"id":["o-%d"]}},{"detail":{"user":{"name":[{"suffix":"-%d-"}]}}}]}`, i, i)
		},
	}
	e, err := ParseEvent([]byte(`{"version":"0","id":"1","source":"shop","detail-type":"order","account":"1","region":"r","resources":[],
		"detail":{"id":"o-0","state":"paid","amount":0.5,"user":{"name":"n-0-","tags":["a","b","c"]}}}`))
	if err != nil {
		b.Fatal(err)
	}
	for shape, text := range shapes {
		for _, n := range []int{1, 100, 10_000} {
			set := NewSet[int]()
			for i := range n {
				p, err := Compile([]byte(text(i)))
				if err != nil {
					b.Fatal(err)
				}
				set.Add(i, p)
			}
			b.Run(fmt.Sprintf("%s/%d", shape, n), func(b *testing.B) {
				for b.Loop() {
					set.Match(e)
				}
			})
		}
	}
}
