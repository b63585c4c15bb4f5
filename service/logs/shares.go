package logs

import (
	"cmp"
	"slices"

	api "maru.dev/maru/api/logs"
)

// shares are fields with the percentage of events that have each, the most
// frequent first.
func shares(counts map[string]int, total int) []api.LogGroupField {
	out := []api.LogGroupField{}
	for name, n := range counts {
		out = append(out, api.LogGroupField{Name: &name, Percent: new(int32((n*100 + total/2) / total))})
	}
	slices.SortFunc(out, func(a, b api.LogGroupField) int {
		return cmp.Or(cmp.Compare(*b.Percent, *a.Percent), cmp.Compare(*a.Name, *b.Name))
	})
	return out
}
