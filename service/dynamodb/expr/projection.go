package expr

import (
	"maru.dev/maru/service/dynamodb/attr"
)

// Projection says which parts of an item to keep. The zero Projection keeps
// all of it.
type Projection struct {
	paths []Path
	tops  []branch
}

// ParseProjection parses a ProjectionExpression.
func ParseProjection(text string, params *Params) (Projection, error) {
	p, err := newParser(ProjectionExpression, text, params)
	if err != nil {
		return Projection{}, err
	}
	for {
		if _, err := p.parsePath(); err != nil {
			return Projection{}, err
		}
		if !p.accept(",") {
			break
		}
	}
	if err := p.end(); err != nil {
		return Projection{}, err
	}
	if err := p.verdict(); err != nil {
		return Projection{}, err
	}
	if err := clashes(ProjectionExpression, p.paths); err != nil {
		return Projection{}, err
	}
	return newProjection(p.paths), nil
}

// Names returns the projection onto whole attributes: the legacy AttributesToGet.
func Names(names []string) Projection {
	paths := make([]Path, len(names))
	for i, n := range names {
		paths[i] = Path{{Name: n}}
	}
	return newProjection(paths)
}

// newProjection returns the projection onto paths.
func newProjection(paths []Path) Projection { return Projection{paths, branches(paths)} }

// All tells whether p keeps everything.
func (p Projection) All() bool { return len(p.paths) == 0 }

// Paths are the paths that p keeps.
func (p Projection) Paths() []Path { return p.paths }

// Tops are the attributes that p needs, sorted.
func (p Projection) Tops() []string {
	tops := make([]string, len(p.tops))
	for i := range p.tops {
		tops[i] = p.tops[i].step.Name
	}
	return tops
}

// Apply returns what p keeps of item.
func (p Projection) Apply(item attr.Item) attr.Item {
	if p.All() {
		return item
	}
	return projectMap(item, p.tops)
}

// projectMap keeps of m what the branches lead to.
func projectMap(m attr.Item, all []branch) attr.Item {
	out := make(attr.Item, 0, min(len(all), len(m)))
	inMap(m, all, func(b *branch, v attr.Value) {
		if v = b.project(v); v.Kind != attr.Missing {
			out = append(out, attr.Attr{Name: b.step.Name, Value: v})
		}
	})
	return out
}

// project keeps of the value at b what its paths lead to, or is Missing.
func (b *branch) project(v attr.Value) attr.Value {
	switch {
	case b.end != noEnd:
		return v
	case v.Kind == attr.Map:
		if m := projectMap(v.Map, b.kids); len(m) > 0 {
			return attr.Value{Kind: attr.Map, Map: m}
		}
	case v.Kind == attr.List:
		var list []attr.Value
		inList(v.List, b.kids, func(b *branch, v attr.Value) {
			if v = b.project(v); v.Kind != attr.Missing {
				list = append(list, v)
			}
		})
		if list != nil {
			return attr.Value{Kind: attr.List, List: list}
		}
	}
	return attr.Value{}
}

// Finder finds in items what paths lead to, which may overlap.
type Finder struct {
	tops []branch
}

// NewFinder returns a Finder for paths.
func NewFinder(paths []Path) Finder { return Finder{branches(paths)} }

// Find tells of each path that leads to something in item, by its place. Of
// equal paths it tells of the last one alone.
func (f Finder) Find(item attr.Item, found func(place int, v attr.Value)) {
	var visit func(b *branch, v attr.Value)
	visit = func(b *branch, v attr.Value) {
		if b.end != noEnd {
			found(b.end, v)
		}
		switch v.Kind {
		case attr.Map:
			inMap(v.Map, b.kids, visit)
		case attr.List:
			inList(v.List, b.kids, visit)
		}
	}
	inMap(item, f.tops, visit)
}
