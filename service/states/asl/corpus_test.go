package asl

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update rewrites the expected findings of the corpus.
var update = flag.Bool("update", false, "rewrite testdata")

// corpusCase is one definition of the corpus with its findings. Files hold
//
//	=== name | words
//	definition
//	---
//	SEVERITY CODE location | message
//
// Words are express, jsonata, and state for a definition that is one state, which
// is put into a machine with a state N behind it.
type corpusCase struct {
	name, words, definition, want string
}

// readCorpus reads one file of the corpus.
func readCorpus(t *testing.T, file string) []corpusCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		head, rest, _ := strings.Cut(part, "\n")
		name, words, _ := strings.Cut(head, " | ")
		definition, want, _ := strings.Cut(rest, "\n---")
		cases = append(cases, corpusCase{name, words, strings.TrimSpace(definition), strings.TrimSpace(want)})
	}
	return cases
}

// text returns the whole definition.
func (c corpusCase) text() string {
	if !strings.Contains(c.words, "state") {
		return c.definition
	}
	language := ""
	if strings.Contains(c.words, "jsonata") {
		language = `"QueryLanguage":"JSONata",`
	}
	next := ""
	if strings.Contains(c.definition, `"N"`) {
		next = `,"N":{"Type":"Succeed"}`
	}
	return `{` + language + `"StartAt":"S","States":{"S":` + c.definition + next + `}}`
}

// findingsText writes findings as the corpus has them.
func findingsText(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s | %s\n", f.Severity, f.Code, f.Location, strings.ReplaceAll(f.Message, "\n", `\n`))
	}
	return strings.TrimSpace(b.String())
}

// The validator finds in each definition of the corpus what AWS's would.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	total := 0
	for _, file := range files {
		cases := readCorpus(t, file)
		total += len(cases)
		var written bytes.Buffer
		for _, c := range cases {
			m, findings := ParseType([]byte(c.text()), strings.Contains(c.words, "express"))
			got := findingsText(findings)
			if (m == nil) != Refused(findings) {
				t.Errorf("%s: %s: a machine is %v with %s", file, c.name, m != nil, got)
			}
			if *update {
				fmt.Fprintf(&written, "=== %s", c.name)
				if c.words != "" {
					fmt.Fprintf(&written, " | %s", c.words)
				}
				fmt.Fprintf(&written, "\n%s\n---\n", c.definition)
				if got != "" {
					fmt.Fprintf(&written, "%s\n", got)
				}
				continue
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", file, c.name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(file, written.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d definitions", total)
}
