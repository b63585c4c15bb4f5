package main

import (
	"fmt"
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

// newNaming names all structures. An operation's input and output take its
// name; a shape that has other uses as well keeps its own, and the operation's
// name becomes an alias.
func newNaming(svc *wire.Service) (*naming, error) {
	n := &naming{svc: svc, types: map[int]string{}, aliases: map[string]string{}, taken: map[string]bool{}}
	for _, name := range reserved {
		n.taken[name] = true
	}
	uses := useCounts(svc)
	type want struct {
		row  int
		name string
	}
	var shared []want
	own := map[string]bool{}
	for _, op := range svc.Operations {
		if !generated(op) {
			continue
		}
		for _, w := range []want{{op.Input, op.Name + "Input"}, {op.Output, op.Name + "Output"}} {
			own[w.name] = true
			switch {
			case w.row == wire.NoShape:
				n.empty = append(n.empty, w.name)
			case uses[w.row] > 1:
				shared = append(shared, w)
				continue
			default:
				n.types[w.row] = w.name
			}
			n.taken[w.name] = true
		}
	}
	for _, w := range shared {
		if n.types[w.row] != "" {
			continue
		}
		// A shared shape may well have the very name that one of its operations asks for.
		if name := c2j.GoName(svc.Shapes[w.row].Name); own[name] {
			if n.taken[name] || !asks(svc, w.row, name) {
				return nil, fmt.Errorf("%s: shape %s and an operation ask for one name", svc.ID, name)
			}
			n.types[w.row], n.taken[name] = name, true
		}
	}
	for i, s := range svc.Shapes {
		if n.types[i] == "" && (s.Kind == wire.Structure || s.Kind == wire.Events) {
			n.types[i] = n.claim(c2j.GoName(s.Name), "Shape")
		}
	}
	for _, w := range shared {
		if n.types[w.row] != w.name {
			n.aliases[w.name] = n.types[w.row]
			n.taken[w.name] = true
		}
	}
	return n, nil
}

// claim takes name, or name with suffix where that is gone.
func (n *naming) claim(name, suffix string) string {
	for n.taken[name] {
		name += suffix
	}
	n.taken[name] = true
	return name
}

// asks reports whether name is what an operation calls its own input or output
// of that row.
func asks(svc *wire.Service, row int, name string) bool {
	for _, op := range svc.Operations {
		if generated(op) && (op.Input == row && op.Name+"Input" == name || op.Output == row && op.Name+"Output" == name) {
			return true
		}
	}
	return false
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
