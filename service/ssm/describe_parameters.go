package ssm

import (
	"context"
	"strings"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxDescribed is how many parameters a page holds unless told otherwise.
const maxDescribed = 10

// DescribeParameters returns what is known of parameters but for their values,
// by name, a page at a time.
//
// Spec: Systems Manager API Reference, DescribeParameters.
func (s *Service) DescribeParameters(ctx context.Context, in *api.DescribeParametersInput) (*api.DescribeParametersOutput, error) {
	if len(in.Filters) > 0 && len(in.ParameterFilters) > 0 {
		return nil, invalid("You can use either Filters or ParameterFilters in a single request.")
	}
	given := in.ParameterFilters
	for _, f := range in.Filters { // the older form
		given = append(given, api.ParameterStringFilter{Key: f.Key, Values: f.Values})
	}
	filters, err := readFilters(given, false)
	if err != nil {
		return nil, err
	}
	h := homeOf(ctx)
	out := &api.DescribeParametersOutput{}
	if in.Shared != nil && *in.Shared { // nobody shares any
		out.Parameters = []api.ParameterMetadata{}
		return out, nil
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Parameters = []api.ParameterMetadata{}
		out.NextToken, err = walk(tx, h, "", in.NextToken, pageSize(in.MaxResults, maxDescribed), func(p *parameter) (func(), error) {
			if !matchesAll(filters, p) {
				return nil, nil
			}
			return func() { out.Parameters = append(out.Parameters, p.metadata(h)) }, nil
		})
		return err
	})
	return out, err
}

// walk goes through the parameters whose names begin with prefix, by name, and takes a page of those for which
// want returns how. The token says after which the next page begins; nil is the
// end.
func walk(tx *kv.Tx, h home, prefix string, token *string, limit int, want func(p *parameter) (take func(), err error)) (next *string, err error) {
	r := kv.Prefix(h.key("p"))
	after, err := readToken(h.key("p"), token)
	if err != nil {
		return nil, err
	}
	if prefix != "" {
		r.From = h.parameterKey(prefix)
	}
	if after != "" {
		r = r.After(h.parameterKey(after))
	}
	taken, last := 0, ""
	for row, err := range kv.Scan[parameter](tx, r) {
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(row.Value.Name, prefix) {
			return nil, nil
		}
		take, err := want(&row.Value)
		switch {
		case err != nil:
			return nil, err
		case take == nil:
			continue
		case taken == limit:
			return service.PageToken(h.key("p"), last), nil
		}
		take()
		taken, last = taken+1, row.Value.Name
	}
	return nil, nil
}

// metadata writes what DescribeParameters shows.
func (p *parameter) metadata(h home) api.ParameterMetadata {
	v := p.Newest
	return api.ParameterMetadata{
		Name: &p.Name, ARN: new(h.arnOf(p.Name)), Type: &v.Type, KeyId: wire.Optional(v.KeyID), LastModifiedDate: &v.Modified,
		LastModifiedUser: &v.User, Description: wire.Optional(v.Description), AllowedPattern: wire.Optional(v.Pattern), Version: &v.N,
		Tier: &v.Tier, Policies: renderPolicies(v.Policies), DataType: &v.DataType,
	}
}
