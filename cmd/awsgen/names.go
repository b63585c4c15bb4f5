package main

import (
	"slices"
	"strings"

	"maru.dev/maru/internal/c2j"
	"maru.dev/maru/wire"
)

// naming decides what each structure is called in Go.
type naming struct {
	svc     *wire.Service
	types   map[int]string    // row of a structure → its Go type
	aliases map[string]string // name an operation asks for → type that it shares
	empty   []string          // inputs and outputs that the model does not have
	taken   map[string]bool
}

// reserved are the names that each generated package declares for itself.
var reserved = []string{"Model", "Service", "Unimplemented"}

// wanted is a name that an operation asks for its input or output.
type wanted struct {
	row  int
	name string
}

// newNaming names all structures. An operation's input and output take its
// name; a shape that has other uses as well keeps its own, and the operation's
// name becomes an alias.
func newNaming(svc *wire.Service) *naming {
	n := &naming{svc: svc, types: map[int]string{}, aliases: map[string]string{}, taken: map[string]bool{}}
	for _, name := range reserved {
		n.taken[name] = true
	}
	shared := n.operations()
	n.shared(shared)
	for i, s := range svc.Shapes {
		if n.types[i] == "" && (s.Kind == wire.Structure || s.Kind == wire.Events) {
			n.types[i] = n.claim(c2j.GoName(s.Name), "Shape")
		}
	}
	for _, w := range shared {
		if n.types[w.row] != w.name {
			n.aliases[w.name] = n.types[w.row]
		}
	}
	return n
}

// operations gives each operation's names to the shapes that have no other
// use, and returns those whose shapes do. All of the names are taken.
func (n *naming) operations() (shared []wanted) {
	uses := useCounts(n.svc)
	for _, op := range n.svc.Operations {
		if !generated(op) {
			continue
		}
		for _, w := range []wanted{{op.Input, op.Name + "Input"}, {op.Output, op.Name + "Output"}} {
			n.taken[w.name] = true
			switch {
			case w.row == wire.NoShape:
				n.empty = append(n.empty, w.name)
			case uses[w.row] > 1:
				shared = append(shared, w)
			default:
				n.types[w.row] = w.name
			}
		}
	}
	return shared
}

// shared lets a shared shape keep its own name where one of its operations
// asks for just that.
func (n *naming) shared(shared []wanted) {
	for _, w := range shared {
		if own := c2j.GoName(n.svc.Shapes[w.row].Name); slices.Contains(shared, wanted{w.row, own}) {
			n.types[w.row] = own
		}
	}
}

// claim takes name, or name with suffix where that is gone.
func (n *naming) claim(name, suffix string) string {
	for n.taken[name] {
		name += suffix
	}
	n.taken[name] = true
	return name
}

// useCounts counts for each row how often members, operations and error lists
// refer to it.
func useCounts(svc *wire.Service) map[int]int {
	uses := map[int]int{}
	for _, s := range svc.Shapes {
		for _, m := range s.Members {
			uses[m.Ref]++
		}
	}
	for _, op := range svc.Operations {
		if !generated(op) {
			continue
		}
		uses[op.Input]++
		uses[op.Output]++
		for _, e := range op.Errors {
			uses[e]++
		}
	}
	return uses
}

// enumName is the Go name of an enumeration's value: words in capitals are
// brought down (DEEP_ARCHIVE becomes DeepArchive), since capitals end words.
func enumName(value string) string {
	if strings.ToUpper(value) == value {
		value = strings.ToLower(value)
	}
	return c2j.GoName(value)
}
