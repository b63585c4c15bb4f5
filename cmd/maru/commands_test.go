package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"maru.dev/maru/cmd/maru/cli"
)

var update = flag.Bool("update", false, "rewrite testdata/help.txt")

func TestMain(m *testing.M) {
	flag.Parse()
	cobra.EnableCommandSorting = false // as main does
	if err := os.Setenv("XDG_DATA_HOME", "/home/you/data"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// commands are all of maru's, itself the first.
func commands() []*cobra.Command {
	all := []*cobra.Command{newMaru(&terminal{})}
	for i := 0; i < len(all); i++ {
		all = append(all, all[i].Commands()...)
	}
	return all
}

// helpOf is what a command tells of itself.
func helpOf(t *testing.T, cmd *cobra.Command) string {
	t.Helper()
	text, err := tell(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// People and their scripts lean on what help says: commands, flags with their
// letters, defaults and variables.
func TestHelpIsAsReviewed(t *testing.T) {
	t.Parallel()
	const file = "testdata/help.txt"
	var b strings.Builder
	for _, cmd := range commands() {
		b.WriteString("$ " + cmd.CommandPath() + " --help\n" + helpOf(t, cmd) + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("go test ./cmd/maru -update, if that is as it should be:\n%s", diff)
	}
}

func TestHelpTellsEveryFlagAndVariable(t *testing.T) {
	t.Parallel()
	for _, cmd := range commands() {
		help := helpOf(t, cmd)
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			own := f.Value.(cli.Flag)
			tells := []string{"--" + f.Name}
			if f.Shorthand != "" {
				tells = append(tells, "-"+f.Shorthand+", --"+f.Name)
			}
			for _, name := range strings.Fields(own.Env) {
				tells = append(tells, "$"+name)
			}
			for _, want := range tells {
				if !strings.Contains(help, want) {
					t.Errorf("maru %s --help lacks %s", cmd.Name(), want)
				}
			}
			if !strings.HasSuffix(own.Help, ".") || own.Shown == "" && own.Type() != "bool" {
				t.Errorf("maru %s --%s: %q, %q", cmd.Name(), f.Name, own.Help, own.Shown)
			}
		})
	}
}

func TestVariablesSetFlagsAndFlagsWin(t *testing.T) {
	t.Parallel()
	const variable, second, flagged = "http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"
	tests := map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"neither":           {nil, nil, "http://" + defaultListen},
		"variable":          {map[string]string{"MARU_ENDPOINT": variable}, nil, variable},
		"AWS's variable":    {map[string]string{"AWS_ENDPOINT_URL": second}, nil, second},
		"both variables":    {map[string]string{"AWS_ENDPOINT_URL": second, "MARU_ENDPOINT": variable}, nil, variable},
		"flag and variable": {map[string]string{"MARU_ENDPOINT": variable}, []string{"--endpoint", flagged}, flagged},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tellWith(t, tt.env, append([]string{"env"}, tt.args...)...)
			if err != nil || !strings.HasPrefix(got, "export AWS_ENDPOINT_URL="+tt.want+"\n") {
				t.Errorf("got %q (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestMistakesAreAnsweredWithWhatToDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  map[string]string
		args string
		want string
	}{
		"no command":         {nil, "", "a command is missing: up, serve, deploy, "},
		"unknown command":    {nil, "stauts --json", `unknown command "stauts"; did you mean status? (try maru --help)`},
		"nothing like it":    {nil, "nothing", `unknown command "nothing" (try maru --help)`},
		"unknown below":      {nil, "clock advanec 1h", `unknown command "advanec"; did you mean advance? (try maru clock --help)`},
		"help of none":       {nil, "help clock nwo", `unknown command "nwo"; did you mean now? (try maru clock --help)`},
		"unknown flag":       {nil, "status --jsn", "unknown flag --jsn; did you mean --json? (try maru status --help)"},
		"unknown letter":     {nil, "reset -yx", "unknown flag -x (try maru reset --help)"},
		"flag of maru":       {nil, "--version", "unknown flag --version (try maru --help)"},
		"no value":           {nil, "status --endpoint", "--endpoint has no value; want --endpoint=URL (try maru status --help)"},
		"bad value":          {nil, "logs --since 5", `--since: want a duration such as 90s, 15m or 24h, not "5" (try maru logs --help)`},
		"bad choice":         {nil, "up --traces some", `--traces: want all, sampled or off, not "some" (try maru up --help)`},
		"bad variable":       {map[string]string{"MARU_EPHEMERAL": ""}, "up", `MARU_EPHEMERAL (for --ephemeral): want true, 1, yes, false, 0 or no, not "" (try maru up --help)`},
		"bad time":           {map[string]string{"MARU_TIME": "noon"}, "up", `MARU_TIME (for --time): want a time such as 2027-01-01T00:00:00Z, not "noon" (try maru up --help)`},
		"bad list":           {nil, "tail --only hop,lgo", `--only: want hop, log or change, not "lgo" (try maru tail --help)`},
		"missing flag":       {nil, "deploy main.go", "missing: --stack=NAME or $MARU_STACK (try maru deploy --help)"},
		"missing argument":   {nil, "clock advance", "<by> is missing (try maru clock advance --help)"},
		"bad argument":       {nil, "clock advance soon", `<by>: want a duration such as 90s, 15m or 24h, not "soon" (try maru clock advance --help)`},
		"too many arguments": {nil, "logs one two", `unexpected argument "two" (try maru logs --help)`},
		"a folder":           {nil, "deploy testdata --stack s", `<template>: "testdata" is a folder; want a file (try maru deploy --help)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := tellWith(t, tt.env, strings.Fields(tt.args)...)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || out != "" {
				t.Errorf("%q, %v; want %s", out, err, tt.want)
			}
		})
	}
}

func TestHelpIsReachedBothWays(t *testing.T) {
	t.Parallel()
	asked, err := tell(t, "help", "clock", "advance")
	if err != nil {
		t.Fatal(err)
	}
	flagged, err := tell(t, "clock", "advance", "-h", "--endpoint", "anywhere")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asked, flagged); diff != "" || !strings.HasPrefix(asked, "Usage: maru clock advance <by> [flags]\n") {
		t.Errorf("%s\n%s", asked, diff)
	}
}

func TestVersionIsTold(t *testing.T) {
	t.Parallel()
	if got, err := tell(t, "version"); err != nil || !strings.HasPrefix(got, "maru ") {
		t.Errorf("version: %q, %v", got, err)
	}
}

func TestCompletionIsOfferedToShells(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got, err := tell(t, "completion", shell); err != nil || !strings.Contains(got, "maru") {
			t.Errorf("%s: %q, %v", shell, got, err)
		}
	}
	tests := map[string]struct {
		args []string
		want []string
	}{
		"commands": {[]string{"st"}, []string{"status"}},
		"flags":    {[]string{"up", "--tra"}, []string{"--traces"}},
		"choices":  {[]string{"up", "--traces", ""}, []string{"all", "sampled", "off"}},
		"shells":   {[]string{"completion", ""}, []string{"bash", "zsh", "fish"}},
	}
	for name, tt := range tests {
		got, err := tell(t, append([]string{cobra.ShellCompRequestCmd}, tt.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains("\n"+got, "\n"+want) {
				t.Errorf("%s: %q lacks %s", name, got, want)
			}
		}
	}
}
