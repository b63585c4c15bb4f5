package expr

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"maru.dev/maru/service/dynamodb/attr"
)

// branch is a step that some paths have in common, and how they go on. By
// branches all that many paths lead to is found in one walk over an item.
type branch struct {
	step Step
	end  int      // which of the paths ends here, or noEnd
	kids []branch // sorted, the indexes before the names
}

// noEnd is the end of a branch that no path ends at.
const noEnd = -1

// branches returns how paths begin. Of equal paths the last one counts.
func branches(paths []Path) []branch { return branchesAt(paths, inOrder(paths), 0) }

// inOrder returns the places of paths in the order of comparePaths.
func inOrder(paths []Path) []int {
	order := make([]int, len(paths))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return comparePaths(paths[i], paths[j]) })
	return order
}

// comparePaths orders paths step by step.
func comparePaths(a, b Path) int { return slices.CompareFunc(a, b, compareSteps) }

func compareSteps(a, b Step) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Index, b.Index))
}

// branchesAt returns how some of the paths, given in order, go on at depth.
func branchesAt(paths []Path, order []int, depth int) []branch {
	if len(order) == 0 {
		return nil
	}
	out := make([]branch, 0, len(order))
	for len(order) > 0 {
		b, n := branch{step: paths[order[0]][depth], end: noEnd}, 1
		for n < len(order) && paths[order[n]][depth] == b.step {
			n++
		}
		same := order[:n]
		for len(same) > 0 && len(paths[same[0]]) == depth+1 { // the shortest come first
			b.end, same = same[0], same[1:]
		}
		b.kids = branchesAt(paths, same, depth+1)
		out, order = append(out, b), order[n:]
	}
	return out
}

// inMap calls meet with each branch that leads on in m, in order. It goes
// through the branches or through m, whichever are fewer: a search asks for many
// paths in many small items.
func inMap(m attr.Item, all []branch, meet func(b *branch, v attr.Value)) {
	if len(m) < len(all) {
		for i := range m {
			at, ok := slices.BinarySearchFunc(all, Step{Name: m[i].Name}, func(b branch, s Step) int { return compareSteps(b.step, s) })
			if ok && m[i].Name != "" {
				meet(&all[at], m[i].Value)
			}
		}
		return
	}
	for i := range all {
		if v := m.Get(all[i].step.Name); v.Kind != attr.Missing && all[i].step.Name != "" {
			meet(&all[i], v)
		}
	}
}

// inList calls meet with each branch that leads on in list, in order.
func inList(list []attr.Value, all []branch, meet func(b *branch, v attr.Value)) {
	for i := range all {
		step := all[i].step
		if step.Name != "" || step.Index >= len(list) {
			return // and so it is with all that follow
		}
		meet(&all[i], list[step.Index])
	}
}

// clash says how two paths of one expression get into each other's way: they
// overlap when one leads through the other, and conflict when they see the
// same value as a map and as a list.
func clash(a, b Path) string {
	for i := range min(len(a), len(b)) {
		if (a[i].Name == "") != (b[i].Name == "") {
			return "conflict"
		}
		if a[i] != b[i] {
			return ""
		}
	}
	return "overlap"
}

// clashing tells whether any two of paths clash. Then two that are neighbours
// in order do: what leads through a path, or sees a value otherwise, stands
// right behind it.
func clashing(paths []Path) bool {
	order := inOrder(paths)
	for i := 1; i < len(order); i++ {
		if clash(paths[order[i-1]], paths[order[i]]) != "" {
			return true
		}
	}
	return false
}

// clashes refuses paths that get into each other's way, and names the first
// one that does and which one it meets.
func clashes(param string, paths []Path) error {
	if !clashing(paths) {
		return nil
	}
	n := sort.Search(len(paths), func(n int) bool { return clashing(paths[:n]) }) - 1
	for _, a := range paths[:n] {
		if how := clash(a, paths[n]); how != "" {
			return Invalid("Invalid %s: Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s", param, how, a, paths[n])
		}
	}
	return nil
}
