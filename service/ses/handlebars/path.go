package handlebars

import (
	"encoding/json"
	"strconv"
	"strings"
)

// path names a value: from where, and by which steps.
type path struct {
	text  string
	up    int      // "../" so many times
	at    string   // "@index" and the like; "" for the data
	steps []string // members and indexes
}

// parsePath reads a path.
func parsePath(text string) (path, error) {
	p := path{text: text}
	rest := strings.TrimPrefix(text, "&")
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return p, syntax("{{}}: a name is missing")
	}
	if strings.ContainsAny(rest, " \t\r\n(){}|=\"'") {
		return p, syntax("{{%s}}: there is no such helper", text)
	}
	for {
		after, ok := strings.CutPrefix(rest, "../")
		if !ok {
			break
		}
		rest, p.up = after, p.up+1
	}
	if rest == ".." {
		p.up, rest = p.up+1, "this"
	}
	if strings.HasPrefix(rest, "@") {
		name, further, _ := strings.Cut(rest[1:], ".")
		switch name {
		case "index", "key", "first", "last", "root":
		default:
			return p, syntax("{{%s}}: there is no @%s", text, name)
		}
		p.at, rest = name, further
	}
	if rest == "this" || rest == "." {
		return p, nil
	}
	rest = strings.TrimPrefix(strings.TrimPrefix(rest, "this."), "./")
	return p, p.split(rest)
}

// split reads the steps of a path: names between dots or slashes, or anything
// in brackets.
func (p *path) split(rest string) error {
	for rest != "" {
		var step string
		if strings.HasPrefix(rest, "[") {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return syntax("{{%s}}: [ has no ]", p.text)
			}
			step, rest = rest[1:end], rest[end+1:]
		} else {
			end := strings.IndexAny(rest, "./[")
			if end < 0 {
				end = len(rest)
			}
			step, rest = rest[:end], rest[end:]
		}
		if step == "" {
			return syntax("{{%s}} is no path", p.text)
		}
		p.steps = append(p.steps, step)
		if rest != "" && (rest[0] == '.' || rest[0] == '/') {
			if rest = rest[1:]; rest == "" {
				return syntax("{{%s}} is no path", p.text)
			}
		}
	}
	return nil
}

// frame is what a block lets its inside see.
type frame struct {
	this  any
	outer *frame
	index any // of an each, else nil
	key   any
	first bool
	last  bool
}

// find looks a path up.
func (p *path) find(f *frame) (any, bool) {
	for range p.up {
		if f = f.outer; f == nil {
			return nil, false
		}
	}
	value := f.this
	if p.at != "" {
		var ok bool
		if value, ok = f.special(p.at); !ok {
			return nil, false
		}
	}
	for _, step := range p.steps {
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[step]
			if !ok {
				return nil, false
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(step)
			switch {
			case step == "length":
				value = json.Number(strconv.Itoa(len(v)))
			case err != nil || i < 0 || i >= len(v):
				return nil, false
			default:
				value = v[i]
			}
		default:
			return nil, false
		}
	}
	return value, true
}

// special finds what an each says of its present element, or the data's root.
func (f *frame) special(name string) (any, bool) {
	if name == "root" {
		for f.outer != nil {
			f = f.outer
		}
		return f.this, true
	}
	for f != nil && f.index == nil {
		f = f.outer
	}
	if f == nil {
		return nil, false
	}
	switch name {
	case "index":
		return f.index, true
	case "key":
		return f.key, f.key != nil
	case "first":
		return f.first, true
	}
	return f.last, true
}
