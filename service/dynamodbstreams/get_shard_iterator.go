package dynamodbstreams

import (
	"context"

	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
)

// GetShardIterator returns a place in a shard to read from.
//
// Spec: DynamoDB Streams API Reference, GetShardIterator.
func (s *Service) GetShardIterator(ctx context.Context, in *api.GetShardIteratorInput) (*api.GetShardIteratorOutput, error) {
	src, err := s.source(ctx, in.StreamArn)
	if err != nil {
		return nil, err
	}
	i := iterator{arn: src.arn, issued: s.Clock.Now()}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		st, err := src.load(tx)
		if err != nil {
			return err
		}
		if i.shard, err = shardOf(st, in.ShardId); err != nil {
			return err
		}
		i.at, err = startOf(tx, src, st, i.shard, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetShardIteratorOutput{ShardIterator: new(i.String())}, nil
}

// startOf is where a type of iterator starts.
func startOf(tx *kv.Tx, src source, st stream.Stream, shard int, in *api.GetShardIteratorInput) (stream.Position, error) {
	trimmed, some, err := src.space.Trimmed(tx, st.ID, shard)
	if err != nil {
		return stream.Position{}, err
	}
	switch in.ShardIteratorType {
	case api.ShardIteratorTypeTrimHorizon:
		if some {
			return behind(trimmed), nil
		}
		return stream.Position{}, nil
	case api.ShardIteratorTypeLatest:
		last, ok, err := src.space.Newest(tx, st.ID, shard)
		switch {
		case err != nil || !ok && !some:
			return stream.Position{}, err
		case !ok:
			return behind(trimmed), nil
		case last.Event == stream.End:
			return last.Position, nil
		}
		return behind(last.Position), nil
	}
	if in.SequenceNumber == nil {
		return stream.Position{}, invalid("The SequenceNumber parameter is required for ShardIteratorType %s", in.ShardIteratorType)
	}
	at, err := stream.ParseSequence(*in.SequenceNumber)
	if err != nil {
		return at, invalid("Invalid SequenceNumber: %s", *in.SequenceNumber)
	}
	if in.ShardIteratorType == api.ShardIteratorTypeAfterSequenceNumber {
		at = behind(at)
	}
	if some && !trimmed.Less(at) {
		return at, errTrimmed()
	}
	return at, nil
}

// behind is the place after p.
func behind(p stream.Position) stream.Position {
	return stream.Position{Version: p.Version, Index: p.Index + 1}
}

// errTrimmed is the answer to what has been removed.
func errTrimmed() error {
	return &api.TrimmedDataAccessException{Message: "The requested sequence number is beyond the trim horizon: the data has been trimmed"}
}
