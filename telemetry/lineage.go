package telemetry

import (
	"slices"
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
	n := 0
	for entry := range strings.SplitSeq(lineage, "|") {
		if known, count, ok := entryOf(entry); ok && known == hash {
			n = max(n, count)
		}
	}
	return n
}

// entryOf reads an entry of our form: a hash and a count of as many digits as
// maxGenerations has. Others write entries of other forms.
func entryOf(entry string) (hash string, count int, ok bool) {
	hash, digits, ok := strings.Cut(entry, ":")
	if !ok || hash == "" || len(hash) > 8 || len(digits) > 3 {
		return "", 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return hash, min(int(n), maxGenerations), err == nil
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
		if hash, n, ok := entryOf(entry); ok && n > Generations(a, hash) {
			a = withGenerations(a, hash, n)
		}
	}
	return a
}

// withGenerations returns a lineage in which a function has run n times. Entries that
// have not our form, of which others write some, go, and so do those that tell of a
// function again: what they tell is in the one that stays.
func withGenerations(lineage, hash string, n int) string {
	b := make([]byte, 0, len(lineage)+len(hash)+5)
	ancestors := make([]string, 0, maxAncestors)
	for entry := range strings.SplitSeq(lineage, "|") {
		known, _, ok := entryOf(entry)
		if !ok || len(ancestors) == maxAncestors || slices.Contains(ancestors, known) {
			continue
		}
		if len(ancestors) > 0 {
			b = append(b, '|')
		}
		ancestors = append(ancestors, known)
		count := n
		if known != hash {
			count = Generations(lineage, known)
		}
		b = append(append(b, known...), ':')
		b = strconv.AppendInt(b, int64(count), 10)
	}
	if len(ancestors) == maxAncestors || slices.Contains(ancestors, hash) {
		return string(b)
	}
	if len(ancestors) > 0 {
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
