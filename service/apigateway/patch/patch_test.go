package patch_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
)

// thing is something to update.
type thing struct {
	Name      *string
	On        bool
	Size      int32
	Rate      float64
	Variables map[string]string
	Flags     map[string]bool
	Types     []string
	ARNs      []string
}

// rules are the places of a thing.
func (t *thing) rules() patch.Rules {
	return patch.Rules{
		patch.Text("/name", &t.Name), patch.Bool("/on", func(b bool) { t.On = b }), patch.Int("/size", func(n int32) { t.Size = n }),
		patch.Float("/rate", func(f float64) { t.Rate = f }), patch.Map("/variables/{name}", &t.Variables),
		patch.Entries("/flags/{name}", &t.Flags, func(v string) bool { return v == "true" }, fault.NotFound("no flag")),
		patch.Set("/types/{type}", &t.Types), patch.Values("/arns", &t.ARNs),
	}
}

// op is an operation; without a value for "".
func op(kind, path, value string) api.PatchOperation {
	o := api.PatchOperation{Op: &kind, Path: &path}
	if value != "" {
		o.Value = &value
	}
	return o
}

func TestOperationsAreCarriedOutInTheirOrder(t *testing.T) {
	t.Parallel()
	var got thing
	err := got.rules().Apply([]api.PatchOperation{
		op("replace", "/name", "a"), op("replace", "/on", "True"), op("replace", "/size", "7"), op("replace", "/rate", "1.5"),
		op("add", "/variables/a~1b~0c", "x"), op("replace", "/variables/d", "y"), op("remove", "/variables/d", ""), op("remove", "/variables/none", ""),
		op("add", "/flags/f", "true"), op("replace", "/flags/f", "no"), op("add", "/flags/g", "true"), op("remove", "/flags/g", ""),
		op("add", "/types/image~1png", ""), op("add", "/types/image~1png", ""), op("add", "/types/a", ""), op("remove", "/types/a", ""),
		op("add", "/arns", "arn:1"), op("add", "/arns", "arn:2"), op("remove", "/arns", "arn:1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := thing{
		Name: new("a"), On: true, Size: 7, Rate: 1.5, Variables: map[string]string{"a/b~c": "x"}, Flags: map[string]bool{"f": false},
		Types: []string{"image/png"}, ARNs: []string{"arn:2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A map that has lost its last entry is none, as AWS shows it.
func TestTheLastEntryTakesItsMapAlong(t *testing.T) {
	t.Parallel()
	got := thing{Flags: map[string]bool{"f": true}}
	if err := got.rules().Apply([]api.PatchOperation{op("remove", "/flags/f", "")}); err != nil || got.Flags != nil {
		t.Errorf("flags %v, %v", got.Flags, err)
	}
}

func TestRefusalsAreInAWSsWords(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		op          api.PatchOperation
		list, terse string
	}{
		"no place": {
			op("replace", "/x", "y"),
			"Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/name, /on, /size, /rate, /variables/{name}, /flags/{name}]", "Invalid patch path /x",
		},
		"another kind": {
			op("add", "/name", "y"),
			"Invalid patch path  '/name' specified for op 'add'. Must be one of: [/variables/{name}, /flags/{name}, /types/{type}, /arns]",
			"Invalid patch operation specified. Must be one of: [remove, replace]",
		},
		"no kind": {
			op("copy", "/name", ""), "Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations",
			"Invalid patch operation specified. Must be one of: [remove, replace]",
		},
		"no path":   {api.PatchOperation{Op: new("copy")}, "Invalid patch path  '' specified for op 'copy'. Please choose supported operations", "Invalid patch path null"},
		"no number": {op("replace", "/size", "x"), "Invalid integer value 'x' specified for path '/size'", "Invalid integer value 'x' specified for path '/size'"},
		"no entry":  {op("remove", "/flags/f", ""), "no flag", "no flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got thing
			for want, err := range map[string]error{
				tt.list: got.rules().Apply([]api.PatchOperation{tt.op}), tt.terse: got.rules().ApplyOr(patch.Terse, []api.PatchOperation{tt.op}),
			} {
				if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
		})
	}
}

// Whatever is sent is done or refused, and a refused one has done nothing.
func FuzzApply(f *testing.F) {
	f.Add("replace", "/name", "x")
	f.Add("add", "/variables/~1~0", "x")
	f.Add("remove", "/flags/", "")
	f.Fuzz(func(t *testing.T, kind, path, value string) {
		var got thing
		if err := got.rules().Apply([]api.PatchOperation{op(kind, path, value)}); err != nil {
			if diff := cmp.Diff(thing{}, got); diff != "" {
				t.Errorf("refused, and done all the same: %s", diff)
			}
		}
	})
}
