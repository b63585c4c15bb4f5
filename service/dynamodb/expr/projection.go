package expr

import (
	"cmp"
	"slices"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// Projection says which parts of an item to keep. The zero Projection keeps
// all of it.
type Projection struct {
	paths []Path
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

// newProjection sorts paths so that those with a common start are neighbours.
func newProjection(paths []Path) Projection {
	paths = slices.Clone(paths)
	slices.SortFunc(paths, comparePaths)
	return Projection{paths}
}

// comparePaths orders paths step by step.
func comparePaths(a, b Path) int {
	return slices.CompareFunc(a, b, func(x, y Step) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), cmp.Compare(x.Index, y.Index))
	})
}

// All tells whether p keeps everything.
func (p Projection) All() bool { return len(p.paths) == 0 }

// Paths are the paths that p keeps.
func (p Projection) Paths() []Path { return p.paths }

// Tops are the attributes that p needs.
func (p Projection) Tops() []string {
	var tops []string
	for _, path := range p.paths {
		if len(tops) == 0 || tops[len(tops)-1] != path.Top() {
			tops = append(tops, path.Top())
		}
	}
	return tops
}

// Apply returns what p keeps of item.
func (p Projection) Apply(item attr.Item) attr.Item {
	if p.All() {
		return item
	}
	return projectMap(item, p.paths, 0)
}

// projectMap keeps of m what paths, from their given step on, lead to.
func projectMap(m attr.Item, paths []Path, depth int) attr.Item {
	out := make(attr.Item, 0, min(len(paths), len(m)))
	for group := range groups(paths, depth) {
		name := group[0][depth].Name
		if v := project(m.Get(name), group, depth+1); name != "" && v.Kind != attr.Missing {
			out = append(out, attr.Attr{Name: name, Value: v})
		}
	}
	return out
}

// project keeps of v what a group of paths with a common start leads to.
func project(v attr.Value, group []Path, depth int) attr.Value {
	if len(group[0]) == depth { // the whole value; no other path overlaps it
		return v
	}
	switch v.Kind {
	case attr.Map:
		if m := projectMap(v.Map, group, depth); len(m) > 0 {
			return attr.Value{Kind: attr.Map, Map: m}
		}
	case attr.List:
		var list []attr.Value
		for sub := range groups(group, depth) {
			step := sub[0][depth]
			if step.Name != "" || step.Index >= len(v.List) {
				continue
			}
			if e := project(v.List[step.Index], sub, depth+1); e.Kind != attr.Missing {
				list = append(list, e)
			}
		}
		if list != nil {
			return attr.Value{Kind: attr.List, List: list}
		}
	}
	return attr.Value{}
}

// groups yields the runs of paths that share their step at depth.
func groups(paths []Path, depth int) func(yield func([]Path) bool) {
	return func(yield func([]Path) bool) {
		for len(paths) > 0 {
			n := 1
			for n < len(paths) && paths[n][depth] == paths[0][depth] {
				n++
			}
			if !yield(paths[:n]) {
				return
			}
			paths = paths[n:]
		}
	}
}
