package jsonpath

import (
	"errors"
	"slices"
	"testing"

	"maru.dev/maru/pattern/value"
)

// store is the published example of JSONPath, with what the cases below need.
const store = `{
 "store":{"book":[
  {"category":"reference","author":"Rees","title":"Sayings","price":8.95},
  {"category":"fiction","author":"Waugh","title":"Sword","price":12.99},
  {"category":"fiction","author":"Melville","title":"Moby","isbn":"0-553","price":8.99},
  {"category":"fiction","author":"Tolkien","title":"Ring","isbn":"0-395","price":22.99}],
  "bicycle":{"color":"red","price":19.95}},
 "n":[3,1,2],"deep":[[1,2],[3]],"a b":1,"it's":2,"tags":["x","y"],"empty":[],"none":null,"é":4,"x-y":5,"list":{"0":"zero"},"@type":"t","$ref":{"#x":1}}`

// read parses a JSON text of a test.
func read(t testing.TB, text string) any {
	t.Helper()
	v, err := value.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// What a path leads to, as Jayway's library has it: one value for definite
// paths, a list for others.
func TestGet(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`$.store.bicycle.color`:          `"red"`,
		`$['store']['bicycle']["color"]`: `"red"`,
		`$.store.book[0].title`:          `"Sayings"`,
		`$.store.book[-1].title`:         `"Ring"`,
		`$.store.book[*].author`:         `["Rees","Waugh","Melville","Tolkien"]`,
		`$..author`:                      `["Rees","Waugh","Melville","Tolkien"]`,
		`$.store.*.color`:                `["red"]`,
		`$.store..price`:                 `[8.95,12.99,8.99,22.99,19.95]`,
		`$..book[2].title`:               `["Moby"]`,
		`$..book[-1:].title`:             `["Ring"]`,
		`$..book[0,1].title`:             `["Sayings","Sword"]`,
		`$..book[:2].title`:              `["Sayings","Sword"]`,
		`$.store.book[1:3].title`:        `["Sword","Moby"]`,
		`$.store.book[2:].title`:         `["Moby","Ring"]`,
		`$..book[?(@.isbn)].title`:       `["Moby","Ring"]`,
		`$..book[?(!@.isbn)].title`:      `["Sayings","Sword"]`,
		`$..book[?(@.price<10)].title`:   `["Sayings","Moby"]`,
		`$..book[?(@.price < 10 && @.category == 'fiction')].title`: `["Moby"]`,
		`$..book[?(@.price > 20 || @.author == "Rees")].title`:      `["Sayings","Ring"]`,
		`$..book[?(@.author =~ /.*e.*e.*/)].title`:                  `["Sayings","Moby"]`,
		`$..book[?(@.author =~ /WAUGH/i)].title`:                    `["Sword"]`,
		`$..book[?(@.category in ['reference','x'])].title`:         `["Sayings"]`,
		`$..book[?(@.category nin ['reference'])].price`:            `[12.99,8.99,22.99]`,
		`$..book[?(@['price'] == 8.95)].title`:                      `["Sayings"]`,
		`$..book[?('Rees' == @.author)].title`:                      `["Sayings"]`,
		`$..book[?((@.price > 20))].title`:                          `["Ring"]`,
		`$.n[?(@ >= 2)]`:                                            `[3,2]`,
		`$.n[?(@ != 2)]`:                                            `[3,1]`,
		`$.deep[?(@ size 2)]`:                                       `[[1,2]]`,
		`$.deep[?(@ contains 3)]`:                                   `[[3]]`,
		`$.deep[?(@ subsetof [1,2,9])]`:                             `[[1,2]]`,
		`$.deep[?(@ anyof [3,4])]`:                                  `[[3]]`,
		`$.deep[?(@ noneof [3,4])]`:                                 `[[1,2]]`,
		`$.deep[?(@ empty false)]`:                                  `[[1,2],[3]]`,
		`$.tags[?(@ == 'none')]`:                                    `[]`,
		`$.store.bicycle['color','price']`:                          `{"color":"red","price":19.95}`,
		`$.store['bicycle','book'][0].title`:                        `["Sayings"]`,
		`$.deep[*][0]`:                                              `[1,3]`,
		`$.deep..[0]`:                                               `[[1,2],1,3]`,
		`$.n.length()`:                                              `3`,
		`$.store.book.length()`:                                     `4`,
		`$.n.min()`:                                                 `1.0`,
		`$.n.max()`:                                                 `3.0`,
		`$.n.sum()`:                                                 `6.0`,
		`$.n.avg()`:                                                 `2.0`,
		`$..price.max()`:                                            `22.99`,
		`$.store.bicycle.keys()`:                                    `["color","price"]`,
		`$.n.first()`:                                               `3`,
		`$.n.last()`:                                                `2`,
		`$['a b']`:                                                  `1`,
		`$['it\'s']`:                                                `2`,
		`$.x-y`:                                                     `5`,
		`$.é`:                                                       `4`,
		`$.none`:                                                    `null`,
		`$.empty[*]`:                                                `[]`,
		`$.nothing..x`:                                              ``,
		`$..nothing`:                                                `[]`,
		`$.n[7,8]`:                                                  `[]`,
		`$.n[5:]`:                                                   `[]`,
		`$.@type`:                                                   `"t"`,
		`$.$ref.#x`:                                                 `1`,
		`$..book[?(@.price == $.store.book[1].price)].title`: `["Sword"]`,
		`$..book[?(@.price > $.none)].title`:                 `[]`,
		`$.list['0']`:                                        `"zero"`,
	}
	for source, want := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(source)
			if err != nil {
				t.Fatal(err)
			}
			v, err := p.Get(read(t, store))
			if err != nil {
				if want != "" {
					t.Fatal(err)
				}
				return
			}
			if got := string(value.Text(v)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// A definite path that leads nowhere says where it ended.
func TestGetTellsWhereThePathEnded(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`$.nope`:          `No results for path: $['nope']`,
		`$.store.nope`:    `No results for path: $['store']['nope']`,
		`$.nope.x`:        `Missing property in path $['nope']`,
		`$.nope[*]`:       `Missing property in path $['nope']`,
		`$.n[9]`:          `No results for path: $['n'][9]`,
		`$.none[0]`:       `Filter: [0] can only be applied to arrays. Current context is: null`,
		`$.store.book.x`:  `Expected to find an object with property ['x'] in path $['store']['book'] but found 'com.fasterxml.jackson.databind.node.ArrayNode'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.`,
		`$.tags[0:1].x`:   ``,
		`$.none[0:2]`:     `Filter: [0:2] can only be applied to arrays. Current context is: null`,
		`$.empty.min()`:   `Aggregation function attempted to calculate value using empty array`,
		`$.none.length()`: `Aggregation function attempted to calculate value using empty array`,
	}
	for source, want := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(source)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Get(read(t, store))
			missing, ok := errors.AsType[*NotFoundError](err)
			switch {
			case ok && missing.Detail != want:
				t.Errorf("got %s, want %s", missing.Detail, want)
			case !ok && want != "":
				t.Errorf("it leads somewhere: %v", err)
			}
		})
	}
}

// What is no path is refused when the definition is read.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		``, `a`, `.a`, `$.`, `$..`, `$.a.`, `$[`, `$[]`, `$['a'`, `$['a]`, `$[a]`, `$.a[`, `$.a[1`, `$.a[1:`, `$.a[:]`,
		`$.a b`, `$.a[?]`, `$.a[?()]`, `$.a[?(@.x ==)]`, `$.a[?(@.x == 1]`, `$.a[?(1 == 1)]`, `$.a[?(@.x =~ abc)]`,
		`$.a[?(@.x =~ /(/)]`, `$.a.foo()`, `$.a.length(`, `$.a.length().b`, `$ .a`, `$1`, `$.a[99999999999]`, `$.a[1,]`,
		`$$`, `$v`, `$.a[?(@.x in [@.y])]`, `$..length()`, `$.a]`, `$.a[?(@.x == $$.y)]`,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			if p, err := Parse(source); err == nil {
				t.Errorf("was read: %+v", p)
			}
		})
	}
}

// A reference path names one place; others are refused where one is needed.
func TestReference(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`$`: true, `$.a`: true, `$.a.b[0]['c']`: true, `$.a[*]`: false, `$..a`: false, `$.a[0,1]`: false, `$.a[0:1]`: false,
		`$.a[?(@.x)]`: false, `$.a[-1]`: false, `$.a.length()`: false, `$['a','b']`: false,
	} {
		p, err := Parse(source)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Reference(); got != want {
			t.Errorf("%s: got %v", source, got)
		}
	}
}

// A reference path is its names and indexes.
func TestStepsOfAReferencePath(t *testing.T) {
	t.Parallel()
	p, err := Parse(`$.a['b c'][2]`)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Steps(); !slices.Equal(got, []any{"a", "b c", 2}) {
		t.Errorf("got %v", got)
	}
}

// Writing makes members that are missing, and leaves the document that it was
// given as it was.
func TestSet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ doc, path, want, fails string }{
		"whole":           {doc: `{"a":1}`, path: `$`, want: `"new"`},
		"new member":      {doc: `{"a":1}`, path: `$.b`, want: `{"a":1,"b":"new"}`},
		"replaced":        {doc: `{"a":1,"b":2}`, path: `$.a`, want: `{"a":"new","b":2}`},
		"made on the way": {doc: `{}`, path: `$.a.b.c`, want: `{"a":{"b":{"c":"new"}}}`},
		"beside others":   {doc: `{"a":{"x":1}}`, path: `$.a.y`, want: `{"a":{"x":1,"y":"new"}}`},
		"element":         {doc: `{"a":[1,2]}`, path: `$.a[1]`, want: `{"a":[1,"new"]}`},
		"in an element":   {doc: `[{"a":1}]`, path: `$[0].b`, want: `[{"a":1,"b":"new"}]`},
		"no element":      {doc: `{"a":[1]}`, path: `$.a[3]`, fails: `Unable to apply step "3" to input [1]`},
		"in a string":     {doc: `{"a":"x"}`, path: `$.a.b`, fails: `Unable to apply step "b" to input "x"`},
		"string input":    {doc: `"x"`, path: `$.a`, fails: `Unable to apply step "a" to input "x"`},
		"name of array":   {doc: `[1]`, path: `$.a`, fails: `Unable to apply step "a" to input [1]`},
		"null on the way": {doc: `{"a":null}`, path: `$.a.b`, fails: `Unable to apply step "b" to input null`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			doc := read(t, tt.doc)
			got, err := p.Set(doc, "new")
			switch {
			case err != nil:
				if err.Error() != tt.fails {
					t.Errorf("got %v, want %s", err, tt.fails)
				}
			case string(value.Text(got)) != tt.want:
				t.Errorf("got %s, want %s", value.Text(got), tt.want)
			}
			if !value.Equal(doc, read(t, tt.doc)) {
				t.Errorf("the document became %s", value.Text(doc))
			}
		})
	}
}

// No text makes the parser panic, nor what it reads the evaluation.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`$.a[?(@.b == 'x' && !(@.c))]..d[0,1][1:2].length()`, `$['a','b'].*`, `$[-1]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Parse(source)
		if err != nil {
			return
		}
		_, _ = p.Get(read(t, store))
		if p.Reference() {
			_, _ = p.Set(read(t, store), "x")
		}
	})
}

// A definite path costs little.
func BenchmarkGet(b *testing.B) {
	p, err := Parse(`$.store.book[2].title`)
	if err != nil {
		b.Fatal(err)
	}
	doc := read(b, store)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Get(doc); err != nil {
			b.Fatal(err)
		}
	}
}
