package logs

import (
	"context"
	"slices"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DescribeQueries returns the queries of the last days, the newest first.
//
// Spec: CloudWatch Logs API Reference, DescribeQueries.
func (s *Service) DescribeQueries(ctx context.Context, in *api.DescribeQueriesInput) (*api.DescribeQueriesOutput, error) {
	h := homeOf(ctx)
	folder := h.key("qo")
	r := kv.Prefix(folder)
	r.Reverse = true
	if in.NextToken != nil {
		rest, err := readPage(folder, *in.NextToken)
		if err != nil {
			return nil, err
		}
		r = r.After(append(slices.Clone(folder), rest...))
	}
	most := 1000
	if in.MaxResults != nil {
		most = int(*in.MaxResults)
	}
	out := &api.DescribeQueriesOutput{Queries: []api.QueryInfo{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		var last kv.Key
		for row, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			var id string
			if err := row.Key.Scan(5, &id); err != nil {
				return err
			}
			q, err := loadQuery(tx, h, id)
			if err != nil {
				return err
			}
			if !q.chosen(in) {
				continue
			}
			if len(out.Queries) == most {
				out.NextToken = service.PageToken(folder, string(last[len(folder):]))
				return nil
			}
			last = row.Key
			out.Queries = append(out.Queries, q.render())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// chosen says whether a request wants a query.
func (q *query) chosen(in *api.DescribeQueriesInput) bool {
	if in.Status != nil && *in.Status != q.Status || in.QueryLanguage != nil && *in.QueryLanguage != string(api.QueryLanguageCwli) {
		return false
	}
	return in.LogGroupName == nil || slices.ContainsFunc(q.Groups, func(g queried) bool { return g.Name == *in.LogGroupName })
}

// render writes a query as clients see it.
func (q *query) render() api.QueryInfo {
	out := api.QueryInfo{
		QueryId: &q.ID, QueryString: &q.Text, Status: &q.Status, CreateTime: &q.Created,
		QueryLanguage: new(string(api.QueryLanguageCwli)), BytesScanned: new(float64(q.Bytes)),
	}
	if len(q.Groups) > 0 {
		out.LogGroupName = &q.Groups[0].Name
	}
	if q.Ended > 0 {
		out.QueryDuration = new(q.Ended - q.Created)
	}
	if q.Identity != "" {
		out.UserIdentity = &q.Identity
	}
	return out
}
