package handlebars

import (
	"fmt"
	"strings"
)

// maxDepth bounds how deep blocks may lie within each other.
const maxDepth = 64

// Template is a parsed template. It can be used by many at once.
type Template struct {
	nodes    []node
	partials map[string][]node
}

// SyntaxError says what is wrong with a template.
type SyntaxError struct{ Reason string }

// Error is the reason.
func (e *SyntaxError) Error() string { return e.Reason }

// node is a piece of a template.
type node struct {
	kind  kind
	text  string // kindText: itself; kindPartial: its name
	path  path   // what to print, or a block's subject
	inner []node
	other []node // after {{else}}
}

// kind is what a node does.
type kind uint8

// The kinds of node. The blocks come last.
const (
	kindText kind = iota
	kindPrint
	kindPartial
	kindIf
	kindUnless
	kindEach
	kindWith
)

// blockKind finds a block by its name.
func blockKind(name string) (kind, bool) {
	switch name {
	case "if":
		return kindIf, true
	case "unless":
		return kindUnless, true
	case "each":
		return kindEach, true
	case "with":
		return kindWith, true
	}
	return 0, false
}

// parser goes through a template's text.
type parser struct {
	rest     string
	trimNext bool // the last tag asked for the white space after it
	partials map[string][]node
}

// Parse reads a template.
func Parse(text string) (*Template, error) {
	p := &parser{rest: text, partials: make(map[string][]node)}
	nodes, end, err := p.nodes(0)
	if err != nil {
		return nil, err
	}
	if end != "" {
		return nil, syntax("{{%s}} has no beginning", end)
	}
	t := &Template{nodes: nodes, partials: p.partials}
	return t, t.checkPartials(nodes, make(map[string]bool))
}

// syntax makes a SyntaxError.
func syntax(format string, args ...any) error {
	return &SyntaxError{Reason: fmt.Sprintf(format, args...)}
}

// checkPartials finds partials that do not exist or use themselves. seen holds
// those that have been looked at: false while they are being.
func (t *Template) checkPartials(nodes []node, seen map[string]bool) error {
	for _, n := range nodes {
		inner := n.inner
		if n.kind == kindPartial {
			done, begun := seen[n.text]
			switch definition, ok := t.partials[n.text]; {
			case !ok:
				return syntax("the partial %s could not be found", n.text)
			case done:
				continue
			case begun:
				return syntax("the partial %s uses itself", n.text)
			default:
				inner, seen[n.text] = definition, false
			}
		}
		if err := t.checkPartials(inner, seen); err != nil {
			return err
		}
		if err := t.checkPartials(n.other, seen); err != nil {
			return err
		}
		if n.kind == kindPartial {
			seen[n.text] = true
		}
	}
	return nil
}

// nodes reads up to the end of the block at hand: end is the tag that ends it,
// "" the end of the text.
func (p *parser) nodes(depth int) (list []node, end string, err error) {
	if depth > maxDepth {
		return nil, "", syntax("blocks lie more than %d deep", maxDepth)
	}
	for {
		text, tag, found, err := p.tag()
		if err != nil {
			return nil, "", err
		}
		if text != "" {
			list = append(list, node{kind: kindText, text: text})
		}
		switch {
		case !found:
			return list, "", nil
		case strings.HasPrefix(tag, "!"):
			continue
		case strings.HasPrefix(tag, "/"), tag == "else", tag == "^", strings.HasPrefix(tag, "else "):
			return list, tag, nil
		}
		n, err := p.node(tag, depth)
		if err != nil {
			return nil, "", err
		}
		if n != nil {
			list = append(list, *n)
		}
	}
}

// node reads what begins with tag. An inline partial leaves no node behind.
func (p *parser) node(tag string, depth int) (*node, error) {
	switch {
	case strings.HasPrefix(tag, "#*"):
		return nil, p.inline(strings.TrimSpace(tag[2:]), depth)
	case strings.HasPrefix(tag, "#"):
		return p.block(strings.TrimSpace(tag[1:]), "", depth)
	case strings.HasPrefix(tag, ">"):
		name := strings.Trim(strings.TrimSpace(tag[1:]), `"'`)
		if name == "" || strings.ContainsAny(name, " \t\n") {
			return nil, syntax("{{%s}}: a partial has a name and nothing else", tag)
		}
		return &node{kind: kindPartial, text: name}, nil
	}
	at, err := parsePath(tag)
	return &node{kind: kindPrint, path: at}, err
}

// block reads a block after its opening tag, up to the tag that closes closer:
// its own name, or that of the block whose {{else if …}} it is.
func (p *parser) block(head, closer string, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, syntax("blocks lie more than %d deep", maxDepth)
	}
	name, subject, _ := strings.Cut(head, " ")
	k, ok := blockKind(name)
	if !ok {
		return nil, syntax("{{#%s}}: there is no such block; there are if, unless, each and with", head)
	}
	if closer == "" {
		closer = name
	}
	at, err := parsePath(strings.TrimSpace(subject))
	if err != nil {
		return nil, err
	}
	n := &node{kind: k, path: at}
	var end string
	if n.inner, end, err = p.nodes(depth + 1); err != nil {
		return nil, err
	}
	if further, ok := strings.CutPrefix(end, "else "); ok {
		other, err := p.block(strings.TrimSpace(further), closer, depth+1)
		if err != nil {
			return nil, err
		}
		n.other = []node{*other}
		return n, nil
	}
	if end == "else" || end == "^" {
		if n.other, end, err = p.nodes(depth + 1); err != nil {
			return nil, err
		}
	}
	return n, closes(end, closer)
}

// closes checks that a block ends with its own tag.
func closes(end, name string) error {
	switch {
	case end == "":
		return syntax("{{#%s}} has no {{/%s}}", name, name)
	case strings.TrimSpace(strings.TrimPrefix(end, "/")) != name:
		return syntax("{{#%s}} ends with {{%s}}", name, end)
	}
	return nil
}

// inline reads the definition of a partial.
func (p *parser) inline(head string, depth int) error {
	word, name, _ := strings.Cut(head, " ")
	name = strings.Trim(strings.TrimSpace(name), `"'`)
	if word != "inline" || name == "" {
		return syntax("{{#* %s}}: want inline and a name", head)
	}
	inner, end, err := p.nodes(depth + 1)
	if err != nil {
		return err
	}
	p.partials[name] = inner
	return closes(end, "inline")
}

// tag reads the text up to the next tag, and the tag without its braces.
func (p *parser) tag() (text, tag string, found bool, err error) {
	start := strings.Index(p.rest, "{{")
	if start < 0 {
		text, p.rest = p.rest, ""
		return p.trimmed(text, false), "", false, nil
	}
	text, p.rest = p.rest[:start], p.rest[start+2:]
	closing := "}}"
	switch {
	case strings.HasPrefix(p.rest, "!--"):
		closing = "--}}"
	case strings.HasPrefix(p.rest, "{"):
		p.rest, closing = p.rest[1:], "}}}"
	}
	end := strings.Index(p.rest, closing)
	if end < 0 {
		return "", "", false, syntax("{{%s has no %s", shortened(p.rest), closing)
	}
	tag, p.rest = p.rest[:end], p.rest[end+len(closing):]
	tag, before := strings.CutPrefix(tag, "~")
	text = p.trimmed(text, before)
	tag, p.trimNext = strings.CutSuffix(tag, "~")
	return text, strings.TrimSpace(tag), true, nil
}

// shortened is the beginning of a text, for a message.
func shortened(text string) string {
	if len(text) > 20 {
		return text[:20] + "…"
	}
	return text
}

// trimmed takes away the white space that the tags beside a text asked for.
func (p *parser) trimmed(text string, end bool) string {
	const white = " \t\r\n"
	if p.trimNext {
		text, p.trimNext = strings.TrimLeft(text, white), false
	}
	if end {
		text = strings.TrimRight(text, white)
	}
	return text
}
