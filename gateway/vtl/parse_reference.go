package vtl

// reference reads what a $ begins, which may be no more than a $: then it returns
// nil, and has taken nothing.
func (p *parser) reference(slashes int) (node, error) {
	from := p.at
	ref, err := p.path()
	if err != nil {
		return nil, err
	}
	if ref == nil {
		if slashes == 0 && p.byteAt(from+1) == '!' && p.byteAt(from+2) != '{' && p.byteAt(from+2) != '$' {
			p.at = from + 2
			return literal("$"), nil // Velocity drops the mark
		}
		p.at = from
		return nil, nil
	}
	ref.slashes = slashes
	return ref, nil
}

// path reads a reference: a name and what follows it. Without one it returns nil.
func (p *parser) path() (*reference, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	from := p.at
	p.at++ // $
	ref := &reference{quiet: p.accept('!')}
	formal := p.accept('{')
	if ref.name = p.identifier(); ref.name == "" {
		p.at = from
		return nil, nil
	}
	for {
		var part part
		switch {
		case p.peek() == '.' && letter(p.byteAt(p.at+1)):
			p.at++
			part.name = p.identifier()
			if p.peek() == '(' && p.closes() {
				p.at++
				args, err := p.arguments(')')
				if err != nil {
					return nil, err
				}
				part.method, part.args = true, args
			}
		case p.peek() == '[':
			before := p.at
			p.at++
			index, err := p.expression()
			if err == nil {
				err = p.expect(']')
			}
			if err != nil {
				// What is no index is text: "$list[" and "$a[b]" print as they are.
				p.at = before
				return p.finish(ref, from, formal)
			}
			part.index = index
		default:
			return p.finish(ref, from, formal)
		}
		ref.parts = append(ref.parts, part)
	}
}

// finish ends a reference, with its brace.
func (p *parser) finish(ref *reference, from int, formal bool) (*reference, error) {
	if formal && !p.accept('}') {
		return nil, p.unexpected(p.at)
	}
	ref.source = p.text[from:p.at]
	return ref, nil
}

// closes tells whether a parenthesis that opens here is anything but the last
// thing of the text: "$x.get(" at the end is text.
func (p *parser) closes() bool { return p.at+1 < len(p.text) }

// arguments reads expressions between commas, and what closes them.
func (p *parser) arguments(end byte) ([]expression, error) {
	var args []expression
	for {
		p.spaces()
		if len(args) == 0 && p.accept(end) {
			return args, nil
		}
		a, err := p.expression()
		if err != nil {
			return nil, err
		}
		args = append(args, a)
		p.spaces()
		if p.accept(end) {
			return args, nil
		}
		if !p.accept(',') {
			return nil, p.unexpected(p.at)
		}
	}
}
