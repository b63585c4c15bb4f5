package vtl

import "strings"

// hash reads what a # begins: a comment, unparsed text, or a directive. What begins
// none of them is text: then it returns nothing, and has taken nothing. An #end,
// #else or #elseif is named and not taken.
func (p *parser) hash(slashes int) (n node, end string, err error) {
	rest := p.text[p.at:]
	switch {
	case slashes > 0: // only directives are escaped
	case strings.HasPrefix(rest, "##"):
		if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
			p.at += i
			p.restOfLine()
		} else {
			p.at = len(p.text)
		}
		return nil, "", nil
	case strings.HasPrefix(rest, "#*"):
		if i := strings.Index(rest[2:], "*#"); i >= 0 {
			p.at += i + 4
		} else {
			p.at = len(p.text)
		}
		return nil, "", nil
	case strings.HasPrefix(rest, "#[["):
		i := strings.Index(rest, "]]#")
		if i < 0 {
			return nil, "", p.failAt(len(p.text), "The text that #[[ begins has no end")
		}
		p.at += i + 3
		return literal(rest[3:i]), "", nil
	}
	from := p.at
	name, withBody := p.directiveName()
	switch {
	case name == "" || slashes > 0 && !directive(name):
		p.at = from
		return nil, "", nil
	case slashes%2 == 1: // an escaped directive is text
		return literal(strings.Repeat(`\`, slashes/2) + p.text[from:p.at]), "", nil
	case name == "end" || name == "else" || name == "elseif":
		p.at = from
		return nil, name, nil
	}
	if n, err = p.statement(name, withBody, from); err != nil || slashes == 0 {
		return n, "", err
	}
	return block{literal(strings.Repeat(`\`, slashes/2)), n}, "", nil
}

// directiveName takes #name, #{name} or #@name.
func (p *parser) directiveName() (name string, withBody bool) {
	p.at++ // #
	withBody = p.accept('@')
	braced := p.accept('{')
	from := p.at
	if letter(p.peek()) {
		for word(p.peek()) {
			p.at++
		}
	}
	name = p.text[from:p.at]
	if braced && !p.accept('}') {
		return "", false
	}
	return name, withBody
}

// directive tells whether a name is one of Velocity's own directives.
func directive(name string) bool {
	switch name {
	case "set", "if", "elseif", "else", "end", "foreach", "break", "stop", "macro", "define", "evaluate", "literal", "include", "parse":
		return true
	}
	return false
}

// statement reads a directive whose name has been taken.
func (p *parser) statement(name string, withBody bool, from int) (node, error) {
	switch name {
	case "set":
		return p.set()
	case "if":
		return p.branches()
	case "foreach":
		return p.foreach()
	case "break":
		return leave{errBreak}, nil
	case "stop":
		return leave{errStop}, nil
	case "macro":
		return block{}, p.macro()
	case "define":
		return p.define()
	case "evaluate":
		return p.evaluate()
	case "literal":
		return p.raw()
	case "include", "parse":
		return nil, p.failAt(from, "#"+name+" finds no other templates here")
	}
	return p.call(name, withBody, from)
}

// opening takes the parenthesis that follows a directive's name.
func (p *parser) opening() error { return p.expect('(') }

// closing takes the parenthesis at a directive's end, and the rest of its line.
func (p *parser) closing() error {
	if err := p.expect(')'); err != nil {
		return err
	}
	p.restOfLine()
	return nil
}

// set reads #set($ref = expression).
func (p *parser) set() (node, error) {
	if err := p.opening(); err != nil {
		return nil, err
	}
	p.spaces()
	to, err := p.target()
	if err != nil {
		return nil, err
	}
	if err := p.expect('='); err != nil {
		return nil, err
	}
	from, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &assignment{to: to, from: from}, p.closing()
}

// target reads the reference that is set, or that a loop gives its values to.
func (p *parser) target() (*reference, error) {
	at := p.at
	if p.peek() != '$' {
		return nil, p.unexpected(at)
	}
	ref, err := p.path()
	if err == nil && ref == nil {
		err = p.unexpected(at)
	}
	return ref, err
}

// condition reads an expression in parentheses, and the rest of the line.
func (p *parser) condition() (expression, error) {
	if err := p.opening(); err != nil {
		return nil, err
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	return e, p.closing()
}

// branches reads an #if up to its #end.
func (p *parser) branches() (node, error) {
	n := &choice{}
	for name := "if"; ; {
		var b branch
		var err error
		if name != "else" {
			if b.when, err = p.condition(); err != nil {
				return nil, err
			}
		} else {
			p.restOfLine()
		}
		if b.body, name, err = p.block(); err != nil {
			return nil, err
		}
		n.branches = append(n.branches, b)
		if name == "end" {
			p.end()
			return n, nil
		}
		if name == "" || b.when == nil { // nothing follows on an #else
			return nil, p.unexpected(p.at)
		}
		p.directiveName()
	}
}

// end takes an #end and the rest of its line.
func (p *parser) end() {
	p.directiveName()
	p.restOfLine()
}

// body reads a block that nothing but an #end may end.
func (p *parser) body() (block, error) {
	b, end, err := p.block()
	if err != nil {
		return nil, err
	}
	if end != "end" {
		return nil, p.unexpected(p.at)
	}
	p.end()
	return b, nil
}

// foreach reads #foreach($x in expression) and its body.
func (p *parser) foreach() (node, error) {
	if err := p.opening(); err != nil {
		return nil, err
	}
	p.spaces()
	each, err := p.target()
	if err != nil {
		return nil, err
	}
	p.spaces()
	if at := p.at; p.identifier() != "in" {
		return nil, p.unexpected(at)
	}
	n := &foreach{name: each.name}
	if n.over, err = p.expression(); err != nil {
		return nil, err
	}
	if err := p.closing(); err != nil {
		return nil, err
	}
	n.body, err = p.body()
	return n, err
}

// macro reads #macro(name $a $b) and its body.
func (p *parser) macro() error {
	if err := p.opening(); err != nil {
		return err
	}
	p.spaces()
	at := p.at
	name := p.identifier()
	if name == "" || directive(name) {
		return p.unexpected(at)
	}
	m := &macro{}
	for {
		p.spaces()
		if p.accept(',') {
			continue
		}
		if p.peek() == ')' {
			break
		}
		parameter, err := p.target()
		if err != nil {
			return err
		}
		m.parameters = append(m.parameters, parameter.name)
	}
	if err := p.closing(); err != nil {
		return err
	}
	var err error
	m.body, err = p.body()
	if _, twice := p.macros[name]; !twice { // the first one stays
		p.macros[name] = m
	}
	return err
}

// define reads #define($x) and its body.
func (p *parser) define() (node, error) {
	if err := p.opening(); err != nil {
		return nil, err
	}
	p.spaces()
	ref, err := p.target()
	if err != nil {
		return nil, err
	}
	if err := p.closing(); err != nil {
		return nil, err
	}
	body, err := p.body()
	return &definition{name: ref.name, body: body}, err
}

// evaluate reads #evaluate(expression).
func (p *parser) evaluate() (node, error) {
	e, err := p.condition()
	return &evaluation{of: e}, err
}

// raw reads #literal() and its body, which is shown as it is written.
func (p *parser) raw() (node, error) {
	if err := p.opening(); err != nil {
		return nil, err
	}
	if err := p.closing(); err != nil {
		return nil, err
	}
	from := p.at
	_, end, err := p.block()
	if err != nil {
		return nil, err
	}
	if end != "end" {
		return nil, p.unexpected(p.at)
	}
	text := p.text[from:p.at]
	p.end()
	return literal(text), nil
}

// call reads the call of a macro whose name has been taken. Whether there is such a
// macro is known when the template is run: without one, the call is text.
func (p *parser) call(name string, withBody bool, from int) (node, error) {
	c := &call{name: name}
	if !p.callArguments(c) {
		withBody = false
	}
	if withBody {
		var err error
		if c.body, err = p.body(); err != nil {
			return nil, err
		}
	}
	c.source = p.text[from:p.at]
	return c, nil
}

// callArguments reads a call's arguments, which have commas between them or not,
// and the rest of the line. What cannot be read as arguments is text.
func (p *parser) callArguments(c *call) bool {
	before := p.at
	if !p.accept('(') {
		return false
	}
	for {
		p.spaces()
		if p.accept(',') {
			continue
		}
		if p.accept(')') {
			p.restOfLine()
			return true
		}
		a, err := p.expression()
		if err != nil {
			p.at, c.args = before, nil
			return false
		}
		c.args = append(c.args, a)
	}
}
