package dynamodbstreams

import (
	"context"

	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
	"maru.dev/maru/wire"
)

// pageSize is the size of a page of streams or shards, unless a request says less.
const pageSize = 100

// ListStreams lists the streams of an account, or of one table: those that are
// on, and those that were within a day.
//
// Spec: DynamoDB Streams API Reference, ListStreams.
func (s *Service) ListStreams(ctx context.Context, in *api.ListStreamsInput) (*api.ListStreamsOutput, error) {
	info := call.From(ctx)
	limit := pageSize
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	space := stream.In(info.Account, info.Region)
	r := space.All(wire.Value(in.TableName))
	if in.ExclusiveStartStreamArn != nil {
		src, err := s.source(ctx, *in.ExclusiveStartStreamArn)
		if err != nil {
			return nil, err
		}
		r = r.After(space.Key(src.table, src.label))
	}
	r.Limit = limit + 1
	var out *api.ListStreamsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		out = &api.ListStreamsOutput{Streams: []api.Stream{}}
		for row, err := range kv.Scan[stream.Stream](tx, r) {
			if err != nil {
				return err
			}
			if len(out.Streams) == limit {
				out.LastEvaluatedStreamArn = out.Streams[limit-1].StreamArn
				return nil
			}
			st := row.Value
			out.Streams = append(out.Streams, api.Stream{
				StreamArn: new(st.ARN(info.Region, info.Account)), TableName: &st.Table, StreamLabel: &st.Label,
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
