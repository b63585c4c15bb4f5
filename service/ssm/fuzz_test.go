package ssm

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/pattern/bounded"
	"maru.dev/maru/wire"
)

// A name that a parameter may have is one path, with a parent that lists it, and
// reads the same with and without a version behind it.
func FuzzName(f *testing.F) {
	for _, name := range []string{
		"a", "/a/b/c", "a/b", "/", "//", "", "/a/", "aws", "/aws/x", "/AWS-x", "ssm.x", "/ssm/x", "/a//b", "a:1", "a.b_c-d", "ä", "\xff", strings.Repeat("/a", 15), strings.Repeat("/a", 16), strings.Repeat("a", maxName+1),
		"arn:aws:ssm:us-east-1:000000000000:parameter/a/b:3", "arn:x:parameter/",
	} {
		f.Add(name, "3")
	}
	f.Fuzz(func(t *testing.T, name, version string) {
		if bare, selector := splitSelector(name); len(bare)+len(selector) > len(name) || strings.Contains(bare, "\x00") && !strings.Contains(name, "\x00") {
			t.Errorf("%q is split into %q and %q", name, bare, selector)
		}
		err := checkName(name)
		if err != nil {
			if _, ok := errors.AsType[wire.Error](err); !ok {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		if name == "" { // the model wants a character
			return
		}
		if bare, selector := splitSelector(name + ":" + version); bare != name || selector != version {
			t.Errorf("version %q of %q is split into %q and %q", version, name, bare, selector)
		}
		path := rooted(name)
		parent := path[:strings.LastIndexByte(path, '/')+1]
		if checkPath(parent) != nil || !under(name, parent, false) || !under(name, parent, true) || !under(name, "/", true) {
			t.Errorf("%q is not below %q", name, parent)
		}
		if under(name, path, true) {
			t.Errorf("%q is below itself", name)
		}
		if len(name) > maxName || strings.Count(name, "/") > maxLevels {
			t.Errorf("a name of %d characters and %d levels is taken", len(name), strings.Count(name, "/"))
		}
	})
}

// Policies that are taken are few, of a kind that there is, and read again as they
// are shown.
func FuzzPolicies(f *testing.F) {
	const expiration = `{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2026-12-02T21:34:33.000Z"}}`
	for _, text := range []string{
		"", "{}", "[]", "null", "[null]", "[" + expiration + "]", "[" + expiration + `,{"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"15","Unit":"Days"}},{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]`,
		`[{"Type":"Expiration","Attributes":{"Timestamp":"9999-12-31T23:59:59+23:59"}}]`, `[{"Type":"Expiration","Attributes":{"Timestamp":"0001-01-01T00:00:00Z"}}]`, `[{"Type":"Expiration","Attributes":null}]`,
		"[" + strings.Repeat("0,", maxPolicies) + "0]", `[{"type":"Expiration","TYPE":"NoChangeNotification"}]`, `["x"]`, `[{"Type":"\ud800"}]`, expiration,
	} {
		f.Add(text)
	}
	now := time.Unix(1_700_000_000, 0).UTC()
	f.Fuzz(func(t *testing.T, text string) {
		list, expires, err := readPolicies(text, now)
		if err != nil {
			if e, ok := errors.AsType[wire.Error](err); !ok || len(e.ErrorMessage()) > len(text)+200 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if len(list) > maxPolicies || !expires.IsZero() && !expires.After(now) {
			t.Errorf("%q is %d policies, of which one ends at %v", text, len(list), expires)
		}
		shown := make([]json.RawMessage, len(list))
		for i, p := range renderPolicies(list) {
			shown[i] = json.RawMessage(*p.PolicyText)
		}
		again, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		got, at, err := readPolicies(string(again), now)
		if err != nil || len(got) != len(list) || !at.Equal(expires) {
			t.Errorf("%q is shown as %s, and that is %v until %v: %v", text, again, got, at, err)
		}
	})
}

// A value is held against a pattern that is one, and no larger than can be matched
// at once.
func FuzzAllowedPattern(f *testing.F) {
	for _, pattern := range []string{
		"", `^\d+$`, "^[a-z]{2,9}$", "(", `\`, "(?=x)", `(a)\1`, "[", ".{1000}", "(.?){1000}", strings.Repeat("(.?){1000}", 100) + `\d`, `\pL{40}`, `\Qa`, "a)|(?:b", "\xff", "(?i)É",
	} {
		for _, value := range []string{"7", "abc", "a)|(?:b", "é\n", "\xff", strings.Repeat("a", 3000)} {
			f.Add(pattern, value)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if value == "" {
			return
		}
		err := checkPut(&api.PutParameterInput{Name: "p", Value: value, AllowedPattern: &pattern}, false)
		if e, ok := errors.AsType[wire.Error](err); err != nil && (!ok || len(e.ErrorMessage()) > len(pattern)+100) {
			t.Fatalf("%q: %v", pattern, err)
		}
		re, invalid := regexp.Compile(pattern)
		size, _ := bounded.Size(pattern)
		_, refused := errors.AsType[*api.InvalidAllowedPatternException](err)
		if refused != (invalid != nil || size > maxPattern) {
			t.Fatalf("%q, by itself %v and %d large: %v", pattern, invalid, size, err)
		}
		if _, differs := errors.AsType[*api.ParameterPatternMismatchException](err); !refused && differs == re.MatchString(value) {
			t.Errorf("%q of %q: %v", pattern, value, err)
		}
	})
}
