package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/cobra"

	"maru.dev/maru/cmd/maru/cli"
)

// settings are of every kind that there is.
type settings struct {
	Text, Word, Dir, File string
	For                   time.Duration
	At                    time.Time
	Times                 int
	On                    bool
	List, Words           []string
	Pairs, Each           map[string]string
}

// run runs a command with a flag of every kind, and returns what it was told.
func run(t *testing.T, env map[string]string, args ...string) (settings, error) {
	t.Helper()
	var s settings
	cmd := &cobra.Command{Use: "try", Short: "Try.", Run: func(*cobra.Command, []string) {}}
	cli.Declare(cmd,
		cli.Flag{Name: "text", Shown: "TEXT", Value: cli.Text(&s.Text, "usual"), Env: "TEXT", Help: "Text."},
		cli.Flag{Name: "word", Shown: "WORD", Value: cli.Choice(&s.Word, "", "red", "blue"), Env: "WORD", Help: "Word."},
		cli.Flag{Name: "dir", Shown: "DIR", Value: cli.Folder(&s.Dir, "/usual"), Env: "DIR", Help: "Dir."},
		cli.Flag{Name: "file", Shown: "FILE", Value: cli.File(&s.File), Env: "FILE", Help: "File."},
		cli.Flag{Name: "for", Shown: "DURATION", Value: cli.Duration(&s.For, time.Hour), Env: "FOR", Help: "For."},
		cli.Flag{Name: "at", Shown: "TIME", Value: cli.Moment(&s.At), Env: "AT", Help: "At."},
		cli.Flag{Name: "times", Short: "n", Shown: "N", Value: cli.Number(&s.Times, 3), Env: "TIMES", Help: "Times."},
		cli.Flag{Name: "on", Short: "o", Value: cli.Switch(&s.On), Env: "ON", Help: "On."},
		cli.Flag{Name: "list", Shown: "TEXT,...", Value: cli.List(&s.List), Env: "LIST", Help: "List."},
		cli.Flag{Name: "words", Shown: "WORD,...", Value: cli.Choices(&s.Words, "red", "blue"), Env: "WORDS", Help: "Words."},
		cli.Flag{Name: "pairs", Shown: "KEY=VALUE", Value: cli.Pairs(&s.Pairs, ";"), Env: "PAIRS", Help: "Pairs."},
		cli.Flag{Name: "each", Shown: "KEY=VALUE", Value: cli.Pairs(&s.Each, ""), Env: "EACH", Help: "Each."},
	)
	root := &cobra.Command{Use: "cli"}
	root.AddCommand(cmd)
	err := cli.Run(root, append([]string{"try"}, args...), cli.World{
		Out: t.Output(), Env: func(name string) (string, bool) { value, set := env[name]; return value, set },
	})
	return s, err
}

func TestFlagsAndVariablesAreReadAlike(t *testing.T) {
	t.Parallel()
	usual := func(change func(s *settings)) settings {
		s := settings{Text: "usual", Dir: "/usual", For: time.Hour, Times: 3}
		change(&s)
		return s
	}
	here, err := filepath.Abs("value_test.go")
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		flag, value string
		want        settings
	}{
		"text":             {"text", "a,b", usual(func(s *settings) { s.Text = "a,b" })},
		"empty text":       {"text", "", usual(func(s *settings) { s.Text = "" })},
		"choice":           {"word", "blue", usual(func(s *settings) { s.Word = "blue" })},
		"no choice":        {"word", "", usual(func(*settings) {})},
		"folder":           {"dir", "/a/../b", usual(func(s *settings) { s.Dir = "/b" })},
		"folder at home":   {"dir", "~/b", usual(func(s *settings) { s.Dir = filepath.Join(home, "b") })},
		"no folder":        {"dir", "", usual(func(*settings) {})},
		"file":             {"file", "value_test.go", usual(func(s *settings) { s.File = here })},
		"duration":         {"for", "90s", usual(func(s *settings) { s.For = 90 * time.Second })},
		"moment":           {"at", "2027-01-01T00:00:00Z", usual(func(s *settings) { s.At = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) })},
		"number":           {"times", "-7", usual(func(s *settings) { s.Times = -7 })},
		"on":               {"on", "Yes", usual(func(s *settings) { s.On = true })},
		"off":              {"on", "0", usual(func(*settings) {})},
		"list":             {"list", `a,b\,c,d`, usual(func(s *settings) { s.List = []string{"a", "b,c", "d"} })},
		"empty list":       {"list", "", usual(func(*settings) {})},
		"choices":          {"words", "red,blue", usual(func(s *settings) { s.Words = []string{"red", "blue"} })},
		"pairs":            {"pairs", "a=1;b=2=3", usual(func(s *settings) { s.Pairs = map[string]string{"a": "1", "b": "2=3"} })},
		"one pair":         {"each", "a=1;b=2,3", usual(func(s *settings) { s.Each = map[string]string{"a": "1;b=2,3"} })},
		"pair of no value": {"each", "a=", usual(func(s *settings) { s.Each = map[string]string{"a": ""} })},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flagged, err := run(t, nil, "--"+tt.flag+"="+tt.value)
			if diff := cmp.Diff(tt.want, flagged, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("flag: %v, %s", err, diff)
			}
			set, err := run(t, map[string]string{strings.ToUpper(tt.flag): tt.value})
			if diff := cmp.Diff(tt.want, set, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("variable: %v, %s", err, diff)
			}
		})
	}
}

func TestRepeatedFlagsAddUpAndReplaceTheVariable(t *testing.T) {
	t.Parallel()
	env := map[string]string{"LIST": "x,y", "PAIRS": "x=1", "ON": "true", "TIMES": "9", "FOR": "nonsense that nobody asks for"}
	got, err := run(t, env, "--list", "a", "--list", "b,c", "--pairs", "k=1", "--pairs", "l=2;k=3", "--on=false", "-n5", "--for", "1s")
	want := settings{
		Text: "usual", Dir: "/usual", For: time.Second, Times: 5, List: []string{"a", "b", "c"}, Pairs: map[string]string{"k": "3", "l": "2"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
}

func TestWhatCannotBeReadNamesFlagOrVariable(t *testing.T) {
	t.Parallel()
	for flag, value := range map[string]string{
		"word": "green", "file": "nowhere", "for": "5", "at": "noon", "times": "many", "on": "maybe", "words": "red,green", "pairs": "a=1;b", "each": "a",
	} {
		if _, err := run(t, nil, "--"+flag+"="+value); err == nil || !strings.HasPrefix(err.Error(), "--"+flag+": ") {
			t.Errorf("--%s=%s: %v", flag, value, err)
		}
		variable := strings.ToUpper(flag)
		if _, err := run(t, map[string]string{variable: value}); err == nil || !strings.HasPrefix(err.Error(), variable+" (for --"+flag+"): ") {
			t.Errorf("%s=%s: %v", variable, value, err)
		}
	}
}
