package path

import (
	"strings"
	"testing"

	"maru.dev/maru/pattern/value"
)

// intrinsicInput is what the calls below are computed of.
const intrinsicInput = `{"name":"Ann","s":"{\"a\":[1]}","o":{"x":1,"y":{"z":[true,"t"]}},"p":{"y":2,"w":3},"list":[1,2,3,4,5,6,7,8,9],
 "dup":[1,1.0,2,"1","a","a",[1],[1],{"k":1},{"k":1},null,null],"n":2.5,"t":"{} and {}","idx":2,"b":"RGF0YQ==","split":"1,2..3, 4","neg":-3,"bad":"{"}`

// Results of the functions, from the published examples and around their edges.
func TestIntrinsic(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`States.Format('Hello, {}!', $.name)`:                      `"Hello, Ann!"`,
		`States.Format($.t, 1, true)`:                              `"1 and true"`,
		`States.Format('{}', $.o)`:                                 `"{x=1, y={z=[true, t]}}"`,
		`States.Format('{}{}', null, $.n)`:                         `"null2.5"`,
		`States.Format('no place')`:                                `"no place"`,
		`States.Format('It\'s \{\} {}', 'x')`:                      `"It's {} x"`,
		`States.Format('a\\b')`:                                    `"a\\b"`,
		`States.Format('{}', States.Format('{}', 'in'))`:           `"in"`,
		`States.StringToJson($.s)`:                                 `{"a":[1]}`,
		`States.StringToJson('[1,\'x\']')`:                         ``,
		`States.StringToJson('12')`:                                `12`,
		`States.JsonToString($.o)`:                                 `"{\"x\":1,\"y\":{\"z\":[true,\"t\"]}}"`,
		`States.JsonToString('x')`:                                 `"\"x\""`,
		`States.Array('a', 1, 2.5, true, null, $.name)`:            `["a",1,2.5,true,null,"Ann"]`,
		`States.Array()`:                                           `[]`,
		`States.Array( 'a' , 'b' )`:                                `["a","b"]`,
		`States.ArrayPartition($.list,4)`:                          `[[1,2,3,4],[5,6,7,8],[9]]`,
		`States.ArrayPartition($.list, 20)`:                        `[[1,2,3,4,5,6,7,8,9]]`,
		`States.ArrayPartition($.list[9:], 2)`:                     `[]`,
		`States.ArrayPartition($.list, 0)`:                         ``,
		`States.ArrayPartition($.name, 1)`:                         ``,
		`States.ArrayContains($.list, 5)`:                          `true`,
		`States.ArrayContains($.list, '5')`:                        `false`,
		`States.ArrayContains($.dup, $.p)`:                         `false`,
		`States.ArrayRange(1, 9, 2)`:                               `[1,3,5,7,9]`,
		`States.ArrayRange(9, 1, -3)`:                              `[9,6,3]`,
		`States.ArrayRange(1, 0, 1)`:                               `[]`,
		`States.ArrayRange(0, 3, 1.4)`:                             `[0,1,2,3]`,
		`States.ArrayRange(0, 1000, 1)`:                            ``,
		`States.ArrayRange(0, 1, 0)`:                               ``,
		`States.ArrayGetItem($.list, $.idx)`:                       `3`,
		`States.ArrayGetItem($.list, 9)`:                           ``,
		`States.ArrayGetItem($.list, -1)`:                          ``,
		`States.ArrayLength($.list)`:                               `9`,
		`States.ArrayLength($.name)`:                               ``,
		`States.ArrayUnique($.dup)`:                                `[1,2,"1","a",[1],{"k":1},null]`,
		`States.Base64Encode('Data to encode')`:                    `"RGF0YSB0byBlbmNvZGU="`,
		`States.Base64Decode($.b)`:                                 `"Data"`,
		`States.Base64Decode('***')`:                               ``,
		`States.Base64Encode($.list)`:                              ``,
		`States.Hash('input data', 'SHA-1')`:                       `"aaff4a450a104cd177d28d18d74485e8cae074b7"`,
		`States.Hash('', 'MD5')`:                                   `"d41d8cd98f00b204e9800998ecf8427e"`,
		`States.Hash('abc', 'SHA-256')`:                            `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`,
		`States.Hash('abc', 'SHA-384')`:                            `"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"`,
		`States.Hash('abc', 'SHA-512')`:                            `"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"`,
		`States.Hash('abc', 'CRC')`:                                ``,
		`States.JsonMerge($.o, $.p, false)`:                        `{"x":1,"y":2,"w":3}`,
		`States.JsonMerge($.o, $.p, true)`:                         ``,
		`States.JsonMerge($.o, $.name, false)`:                     ``,
		`States.MathRandom(1, 999)`:                                `500`,
		`States.MathRandom(5, 5)`:                                  ``,
		`States.MathAdd(111, -1)`:                                  `110`,
		`States.MathAdd($.n, 1.4)`:                                 `4`,
		`States.MathAdd($.neg, -1.5)`:                              `-4`,
		`States.MathAdd(2147483648, 1)`:                            ``,
		`States.MathAdd('1', 1)`:                                   ``,
		`States.StringSplit('This.is+a,test=string', '.+,=')`:      `["This","is","a","test","string"]`,
		`States.StringSplit($.split, ',. ')`:                       `["1","2","3","4"]`,
		`States.StringSplit('a', '')`:                              `["a"]`,
		`States.UUID()`:                                            `"00000000-0000-4000-8000-000000000000"`,
		`States.ArrayGetItem(States.StringSplit($.split, ','), 0)`: `"1"`,
		`States.Format('{}', $.list[?(@ > 8)])`:                    `"[9]"`,
		`States.Format('{}', $$.Execution.Name)`:                   `"e1"`,
		`States.Format('{}', $v.a[0])`:                             `"10"`,
		`States.Format('{},{}', $['name'], $.list[1])`:             `"Ann,2"`,
		`States.Format('{} {}', 1)`:                                ``,
		`States.Format(5)`:                                         ``,
		`States.StringToJson($.bad)`:                               ``,
	}
	for source, want := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			i, err := ParseIntrinsic(source)
			if err != nil {
				t.Fatal(err)
			}
			env := testEnv(t)
			env.Input = read(t, intrinsicInput)
			v, err := i.Eval(env)
			if err != nil {
				if want != "" || !strings.HasPrefix(err.Error(), "The function 'States.") {
					t.Error(err)
				}
				return
			}
			if got := string(value.Text(v)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// A call that cannot be is refused when the definition is read.
func TestParseIntrinsicRefuses(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("States.Array(", maxNesting+1) + strings.Repeat(")", maxNesting+1)
	for _, source := range []string{
		``, `States.Nope()`, `States.Format`, `States.Format(`, `States.Format()`, `States.Format('a'`, `States.Format('a)`,
		`States.Format("a")`, `States.Format('a',)`, `States.Format('a' 'b')`, `States.Array(x)`, `States.Array([1])`,
		`States.Array({})`, `States.UUID(1)`, `States.MathAdd(1)`, `States.MathAdd(1,2,3)`, `States.Hash('a')`, `States.Array($.)`,
		`States.Array(1) x`, `Format('a')`, `States.Array("x")`, nested,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			if i, err := ParseIntrinsic(source); err == nil {
				t.Errorf("was read: %s", i.source)
			}
		})
	}
	if _, err := ParseIntrinsic(strings.Repeat("States.Array(", maxNesting) + strings.Repeat(")", maxNesting)); err != nil {
		t.Errorf("ten levels are refused: %v", err)
	}
}

// Faults are told as Step Functions tells them, and a path that leads nowhere is
// told apart.
func TestIntrinsicFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want   string
		lookup bool
	}{
		`States.Array($.x)`: {
			want:   `The function 'States.Array($.x)' had the following error: The JsonPath argument for the field '$.x' could not be found in the input '{"other":1}'`,
			lookup: true,
		},
		`States.Format('{}', States.Array($.x))`: {
			want:   `The function 'States.Array($.x)' had the following error: The JsonPath argument for the field '$.x' could not be found in the input '{"other":1}'`,
			lookup: true,
		},
		`States.Array($.other[0])`: {
			want:   `The function 'States.Array($.other[0])' had the following error: Filter: [0] can only be applied to arrays. Current context is: 1`,
			lookup: true,
		},
		`States.ArrayGetItem(States.Array(1), 3)`: {
			want: `The function 'States.ArrayGetItem(States.Array(1), 3)' had the following error: Index 3 out of bounds for length 1`,
		},
	}
	for source, tt := range tests {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			i, err := ParseIntrinsic(source)
			if err != nil {
				t.Fatal(err)
			}
			_, err = i.Eval(&Env{Input: read(t, `{"other":1}`)})
			failed, ok := err.(*IntrinsicError) //nolint:errorlint // the type is the promise
			if !ok || failed.Error() != tt.want || failed.Lookup != tt.lookup {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Texts longer than ten thousand characters are not encoded, decoded or hashed.
func TestIntrinsicTextLimit(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`States.Base64Encode($)`, `States.Base64Decode($)`, `States.Hash($, 'MD5')`} {
		i, err := ParseIntrinsic(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := i.Eval(&Env{Input: strings.Repeat("AAAA", maxText/4)}); err != nil {
			t.Errorf("%s: %v", source, err)
		}
		if _, err := i.Eval(&Env{Input: strings.Repeat("AAAA", maxText/4+1)}); err == nil {
			t.Errorf("%s: a text over the limit was taken", source)
		}
	}
}

// A seed gives the same number each time.
func TestMathRandomSeed(t *testing.T) {
	t.Parallel()
	i, err := ParseIntrinsic(`States.MathRandom(1, 1000000, 42)`)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := i.Eval(&Env{})
	b, _ := i.Eval(&Env{})
	if a == nil || a != b {
		t.Errorf("got %v and %v", a, b)
	}
}

// No text makes the parser or the functions panic.
func FuzzIntrinsic(f *testing.F) {
	f.Add(`States.Format('{}\'\{', $.a[?(@.x == ',)')], States.Array(1, null))`)
	f.Add(`States.StringSplit(States.Base64Decode($.b), '\\')`)
	f.Fuzz(func(t *testing.T, source string) {
		i, err := ParseIntrinsic(source)
		if err != nil {
			return
		}
		env := testEnv(t)
		env.Input = read(t, intrinsicInput)
		_, _ = i.Eval(env)
		_ = i.Paths()
	})
}
