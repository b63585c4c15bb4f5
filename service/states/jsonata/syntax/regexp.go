package syntax

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"weak"

	"maru.dev/maru/pattern/bounded"
)

// maxRegexp is how large a regular expression may be with its repetitions written
// out.
const maxRegexp = 1000

// Regexp is a regular expression of JavaScript's syntax. It runs in time linear
// in the text; what cannot be matched so (looking around, references back) is
// refused.
type Regexp struct {
	// Source is as it was written, between the slashes.
	Source string
	// Size is how large it is: matching takes as often as much time.
	Size int

	text     string // in Go's syntax
	anchored bool   // there is an assertion in it
	program  atomic.Pointer[weak.Pointer[regexp.Regexp]]
}

// compileRegexp compiles a pattern and its flags, i and m.
func compileRegexp(pattern, flags string) (*Regexp, error) {
	goPattern, anchored, err := translate(pattern)
	if err != nil {
		return nil, err
	}
	if flags != "" {
		goPattern = "(?" + flags + ")" + goPattern
	}
	size, err := bounded.Check(goPattern, maxRegexp)
	if err != nil {
		return nil, fmt.Errorf("/%s/: %s", pattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return &Regexp{Source: pattern, Size: size, text: goPattern, anchored: anchored}, nil
}

// compiled is the program of the expression, which is made when it is needed and may
// go when it is not: a definition that is full of expressions takes no more memory
// than its text.
func (r *Regexp) compiled() *regexp.Regexp {
	if kept := r.program.Load(); kept != nil {
		if re := kept.Value(); re != nil {
			return re
		}
	}
	re := regexp.MustCompile(r.text) // what has a size can be compiled
	r.program.Store(new(weak.Make(re)))
	return re
}

// CompileRegexp compiles a pattern of JavaScript's syntax.
func CompileRegexp(pattern, flags string) (*Regexp, error) { return compileRegexp(pattern, flags) }

// First returns the first match in a text: the places of the match and of its
// groups, -1 for groups that took no part.
func (r *Regexp) First(text string) []int { return r.compiled().FindStringSubmatchIndex(text) }

// All returns the matches in a text, up to the first that is empty behind
// another: that one is in error.
func (r *Regexp) All(text string) (matches [][]int, emptyAt bool) {
	re := r.compiled()
	empty := !r.anchored && re.MatchString("") // wherever it stands
	matches = re.FindAllStringSubmatchIndex(text, -1)
	for i, m := range matches {
		end := m[1]
		if end >= len(text) {
			return matches[:i+1], false
		}
		if i+1 == len(matches) {
			return matches, empty || m[0] == end
		}
		next := matches[i+1]
		if m[0] == end || next[0] == next[1] || empty && next[0] > end {
			return matches[:i+1], true
		}
	}
	return matches, false
}

// translator rewrites a pattern for Go's engine.
type translator struct {
	src      string
	pos      int
	out      strings.Builder
	class    bool // within brackets
	anchored bool // there is an assertion in it
}

// The classes that JavaScript has and Go has not, or smaller.
const (
	space      = `\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`
	lineEnds   = `\n\r\x{2028}\x{2029}`
	everything = `\x{0}-\x{10ffff}`
)

// translate writes a JavaScript pattern as Go's, and tells whether it has
// assertions.
func translate(pattern string) (_ string, anchored bool, err error) {
	t := &translator{src: pattern}
	for t.pos < len(t.src) && err == nil {
		err = t.next()
	}
	return t.out.String(), t.anchored, err
}

// next translates the next character or escape.
func (t *translator) next() error {
	c := t.src[t.pos]
	rest := t.src[t.pos:]
	switch {
	case c == '\\':
		return t.escape()
	case t.class:
		t.inClass(c)
	case strings.HasPrefix(rest, "[^]"):
		t.out.WriteString("[" + everything + "]")
		t.pos += 3
		return nil
	case strings.HasPrefix(rest, "[]"):
		t.out.WriteString("[^" + everything + "]")
		t.pos += 2
		return nil
	case c == '[':
		t.class = true
		t.out.WriteByte('[')
		if strings.HasPrefix(rest, "[^") {
			t.out.WriteByte('^')
			t.pos++
		}
	case c == '.':
		t.out.WriteString("[^" + lineEnds + "]")
	case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") || strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!"):
		return errors.New("looking ahead and behind is not supported: " + rest[:3])
	default:
		t.anchored = t.anchored || c == '^' || c == '$'
		t.out.WriteByte(c)
	}
	t.pos++
	return nil
}

// inClass translates a character within brackets.
func (t *translator) inClass(c byte) {
	switch c {
	case ']':
		t.class = false
		t.out.WriteByte(c)
	case '[', '&', '~':
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	default:
		t.out.WriteByte(c)
	}
}

// escape translates what follows a backslash.
func (t *translator) escape() error {
	if t.pos+1 >= len(t.src) {
		return errors.New("a backslash at the end")
	}
	c := t.src[t.pos+1]
	t.pos += 2
	switch c {
	case 'd', 'D', 'w', 'W', 't', 'n', 'r', 'f', 'v':
		t.out.WriteString(`\` + string(c))
	case 's', 'S':
		t.space(c == 'S')
	case 'b', 'B':
		if t.class {
			t.out.WriteString(`\x08`)
			return nil
		}
		t.anchored = true
		t.out.WriteString(`\` + string(c))
	case 'x':
		return t.code(2)
	case 'u':
		return t.code(4)
	case 'c':
		if t.pos < len(t.src) {
			fmt.Fprintf(&t.out, `\x%02x`, t.src[t.pos]%32)
			t.pos++
		}
	case '0':
		t.out.WriteString(`\x00`)
	case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if t.class {
			t.out.WriteByte(c)
			return nil
		}
		return errors.New("references back are not supported: \\" + string(c))
	default:
		if c < 0x80 {
			t.out.WriteString(regexp.QuoteMeta(string(c)))
			if c == '-' && t.class { // a range otherwise
				s := t.out.String()
				t.out.Reset()
				t.out.WriteString(s[:len(s)-1] + `\-`)
			}
			return nil
		}
		t.out.WriteByte(c)
	}
	return nil
}

// space writes JavaScript's class of white space, or its complement.
func (t *translator) space(not bool) {
	switch {
	case !not && t.class:
		t.out.WriteString(space)
	case !not:
		t.out.WriteString("[" + space + "]")
	case !t.class:
		t.out.WriteString("[^" + space + "]")
	default: // Go has no complement within brackets but for its own classes
		t.out.WriteString(`\S`)
	}
}

// code translates an escaped character code of n hexadecimal digits.
func (t *translator) code(n int) error {
	if t.pos+n <= len(t.src) {
		if code, err := strconv.ParseUint(t.src[t.pos:t.pos+n], 16, 32); err == nil {
			t.pos += n
			fmt.Fprintf(&t.out, `\x{%x}`, code)
			return nil
		}
	}
	t.out.WriteByte(t.src[t.pos-1]) // the letter itself
	return nil
}
