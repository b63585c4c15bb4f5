package logs

import (
	"context"
	"slices"
	"strings"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DescribeLogStreams returns a group's streams, by name or by their newest
// event, a page at a time.
//
// Spec: CloudWatch Logs API Reference, DescribeLogStreams.
func (s *Service) DescribeLogStreams(ctx context.Context, in *api.DescribeLogStreamsInput) (*api.DescribeLogStreamsOutput, error) {
	h, name, err := groupNamed(ctx, in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	byTime := in.OrderBy != nil && *in.OrderBy == api.OrderByLastEventTime
	if byTime && in.LogStreamNamePrefix != nil {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	prefix := ""
	if in.LogStreamNamePrefix != nil {
		prefix = *in.LogStreamNamePrefix
	}
	out := &api.DescribeLogStreamsOutput{LogStreams: []api.LogStream{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		folder := h.key("s", g.ID)
		if byTime {
			folder = h.key("o", g.ID)
		}
		r := kv.Prefix(folder)
		r.Reverse = in.Descending != nil && *in.Descending
		if prefix != "" && !r.Reverse {
			r.From = folder.With(prefix)
		}
		if in.NextToken != nil {
			rest, err := readPage(folder, *in.NextToken)
			if err != nil {
				return err
			}
			r = r.After(append(slices.Clone(folder), rest...))
		}
		return listStreams(tx, h, &g, folder, r, prefix, pageSize(in.Limit), out)
	})
	return out, err
}

// listStreams reads the streams whose names are the last parts of r's rows.
func listStreams(tx *kv.Tx, h home, g *group, folder kv.Key, r kv.Range, prefix string, limit int, out *api.DescribeLogStreamsOutput) error {
	var last kv.Key
	for row, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		parts, err := row.Key.Parts()
		if err != nil {
			return err
		}
		name, _ := parts[len(parts)-1].(string)
		if !strings.HasPrefix(name, prefix) {
			if r.Reverse {
				continue
			}
			return nil
		}
		if len(out.LogStreams) == limit {
			out.NextToken = service.PageToken(folder, string(last[len(folder):]))
			return nil
		}
		st, ok, err := kv.Get[stream](tx, h.streamKey(g.ID, name))
		if err != nil {
			return err
		}
		if ok {
			out.LogStreams = append(out.LogStreams, st.render(h, g))
		}
		last = row.Key
	}
	return nil
}

// render writes a stream as clients see it.
func (st *stream) render(h home, g *group) api.LogStream {
	out := api.LogStream{
		LogStreamName: &st.Name, CreationTime: &st.Created, StoredBytes: new(int64(0)),
		Arn: new(h.arnOf(g.Name) + ":log-stream:" + st.Name),
	}
	if st.Ingested > 0 {
		out.FirstEventTimestamp, out.LastEventTimestamp, out.LastIngestionTime = &st.First, &st.Last, &st.Ingested
	}
	return out
}
