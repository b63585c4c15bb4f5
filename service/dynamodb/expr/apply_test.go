package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"maru.dev/maru/service/dynamodb/attr"
)

// source makes items and paths that often meet.
type source struct{ *rand.Rand }

// attributes returns a map of values, none of them deeper than depth.
func (r source) attributes(depth int) attr.Item {
	m := attr.Item{}
	for _, name := range []string{"a", "b", "c", "d"} {
		if r.IntN(4) > 0 {
			m = append(m, attr.Attr{Name: name, Value: r.value(depth)})
		}
	}
	return m
}

func (r source) value(depth int) attr.Value {
	switch k := r.IntN(5); {
	case depth > 0 && k < 2:
		return mapOf(r.attributes(depth - 1)...)
	case depth > 0 && k < 4:
		elements := make([]attr.Value, r.IntN(5))
		for i := range elements {
			elements[i] = r.value(depth - 1)
		}
		return list(elements...)
	}
	return attr.Num(strconv.Itoa(r.IntN(100)))
}

// paths returns paths of which no two clash.
func (r source) paths() []Path {
	var paths []Path
	for range 1 + r.IntN(8) {
		path := Path{{Name: string(rune('a' + r.IntN(5)))}}
		for range r.IntN(4) {
			if r.IntN(2) == 0 {
				path = append(path, Step{Name: string(rune('a' + r.IntN(5)))})
			} else {
				path = append(path, Step{Index: r.IntN(7)})
			}
		}
		if !slices.ContainsFunc(paths, func(p Path) bool { return clash(p, path) != "" }) {
			paths = append(paths, path)
		}
	}
	return paths
}

// tree is a value that is changed in place.
type tree struct {
	leaf     attr.Value
	kids     map[string]*tree
	list     []*tree // nil is gone
	appended map[int]*tree
}

func plant(v attr.Value) *tree {
	t := &tree{leaf: v, kids: map[string]*tree{}, appended: map[int]*tree{}}
	for _, a := range v.Map {
		t.kids[a.Name] = plant(a.Value)
	}
	for _, e := range v.List {
		t.list = append(t.list, plant(e))
	}
	return t
}

func (t *tree) value() attr.Value {
	v := attr.Value{Kind: t.leaf.Kind}
	switch v.Kind {
	case attr.Map:
		for name, kid := range t.kids {
			v.Map = append(v.Map, attr.Attr{Name: name, Value: kid.value()})
		}
		v.Map.Sort()
	case attr.List:
		for _, e := range t.list {
			if e != nil {
				v.List = append(v.List, e.value())
			}
		}
		for i := range 10 {
			if e := t.appended[i]; e != nil {
				v.List = append(v.List, e.value())
			}
		}
	default:
		return t.leaf
	}
	return v
}

// put sets or, if v is Missing, removes what is at path. It is false when the
// path leads nowhere.
func (t *tree) put(path Path, v attr.Value) bool {
	step, gone := path[0], v.Kind == attr.Missing
	beyond := step.Name == "" && step.Index >= len(t.list)
	switch {
	case step.Name != "" && t.leaf.Kind != attr.Map, step.Name == "" && t.leaf.Kind != attr.List:
		return false
	case len(path) > 1 && step.Name != "":
		return t.kids[step.Name] != nil && t.kids[step.Name].put(path[1:], v)
	case len(path) > 1:
		return !beyond && t.list[step.Index].put(path[1:], v)
	case step.Name != "" && gone:
		delete(t.kids, step.Name)
	case step.Name != "":
		t.kids[step.Name] = plant(v)
	case beyond && !gone:
		t.appended[step.Index] = plant(v)
	case !beyond && gone:
		t.list[step.Index] = nil
	case !beyond:
		t.list[step.Index] = plant(v)
	}
	return true
}

// All actions of an update see the item as it was: it does what they do one by
// one in any order, when indexes keep their meaning until the end.
func TestUpdatesDoWhatTheirActionsDoOneByOne(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5_000) {
		r := source{rand.New(rand.NewPCG(seed, 0))}
		item := r.attributes(3)
		root := plant(mapOf(item...))
		u, leads := &Update{}, true
		for i, path := range r.paths() {
			a := action{section: set, path: path, value: &node{op: opValue, value: attr.Str(strconv.Itoa(i))}}
			if r.IntN(2) == 0 {
				a = action{section: remove, path: path, value: &node{}}
			}
			u.actions = append(u.actions, a)
			leads = root.put(path, a.value.value) && leads
		}
		got, err := u.Apply(item)
		if want := root.value().Map; (err == nil) != leads || leads && !attr.EqualItems(got, want) {
			t.Fatalf("seed %d: %v, %v:\n got %v\nwant %v", seed, u.Paths(), err, got, want)
		}
	}
}

// An item goes to streams, indexes and replies as it was before the update, so
// nothing that it is made of is written to: not even the room behind a list.
func TestUpdatesLeaveTheOldItemAsItWas(t *testing.T) {
	t.Parallel()
	for name, build := range loads {
		l := build(20)
		for i := range l.item {
			if v := &l.item[i].Value; v.Kind == attr.List || v.Kind.IsSet() {
				v.List = slices.Concat(v.List, slices.Repeat([]attr.Value{attr.Str("behind")}, 100))[:len(v.List)]
			}
		}
		for _, item := range []attr.Item{l.item, l.apply(t)} { // what an update has made is like any other
			before := item.Encode()
			l.item = item
			u, err := ParseUpdate(l.text, NewParams(nil, l.values))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = u.Apply(item) // the second time, some find nothing
			if after := item.Encode(); string(after) != string(before) {
				t.Errorf("%s: the old item has changed", name)
			}
			for _, a := range item {
				for _, v := range a.Value.List[len(a.Value.List):cap(a.Value.List)] {
					if v.Kind != attr.Missing && v.Text != "behind" {
						t.Errorf("%s: the room behind %s is written to", name, a.Name)
					}
				}
			}
		}
	}
}

// Some cases that would differ if the actions saw one another.
func TestUpdatesMeanTheListAsItWas(t *testing.T) {
	t.Parallel()
	item := attr.Item{{Name: "l", Value: list(attr.Str("p"), attr.Str("q"))}}
	tests := map[string][]attr.Value{
		"SET l[5] = :one REMOVE l[2]":              {attr.Str("p"), attr.Str("q"), attr.Num("1")},
		"SET l[5] = :one REMOVE l[1]":              {attr.Str("p"), attr.Num("1")},
		"REMOVE l[1], l[0]":                        {},
		"REMOVE l[0] SET l[9] = l[0], l[8] = l[1]": {attr.Str("q"), attr.Str("q"), attr.Str("p")},
		"SET l[4] = :list, l[3] = :one":            {attr.Str("p"), attr.Str("q"), attr.Num("1"), list(attr.Num("1"))},
		"SET l[3] = :list, l[2][5] = :one":         nil,
		"SET l[3] = :map REMOVE l[2].x":            nil,
	}
	for text, want := range tests {
		u, err := ParseUpdate(text, samplePlaceholders())
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := u.Apply(item)
		if want == nil {
			if message(err) != badPath {
				t.Errorf("%s: %v, %v", text, got, err)
			}
			continue
		}
		if !attr.Equal(got.Get("l"), list(want...)) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// The two paths that a refusal names are the first that clashes with one before
// it, and the first of those.
func TestClashesNameTheFirstPaths(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5_000) {
		r := source{rand.New(rand.NewPCG(seed, 1))}
		paths := slices.Concat(r.paths(), r.paths())
		want := ""
		for i, b := range paths {
			for _, a := range paths[:i] {
				if how := clash(a, b); how != "" && want == "" {
					want = fmt.Sprintf("%s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", how, a, b)
				}
			}
		}
		got := message(clashes(UpdateExpression, paths))
		if _, got, _ := strings.Cut(got, "Two document paths "); got != want {
			t.Fatalf("%v:\n got %s\nwant %s", paths, got, want)
		}
	}
}

// What many paths lead to is what each of them leads to.
func TestManyPathsLeadWhereEachDoes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5_000) {
		r := source{rand.New(rand.NewPCG(seed, 2))}
		item, paths := r.attributes(3), slices.Concat(r.paths(), r.paths())
		found := make([]attr.Value, len(paths))
		NewFinder(paths).Find(item, func(place int, v attr.Value) { found[place] = v })
		for i, path := range paths {
			want := path.Get(item)
			if slices.ContainsFunc(paths[i+1:], func(p Path) bool { return slices.Equal(p, path) }) {
				want = attr.Value{} // told of once
			}
			if !attr.Equal(found[i], want) {
				t.Fatalf("%v of %v: %v, want %v", path, paths, found[i], want)
			}
		}
	}
}

// An update whose result cannot be kept is refused before there is room for
// all of it.
// It counts what the whole process allocates, so nothing may run beside it.
func TestUpdatesThatMakeTooMuchAreRefusedBeforeTheyMakeIt(t *testing.T) {
	long := listsOf(1, 100_000)
	set := setsOf(1, 20_000)[0].Value
	tests := map[string]load{
		"list_append":       {"SET l = " + strings.Repeat("list_append(l,", 200) + "l" + strings.Repeat(")", 200), long, nil},
		"many list_appends": {"SET " + many(100, "b%d = list_append(l, l)"), long, nil},
		"ADD":               {"ADD " + many(100, "s%d :v"), setsOf(100, 1), map[string]attr.Value{":v": set}},
	}
	for name, l := range tests {
		u, err := ParseUpdate(l.text, NewParams(nil, l.values))
		if err != nil {
			t.Fatal(err)
		}
		got := allocated(func() { _, err = u.Apply(l.item) })
		if message(err) != TooLarge || got > 60<<20 {
			t.Errorf("%s: %d MB, %v", name, got>>20, err)
		}
	}
}

// A fault that says a long value is written out once, however often it is there.
// It counts what the whole process allocates, so nothing may run beside it.
func TestOneFaultOfAKindIsWrittenOut(t *testing.T) {
	values := map[string]attr.Value{":v": attr.Str(strings.Repeat("x", 1<<20)), ":w": attr.Str("a")}
	for _, one := range []string{"attribute_type(a, :v)", "a BETWEEN :v AND :w"} {
		text := strings.Repeat(one+" OR ", 100) + one
		var err error
		got := allocated(func() { _, err = ParseCondition(ConditionExpression, text, NewParams(nil, values)) })
		if err == nil || got > 20<<20 {
			t.Errorf("%s: %d MB, %.100v", one, got>>20, err)
		}
	}
}
