package telemetry

import (
	"strconv"
	"strings"
)

// maxLineage is how long a lineage may be: one that a stranger sends is stored with
// messages.
const maxLineage = 256

// lineageField is how a lineage begins behind the other fields of a header.
const lineageField = ";Lineage="

// maxAncestors is how many functions a lineage tells of. Those that come later are
// not counted: a loop of more goes through the first ones again.
const maxAncestors = 16

// maxGenerations is how far runs are counted.
const maxGenerations = 255

// Generations is how often a lineage says that a function, by its hash, has run.
func Generations(lineage, hash string) int {
	for entry := range strings.SplitSeq(lineage, "|") {
		if known, count, ok := strings.Cut(entry, ":"); ok && known == hash {
			n, _ := strconv.Atoi(count) // none that can be read is 0
			return min(n, maxGenerations)
		}
	}
	return 0
}

// Descend returns a lineage with one more run of a function.
func Descend(lineage, hash string) string {
	return withGenerations(lineage, hash, min(Generations(lineage, hash)+1, maxGenerations))
}

// MergeLineages returns the lineage of what comes from two: each function has run as
// often as the one says that has seen more of it.
func MergeLineages(a, b string) string {
	if a == "" {
		return b
	}
	for entry := range strings.SplitSeq(b, "|") {
		hash, _, _ := strings.Cut(entry, ":")
		if n := Generations(b, hash); n > Generations(a, hash) {
			a = withGenerations(a, hash, n)
		}
	}
	return a
}

// withGenerations returns a lineage in which a function has run n times. Entries that
// have not our form, of which others write some, go.
func withGenerations(lineage, hash string, n int) string {
	b := make([]byte, 0, len(lineage)+len(hash)+5)
	ancestors, there := 0, false
	for entry := range strings.SplitSeq(lineage, "|") {
		known, count, ok := strings.Cut(entry, ":")
		if !ok || known == "" || len(known) > 8 || len(count) > 3 || ancestors == maxAncestors {
			continue
		}
		if ancestors++; ancestors > 1 {
			b = append(b, '|')
		}
		b = append(append(b, known...), ':')
		if known == hash {
			there = true
			b = strconv.AppendInt(b, int64(n), 10)
			continue
		}
		b = append(b, count...)
	}
	if there || ancestors == maxAncestors {
		return string(b)
	}
	if ancestors > 0 {
		b = append(b, '|')
	}
	b = append(append(b, hash...), ':')
	return string(strconv.AppendInt(b, int64(n), 10))
}

// validLineage tells whether text has the form of a lineage: hashes and counts,
// with ':' inside of entries and '|' between them: "a87bd80c:2|68fd508a:5".
func validLineage(text string) bool {
	if len(text) > maxLineage {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != ':' && c != '|' {
			return false
		}
	}
	return true
}

// Lineage is the lineage that a header tells, or "".
func Lineage(header string) string {
	if !strings.Contains(header, "Lineage=") {
		return ""
	}
	t, _ := ParseTrace(header)
	return t.Lineage
}

// WithLineage returns a header with a lineage in the place of its own; "" takes that
// away. What is no trace has none.
func WithLineage(header, lineage string) string {
	if lineage == "" && !strings.Contains(header, "Lineage=") {
		return header
	}
	t, ok := ParseTrace(header)
	if !ok {
		return header
	}
	t.Lineage = lineage
	return t.String()
}

// Inherit returns a header with the lineage of another where it has none itself:
// whatever a function does without a word of its lineage is of that lineage still.
func Inherit(header, from string) string {
	lineage := Lineage(from)
	if lineage == "" || strings.Contains(header, "Lineage=") {
		return header
	}
	return WithLineage(header, lineage)
}
