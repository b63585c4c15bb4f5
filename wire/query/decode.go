package query

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/wire"
	"maru.dev/maru/wire/internal/xmlvalue"
)

// decoder walks the parameters in the order of their names, in which those of
// one structure, element or entry stand together.
type decoder struct {
	*wire.Reading
	params url.Values
	keys   []string
	ec2    bool
}

// span is a run of keys that share their first at bytes.
type span struct{ from, to, at int }

// group is the part of a span whose keys go on with the same name: one key that
// ends there, or those that have a dot after it.
type group struct {
	name string
	leaf bool
	span
}

// groups splits a span by the keys' next name.
func (d *decoder) groups(s span, visit func(group) error) error {
	for i := s.from; i < s.to; {
		rest := d.keys[i][s.at:]
		name, _, nested := strings.Cut(rest, ".")
		if !nested {
			if err := visit(group{name, true, span{i, i + 1, len(d.keys[i])}}); err != nil {
				return err
			}
			i++
			continue
		}
		end := i + 1
		prefix := rest[:len(name)+1]
		for end < s.to && strings.HasPrefix(d.keys[end][s.at:], prefix) {
			end++
		}
		if err := visit(group{name, false, span{i, end, s.at + len(prefix)}}); err != nil {
			return err
		}
		i = end
	}
	return nil
}

// text is the value of the one key of a leaf.
func (d *decoder) text(g group) string {
	if values := d.params[d.keys[g.from]]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (d *decoder) structure(t *wire.Type, v reflect.Value, s span) error {
	if err := d.Spend(t); err != nil {
		return err
	}
	var seen wire.Seen
	err := d.groups(s, func(g group) error {
		f := d.find(t, g.name)
		if f == nil {
			return nil
		}
		if scalar := f.Type.Shape.Kind >= wire.String && f.Type.Shape.Kind <= wire.Timestamp; scalar != g.leaf && !(g.leaf && f.Type.Shape.Kind != wire.Structure) {
			return nil
		}
		seen.Add(f)
		if err := d.Member(f); err != nil {
			return err
		}
		if err := d.value(f, f.Set(v), g); err != nil {
			return err
		}
		d.Leave()
		return nil
	})
	d.Done(t, seen)
	return err
}

// find returns the member that a parameter names.
func (d *decoder) find(t *wire.Type, name string) *wire.Field {
	if !d.ec2 {
		return t.ByXML(name)
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.QueryName == name || f.QueryName == "" && capital(f.Wire) == name {
			return f
		}
	}
	return nil
}

func (d *decoder) value(f *wire.Field, v reflect.Value, g group) error {
	t := f.Type
	switch t.Shape.Kind {
	case wire.Structure:
		return d.structure(t, v, g.span)
	case wire.List:
		return d.list(f, v, g)
	case wire.Map:
		return d.entries(f, v, g)
	case wire.Document, wire.Events:
		return nil
	}
	return wire.SetText(d.text(g), t, wire.TimeFormatOf(f, wire.ISO8601), v)
}

// numbered is one element's parameters, with the number that they carry.
type numbered struct {
	n int
	group
}

// elements returns the numbered groups in s by their numbers, whether or not
// they stand below a name of their own ("member", "entry").
func (d *decoder) elements(s span, names ...string) ([]numbered, error) {
	var out []numbered
	err := d.groups(s, func(g group) error {
		if n, err := strconv.ParseUint(g.name, 10, 31); err == nil {
			out = append(out, numbered{int(n), g})
			return nil
		}
		if g.leaf || !slices.Contains(names, g.name) {
			return nil
		}
		return d.groups(g.span, func(g group) error {
			if n, err := strconv.ParseUint(g.name, 10, 31); err == nil {
				out = append(out, numbered{int(n), g})
			}
			return nil
		})
	})
	slices.SortStableFunc(out, func(a, b numbered) int { return a.n - b.n })
	return out, err
}

func (d *decoder) list(f *wire.Field, v reflect.Value, g group) error {
	t := f.Type
	if v.IsNil() {
		v.Set(reflect.MakeSlice(t.Go, 0, 0))
	}
	if g.leaf { // "Names=" is an empty list
		return nil
	}
	list, err := d.elements(g.span, "member", t.Elem.WireName)
	if err != nil {
		return err
	}
	scalar := t.Elem.Type.Shape.Kind >= wire.String
	for _, e := range list {
		if e.leaf != scalar && !(e.leaf && t.Elem.Type.Shape.Kind == wire.List) {
			continue
		}
		if err := d.Element(v.Len()); err != nil {
			return err
		}
		value, err := d.Append(t, v)
		if err != nil {
			return err
		}
		if err := d.value(t.Elem, value, e.group); err != nil {
			return err
		}
		d.Leave()
	}
	return nil
}

func (d *decoder) entries(f *wire.Field, v reflect.Value, g group) error {
	t := f.Type
	m := wire.NewMapWriter(d.Reading, t, v)
	defer m.Close()
	if g.leaf {
		return nil
	}
	list, err := d.elements(g.span, "entry")
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := d.entry(t, &m, e.group); err != nil {
			return err
		}
	}
	return nil
}

// entry reads one entry of a map: its key, and its value if it has one.
func (d *decoder) entry(t *wire.Type, m *wire.MapWriter, e group) error {
	if e.leaf {
		return nil
	}
	keyName, valueName := xmlvalue.EntryNames(t)
	var key string
	var value *group
	hasKey := false
	err := d.groups(e.span, func(g group) error {
		switch {
		case g.leaf && (g.name == keyName || g.name == "key"):
			key, hasKey = d.text(g), true
		case g.name == valueName || g.name == "value":
			value = &g
		}
		return nil
	})
	if err != nil || !hasKey {
		return err
	}
	if err := d.Entry(key); err != nil {
		return err
	}
	v, err := m.Next()
	if err != nil {
		return err
	}
	if value != nil && value.leaf == (t.Elem.Type.Shape.Kind >= wire.String) {
		if err := d.value(t.Elem, v, *value); err != nil {
			return err
		}
	}
	m.Put(key)
	d.Leave()
	return nil
}
