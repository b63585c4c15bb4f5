package dynamodbstreams

import (
	"context"

	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
)

// DescribeStream tells of a stream and its shards.
//
// Spec: DynamoDB Streams API Reference, DescribeStream.
func (s *Service) DescribeStream(ctx context.Context, in *api.DescribeStreamInput) (*api.DescribeStreamOutput, error) {
	src, err := s.source(ctx, in.StreamArn)
	if err != nil {
		return nil, err
	}
	var d *api.StreamDescription
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		st, err := src.load(tx)
		if err != nil {
			return err
		}
		d = describe(src, st)
		return describeShards(tx, src, st, in, d)
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeStreamOutput{StreamDescription: d}, nil
}

// describe is st as the API tells it, without its shards.
func describe(src source, st stream.Stream) *api.StreamDescription {
	d := &api.StreamDescription{
		StreamArn: &src.arn, StreamLabel: &st.Label, StreamStatus: &st.Status, StreamViewType: &st.View,
		TableName: &st.Table, CreationRequestDateTime: &st.Created,
		KeySchema: []api.KeySchemaElement{{AttributeName: st.Hash, KeyType: api.KeyTypeHash}},
		Shards:    []api.Shard{},
	}
	if st.Range != "" {
		d.KeySchema = append(d.KeySchema, api.KeySchemaElement{AttributeName: st.Range, KeyType: api.KeyTypeRange})
	}
	return d
}

// describeShards fills in a page of shards.
func describeShards(tx *kv.Tx, src source, st stream.Stream, in *api.DescribeStreamInput, d *api.StreamDescription) error {
	first, limit := 0, pageSize
	if in.ExclusiveStartShardId != nil {
		n, err := shardOf(st, *in.ExclusiveStartShardId)
		if err != nil {
			return err
		}
		first = n + 1
	}
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	for n := first; n < st.Shards; n++ {
		if len(d.Shards) == limit {
			d.LastEvaluatedShardId = d.Shards[limit-1].ShardId
			return nil
		}
		shard := api.Shard{ShardId: new(shardID(st, n)), SequenceNumberRange: &api.SequenceNumberRange{StartingSequenceNumber: new(stream.First)}}
		if st.Status == stream.Disabled {
			last, ok, err := src.space.Newest(tx, st.ID, n)
			if err != nil {
				return err
			}
			if ok {
				shard.SequenceNumberRange.EndingSequenceNumber = new(last.Sequence())
			}
		}
		d.Shards = append(d.Shards, shard)
	}
	return nil
}
