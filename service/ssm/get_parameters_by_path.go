package ssm

import (
	"context"
	"strings"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
)

// GetParametersByPath returns the parameters below a path, by name, a page at a
// time: those directly below it, or at any depth. A filter by label chooses the
// version that has it.
//
// Spec: Systems Manager API Reference, GetParametersByPath.
func (s *Service) GetParametersByPath(ctx context.Context, in *api.GetParametersByPathInput) (*api.GetParametersByPathOutput, error) {
	if err := checkPath(in.Path); err != nil {
		return nil, err
	}
	filters, err := readFilters(in.ParameterFilters, true)
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(in.Path, "/") + "/"
	if prefix == "/" {
		prefix = "" // names without a slash are below the root, too
	}
	recursive := in.Recursive != nil && *in.Recursive
	h := homeOf(ctx)
	out := &api.GetParametersByPathOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Parameters = []api.Parameter{}
		out.NextToken, err = walk(tx, h, prefix, in.NextToken, pageSize(in.MaxResults, maxDescribed), func(p *parameter) (func(), error) {
			if !under(p.Name, in.Path, recursive) || !matchesAll(filters, p) {
				return nil, nil
			}
			v, ok, err := labelled(tx, h, p, filters)
			if err != nil || !ok {
				return nil, err
			}
			return func() { out.Parameters = append(out.Parameters, p.render(h, v, in.WithDecryption)) }, nil
		})
		return err
	})
	return out, err
}

// labelled finds the version of a parameter that filters by label choose; the
// newest if there are none.
func labelled(tx *kv.Tx, h home, p *parameter, filters []filter) (version, bool, error) {
	for _, f := range filters {
		if f.key != "Label" {
			continue
		}
		for _, label := range f.values {
			if n, ok := p.Labels[label]; ok {
				return loadVersion(tx, h, p, n)
			}
		}
		return version{}, false, nil
	}
	return p.Newest, true, nil
}
