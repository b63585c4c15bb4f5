package vtl

import (
	"strings"

	"maru.dev/maru/pattern/scan"
)

// parser reads a template, or the text of an interpolated string in one.
type parser struct {
	text   string
	at     int
	macros map[string]*macro
	nested int

	line, column int // of the text's beginning within the template, less one
}

// failAt makes the error of a place.
func (p *parser) failAt(at int, reason string) error {
	before := p.text[:min(at, len(p.text))]
	line := strings.Count(before, "\n")
	column := len(before) - strings.LastIndexByte(before, '\n')
	if line == 0 {
		column += p.column
	}
	return &SyntaxError{Line: p.line + line + 1, Column: column, Reason: reason}
}

// unexpected is the error of what stands at a place, as Velocity words it.
func (p *parser) unexpected(at int) error {
	if at >= len(p.text) {
		return p.failAt(at, `Encountered "<EOF>"`)
	}
	word := scan.Reader{Text: p.text, At: at}
	shown := word.Until(" \t\r\n()[]{},\"'")
	if shown == "" {
		shown = p.text[at : at+1]
	}
	return p.failAt(at, `Encountered "`+shown+`"`)
}

// enter counts a level of nesting; the caller leaves it.
func (p *parser) enter() error {
	if p.nested++; p.nested > maxNested {
		return p.failAt(p.at, "The template is nested too deep")
	}
	return nil
}

// leave ends a level of nesting.
func (p *parser) leave() { p.nested-- }

// template reads the whole text.
func (p *parser) template() (block, error) {
	body, end, err := p.block()
	if err == nil && end != "" {
		return nil, p.unexpected(p.at)
	}
	return body, err
}

// block reads up to an #end, #else or #elseif, which it names and does not take, or
// to the end of the text.
func (p *parser) block() (body block, end string, err error) {
	if err := p.enter(); err != nil {
		return nil, "", err
	}
	defer p.leave()
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			body = append(body, literal(plain.String()))
			plain.Reset()
		}
	}
	for p.at < len(p.text) {
		if plain.Len() == 0 {
			p.spaceBeforeSet()
		}
		i := strings.IndexAny(p.text[p.at:], `$#\`)
		if i < 0 {
			i = len(p.text) - p.at
		}
		plain.WriteString(p.text[p.at : p.at+i])
		if p.at += i; p.at == len(p.text) {
			break
		}
		from := p.at
		slashes := p.slashes()
		var n node
		switch p.peek() {
		case '$':
			n, err = p.reference(slashes)
		case '#':
			n, end, err = p.hash(slashes)
		}
		switch {
		case err != nil:
			return nil, "", err
		case end != "":
			plain.WriteString(p.text[from : from+slashes/2])
			flush()
			return body, end, nil
		case n == nil && p.at == from+slashes: // nothing but text
			plain.WriteString(p.text[from:p.at])
			if slashes == 0 {
				plain.WriteString(p.text[p.at : p.at+1])
				p.at++
			}
		case n != nil:
			flush()
			body = append(body, n)
		default: // taken, and nothing of it is shown
			flush()
		}
	}
	flush()
	return body, "", nil
}

// spaceBeforeSet takes the white space before a #set that follows on something
// other than text: the one directive before which Velocity takes it.
func (p *parser) spaceBeforeSet() {
	r := scan.Reader{Text: p.text, At: p.at}
	for r.Accept(' ') || r.Accept('\t') {
	}
	start := r.At
	if r.AcceptText("#set") || r.AcceptText("#{set}") {
		for r.Accept(' ') || r.Accept('\t') {
		}
		if r.Peek() == '(' {
			p.at = start
		}
	}
}

// slashes takes the backslashes that come next, and tells how many they are.
func (p *parser) slashes() int {
	from := p.at
	for p.peek() == '\\' {
		p.at++
	}
	return p.at - from
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte { return p.byteAt(p.at) }

// byteAt returns the byte at a place, 0 beyond the end.
func (p *parser) byteAt(at int) byte {
	if at < len(p.text) {
		return p.text[at]
	}
	return 0
}

// accept takes a byte if it comes next.
func (p *parser) accept(c byte) bool {
	if p.peek() == c && p.at < len(p.text) {
		p.at++
		return true
	}
	return false
}

// expect takes a byte that has to come next, after white space.
func (p *parser) expect(c byte) error {
	p.spaces()
	if !p.accept(c) {
		return p.unexpected(p.at)
	}
	return nil
}

// spaces takes white space within directives and expressions.
func (p *parser) spaces() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// restOfLine takes the white space and the end of a line after a directive, if
// nothing else is left on it.
func (p *parser) restOfLine() {
	r := scan.Reader{Text: p.text, At: p.at}
	for r.Accept(' ') || r.Accept('\t') {
	}
	if r.AcceptText("\r\n") || r.Accept('\n') || r.Accept('\r') {
		p.at = r.At
	}
}

// letter tells whether an identifier may begin with c.
func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// word tells whether a directive's name may go on with c; an identifier may go on
// with a hyphen, too.
func word(c byte) bool { return letter(c) || c >= '0' && c <= '9' || c == '_' }

// identifier takes an identifier, "" if none comes next.
func (p *parser) identifier() string {
	from := p.at
	if letter(p.peek()) {
		for word(p.peek()) || p.peek() == '-' {
			p.at++
		}
	}
	return p.text[from:p.at]
}
