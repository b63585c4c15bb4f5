package logs

import (
	"context"
	"strconv"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetQueryResults returns what a query has found; as long as it runs, so far.
//
// Spec: CloudWatch Logs API Reference, GetQueryResults.
func (s *Service) GetQueryResults(ctx context.Context, in *api.GetQueryResultsInput) (*api.GetQueryResultsOutput, error) {
	h := homeOf(ctx)
	first := 0
	if in.NextToken != nil {
		text, err := readPage(h.key("qr", in.QueryId), *in.NextToken)
		if err != nil {
			return nil, err
		}
		if first, err = strconv.Atoi(text); err != nil {
			return nil, noPage()
		}
	}
	most := 0
	if in.MaxItems != nil {
		most = int(*in.MaxItems)
	}
	out := &api.GetQueryResultsOutput{Results: [][]api.ResultField{}, QueryLanguage: new(string(api.QueryLanguageCwli))}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		q, err := loadQuery(tx, h, in.QueryId)
		if err != nil {
			return err
		}
		out.Status, out.Statistics = &q.Status, q.statistics()
		n := 0
		for i := range q.Pages {
			page, _, err := kv.Get[resultPage](tx, h.queryPageKey(q.ID, q.Run, i))
			if err != nil {
				return err
			}
			for _, row := range page.Rows {
				if n++; n <= first {
					continue
				}
				if most > 0 && len(out.Results) == most {
					out.NextToken = service.PageToken(h.key("qr", q.ID), strconv.Itoa(n-1))
					return nil
				}
				fields := make([]api.ResultField, len(row))
				for i := range row {
					fields[i] = api.ResultField{Field: &row[i].Name, Value: &row[i].Value}
				}
				out.Results = append(out.Results, fields)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
