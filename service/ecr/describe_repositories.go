package ecr

import (
	"context"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxDescribed is how many repositories a page holds unless told otherwise.
const maxDescribed = 100

// DescribeRepositories returns the named repositories or all, by name, a page at
// a time.
//
// Spec: Amazon ECR API Reference, DescribeRepositories.
func (s *Service) DescribeRepositories(ctx context.Context, in *api.DescribeRepositoriesInput) (*api.DescribeRepositoriesOutput, error) {
	h, err := registryOf(ctx, in.RegistryId, "DescribeRepositories", "*")
	if err != nil {
		return nil, err
	}
	out := &api.DescribeRepositoriesOutput{}
	if in.RepositoryNames == nil {
		err = s.Store.View(ctx, func(tx *kv.Tx) error { return describePage(tx, h, in, out) })
		return out, err
	}
	switch {
	case in.MaxResults != nil:
		return nil, invalid("maxResults", "must not be specified together with repositoryNames")
	case in.NextToken != nil:
		return nil, invalid("nextToken", "must not be specified together with repositoryNames")
	}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		out.Repositories = make([]api.Repository, 0, len(in.RepositoryNames))
		for _, name := range in.RepositoryNames {
			r, err := load(tx, h, name)
			if err != nil {
				return err
			}
			out.Repositories = append(out.Repositories, *r.shape(h))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// describePage reads the page that a token and a size ask for.
func describePage(tx *kv.Tx, h registry, in *api.DescribeRepositoriesInput, out *api.DescribeRepositoriesOutput) error {
	limit := maxDescribed
	if in.MaxResults != nil {
		limit = int(*in.MaxResults)
	}
	list := h.key("r")
	rows, ok := service.AfterToken(list, kv.Prefix(list), in.NextToken)
	if !ok {
		return invalid("nextToken", "Invalid token")
	}
	var last kv.Key
	out.Repositories = []api.Repository{}
	for row, err := range kv.Scan[repository](tx, rows) {
		if err != nil {
			return err
		}
		if len(out.Repositories) == limit {
			out.NextToken = service.RowToken(list, last)
			return nil
		}
		last = row.Key
		out.Repositories = append(out.Repositories, *row.Value.shape(h))
	}
	return nil
}
