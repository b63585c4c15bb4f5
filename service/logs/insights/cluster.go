package insights

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// maxClusters is how many patterns are told apart; what comes on top counts
	// for nothing but the ratio.
	maxClusters = 5_000
	// maxTokens is how much of a message its pattern is made of.
	maxTokens = 200
	// alike is the share of words that two patterns must have in common to be
	// one.
	alike = 0.7
)

// piece is a token of a message: text, or something that varies, of a sort.
type piece struct {
	text string
	sort string // "" for text
}

// cluster is the messages of one pattern.
type cluster struct {
	pieces   []piece
	count    int64
	before   int64
	severity string
}

// clusters is what a pattern command has so far.
type clusters struct {
	of    expr
	diff  bool
	all   map[string]*cluster
	order []*cluster
	total int64
	held  int // the weight of all patterns
}

// over implements collector: a pattern without room counts for nothing but the
// ratio.
func (c *clusters) over() bool { return false }

// weight implements collector.
func (c *clusters) weight() int { return c.held }

func newClusters(c patternCommand, diff bool) *clusters {
	return &clusters{of: c.of, diff: diff, all: make(map[string]*cluster)}
}

// add finds the pattern of a record.
func (c *clusters) add(r *record) {
	v := c.of.eval(r)
	if v.kind == missing {
		return
	}
	s := v.String()
	one := cluster{pieces: tokenize(s), count: 1, severity: severity(s)}
	if r.event != nil && r.event.Before {
		one.count, one.before = 0, 1
	}
	c.put(&one)
}

// put counts messages of a pattern.
func (c *clusters) put(one *cluster) {
	c.total += one.count
	key := patternKey(one.pieces)
	if known := c.all[key]; known != nil {
		known.count += one.count
		known.before += one.before
		return
	}
	weight := recordWeight + len(key)
	for _, p := range one.pieces {
		weight += valueWeight + len(p.text)
	}
	if len(c.all) >= maxClusters || c.held+weight > maxHeld {
		return
	}
	c.held += weight
	k := *one
	k.pieces = slices.Clone(one.pieces)
	for i, p := range k.pieces {
		k.pieces[i].text = strings.Clone(p.text)
	}
	c.all[key] = &k
	c.order = append(c.order, &k)
}

func patternKey(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.sort != "" {
			b.WriteString("\x00" + p.sort + "\x00")
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// merge takes what another one has into account.
func (c *clusters) merge(from collector) {
	o := from.(*clusters)
	left := o.total
	for _, k := range o.order {
		c.put(k)
		left -= k.count
	}
	c.total += left // what had no room
}

// records makes a row of each pattern, the most frequent first.
func (c *clusters) records() []*record {
	merged := joinAlike(c.order)
	slices.SortStableFunc(merged, func(a, b *cluster) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(b.before, a.before), strings.Compare(show(a.pieces), show(b.pieces)))
	})
	out := make([]*record, 0, len(merged))
	for _, k := range merged {
		r := &record{}
		r.put("@pattern", textValue(show(k.pieces)))
		r.put("@sampleCount", numberValue(float64(k.count)))
		r.put("@severityLabel", textValue(k.severity))
		if c.total > 0 {
			r.put("@ratio", finite(float64(k.count)/float64(c.total)))
		}
		if c.diff {
			r.put("@differenceCount", numberValue(float64(k.count-k.before)))
			r.put("@differenceDescription", textValue(describe(k)))
		}
		out = append(out, r)
	}
	return out
}

// describe says how a pattern has changed.
func describe(k *cluster) string {
	switch {
	case k.before == 0:
		return "New pattern"
	case k.count == 0:
		return "Pattern no longer found"
	case k.count > k.before:
		return fmt.Sprintf("%.0f%% more", float64(k.count-k.before)/float64(k.before)*100)
	case k.count < k.before:
		return fmt.Sprintf("%.0f%% less", float64(k.before-k.count)/float64(k.before)*100)
	}
	return "No change"
}

// show writes a pattern: what varies is numbered.
func show(pieces []piece) string {
	var b strings.Builder
	n := 0
	for _, p := range pieces {
		if p.sort == "" {
			b.WriteString(p.text)
			continue
		}
		n++
		fmt.Fprintf(&b, "<%s-%d>", p.sort, n)
	}
	return b.String()
}

// joinAlike makes one of patterns that differ in few words.
func joinAlike(list []*cluster) []*cluster {
	byLength := make(map[int][]*cluster)
	var out []*cluster
	for _, k := range list {
		n := len(k.pieces)
		joined := false
		for _, other := range byLength[n] {
			if joined = other.join(k); joined {
				break
			}
		}
		if !joined {
			c := *k
			c.pieces = slices.Clone(k.pieces)
			byLength[n] = append(byLength[n], &c)
			out = append(out, &c)
		}
	}
	return out
}

// join takes a pattern in that is much like this one, and says whether it was.
func (c *cluster) join(o *cluster) bool {
	words, same := 0, 0
	for i, p := range c.pieces {
		q := o.pieces[i]
		if p.sort == "" && isDelimiter(p.text) || q.sort == "" && isDelimiter(q.text) {
			if p != q {
				return false
			}
			continue
		}
		words++
		if p.sort == q.sort && (p.sort != "" || p.text == q.text) {
			same++
		}
	}
	if words < 3 || float64(same) < alike*float64(words) || c.severity != o.severity {
		return false
	}
	for i, p := range c.pieces {
		if q := o.pieces[i]; p.sort != q.sort || p.sort == "" && p.text != q.text {
			c.pieces[i] = piece{sort: "Token"}
		}
	}
	c.count += o.count
	c.before += o.before
	return true
}

// delimiters end tokens, and stay as they are.
const delimiters = " \t\n\r=,;:()[]{}\"'|<>&?/"

func isDelimiter(s string) bool { return len(s) == 1 && strings.Contains(delimiters, s) }

// tokenize cuts a message into what stays the same and what varies: times,
// addresses, identifiers and whatever has a digit.
func tokenize(s string) []piece {
	var out []piece
	for s != "" && len(out) < maxTokens {
		if n := timeAt(s); n > 0 {
			out = append(out, piece{sort: "Time"})
			s = s[n:]
			continue
		}
		n := strings.IndexAny(s, delimiters)
		switch {
		case n < 0:
			n = len(s)
		case n == 0:
			n = 1
		}
		out = append(out, classify(s[:n]))
		s = s[n:]
	}
	return out
}

// timeAt is how long a date with a time is at the beginning of text: 0 for none.
func timeAt(s string) int {
	const shape = "0000-00-00"
	if len(s) < len("0000-00-00 00:00:00") {
		return 0
	}
	for i := range len(shape) {
		if shape[i] == '0' && !isDigit(s[i]) || shape[i] != '0' && s[i] != '-' && s[i] != '/' {
			return 0
		}
	}
	if s[10] != 'T' && s[10] != ' ' {
		return 0
	}
	n := 11
	for n < len(s) && (isDigit(s[n]) || strings.IndexByte(":.,Z+", s[n]) >= 0) {
		n++
	}
	if n < 19 {
		return 0
	}
	for s[n-1] == ',' || s[n-1] == '.' || s[n-1] == ':' {
		n--
	}
	return n
}

// classify says whether a token varies.
func classify(s string) piece {
	if !strings.ContainsAny(s, "0123456789") {
		return piece{text: s}
	}
	switch {
	case isUUID(s):
		return piece{sort: "UUID"}
	case isAddress(s):
		return piece{sort: "IP"}
	}
	return piece{sort: "Token"}
}

func isAddress(s string) bool {
	dots := 0
	for i := range len(s) {
		if s[i] == '.' {
			dots++
		} else if !isDigit(s[i]) {
			return false
		}
	}
	return dots == 3
}

// severity finds how serious a message says it is.
func severity(s string) string {
	for _, l := range []struct {
		label string
		words []string
	}{
		{"Error", []string{"ERROR", "Error", "error", "FATAL", "Exception", "CRITICAL"}},
		{"Warning", []string{"WARN", "Warn", "warn"}},
		{"Info", []string{"INFO", "Info", "info"}},
		{"Debug", []string{"DEBUG", "Debug", "debug", "TRACE"}},
	} {
		if slices.ContainsFunc(l.words, func(w string) bool { return strings.Contains(s, w) }) {
			return l.label
		}
	}
	return "None"
}
