package expr

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"

	"maru.dev/maru/service/dynamodb/attr"
)

// load is an update and what it is applied to.
type load struct {
	text   string
	item   attr.Item
	values map[string]attr.Value
}

// perAction is how many elements, members or attributes there are to an action.
const perAction = 20

// loads are shapes of updates, by their number of actions.
var loads = map[string]func(n int) load{
	"REMOVE of elements":   func(n int) load { return load{"REMOVE " + many(n, "l[%d]"), listsOf(1, n*perAction), nil} },
	"REMOVE in elements":   func(n int) load { return load{"REMOVE " + many(n, "l[%d].a"), listOfMaps(n * perAction), nil} },
	"REMOVE of attributes": func(n int) load { return load{"REMOVE " + many(n, "a%05d"), numbered(n * perAction), nil} },
	"SET of elements":      func(n int) load { return load{"SET " + many(n, "l[%d]=:v"), listsOf(1, n*perAction), one()} },
	"SET in elements":      func(n int) load { return load{"SET " + many(n, "l[%d].b=:v"), listOfMaps(n * perAction), one()} },
	"SET beyond a list":    func(n int) load { return load{"SET " + many(n, "l[9%04d]=:v"), listsOf(1, n*perAction), one()} },
	"SET of attributes":    func(n int) load { return load{"SET " + many(n, "a%05d=:v"), numbered(n * perAction), one()} },
	"SET of new ones":      func(n int) load { return load{"SET " + many(n, "b%d=:v"), numbered(n * perAction), one()} },
	"SET in a map": func(n int) load {
		return load{"SET " + many(n, "m.n.a%05d=:v"), attr.Item{{Name: "m", Value: mapOf(attr.Attr{Name: "n", Value: mapOf(numbered(n * perAction)...)})}}, one()}
	},
	"SET from elements": func(n int) load { return load{"SET " + many(n, "b%d=l[%[1]d]"), listsOf(1, n*perAction), nil} },
	"list_append in list_append": func(n int) load {
		return load{"SET l=" + strings.Repeat("list_append(", n) + "l" + strings.Repeat(",:v)", n), listsOf(1, n*perAction), map[string]attr.Value{":v": list(attr.Num("1"))}}
	},
	"list_append around list_append": func(n int) load {
		return load{"SET l=" + strings.Repeat("list_append(:v,", n) + "l" + strings.Repeat(")", n), listsOf(1, n*perAction), map[string]attr.Value{":v": list(attr.Num("1"))}}
	},
	"list_append to many": func(n int) load {
		return load{"SET " + many(n, "l%d=list_append(l%[1]d,:v)"), listsOf(n, perAction), map[string]attr.Value{":v": list(attr.Num("1"))}}
	},
	"ADD to a number": func(n int) load { return load{"ADD " + many(n, "a%05d :v"), numbered(n * perAction), one()} },
	"ADD to sets": func(n int) load {
		return load{"ADD " + many(n, "s%d :v"), setsOf(n, perAction), map[string]attr.Value{":v": setOf("x")}}
	},
	"ADD of a set": func(n int) load {
		return load{"ADD s0 :v", setsOf(1, n*perAction), map[string]attr.Value{":v": setOf("x")}}
	},
	"DELETE from sets": func(n int) load {
		return load{"DELETE " + many(n, "s%d :v"), setsOf(n, perAction), map[string]attr.Value{":v": setOf("x")}}
	},
	"DELETE of a large set": func(n int) load {
		return load{"DELETE " + many(n, "s%d :v"), setsOf(n, 1), map[string]attr.Value{":v": setsOf(1, n*perAction)[0].Value}}
	},
}

// many is a format of numbers, n times.
func many(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(parts, ",")
}

// one is the placeholders of an update with one value.
func one() map[string]attr.Value { return map[string]attr.Value{":v": attr.Num("1")} }

// numbered are n attributes.
func numbered(n int) attr.Item {
	m := make(attr.Item, n)
	for i := range m {
		m[i] = attr.Attr{Name: fmt.Sprintf("a%05d", i), Value: attr.Num("7")}
	}
	return m
}

// listsOf is an item of n lists: l, or l0, l1 and so on.
func listsOf(n, size int) attr.Item {
	m := make(attr.Item, n)
	for i := range m {
		m[i] = attr.Attr{Name: "l", Value: list(slices.Repeat([]attr.Value{attr.Num("7")}, size)...)}
		if n > 1 {
			m[i].Name = fmt.Sprintf("l%d", i)
		}
	}
	m.Sort()
	return m
}

// listOfMaps is an item with a list of n maps.
func listOfMaps(n int) attr.Item {
	maps := make([]attr.Value, n)
	for i := range maps {
		maps[i] = mapOf(attr.Attr{Name: "a", Value: attr.Num("7")})
	}
	return attr.Item{{Name: "l", Value: list(maps...)}}
}

// setsOf is an item of n sets: s0, s1 and so on.
func setsOf(n, size int) attr.Item {
	m := make(attr.Item, n)
	for i := range m {
		members := make([]string, size)
		for j := range members {
			members[j] = fmt.Sprintf("m%d", j)
		}
		m[i] = attr.Attr{Name: fmt.Sprintf("s%d", i), Value: setOf(members...)}
	}
	m.Sort()
	return m
}

// apply parses and applies the update.
func (l load) apply(tb testing.TB) attr.Item {
	tb.Helper()
	u, err := ParseUpdate(l.text, NewParams(nil, l.values))
	if err != nil {
		tb.Fatal(err)
	}
	out, err := u.Apply(l.item)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	const rounds = 5
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / rounds
}

// What an update costs grows with the item and the expression: of four times
// the size, both allocate about four times as much, and not sixteen times.
// It counts what the whole process allocates, so nothing may run beside it.
func TestUpdatesCostWhatTheItemAndTheExpressionAre(t *testing.T) {
	for name, build := range loads {
		few, many := build(35), build(140)
		few.apply(t) // what is made once is made
		if a, b := allocated(func() { few.apply(t) }), allocated(func() { many.apply(t) }); b > 6*a {
			t.Errorf("%s: 35 actions allocate %d bytes, 140 %d", name, a, b)
		}
	}
}

// The legacy AttributeUpdates have no limit to how many there are.
// It counts what the whole process allocates, so nothing may run beside it.
func TestLegacyUpdatesCostWhatTheyAre(t *testing.T) {
	cost := func(n int) uint64 {
		var changes []Change
		for _, a := range numbered(n) {
			changes = append(changes, Change{a.Name, "PUT", a.Value})
		}
		return allocated(func() {
			u, err := LegacyUpdate(changes)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := u.Apply(nil); err != nil || len(out) != n {
				t.Error(len(out), err)
			}
		})
	}
	if a, b := cost(500), cost(2000); b > 6*a {
		t.Errorf("500 changes allocate %d bytes, 2000 %d", a, b)
	}
}

func BenchmarkUpdate(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(loads)) {
		for _, n := range []int{35, 70, 140} {
			l := loads[name](n)
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					l.apply(b)
				}
			})
		}
	}
}

// BenchmarkUpdateSmall is an update as most are.
func BenchmarkUpdateSmall(b *testing.B) {
	l := load{"SET n = n + :v, m.k = :v REMOVE b", sample(), one()}
	b.ReportAllocs()
	for b.Loop() {
		l.apply(b)
	}
}
