package dynamodbstreams

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"time"

	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/dynamodb/stream"
	"maru.dev/maru/telemetry"
)

// The limits of one GetRecords.
const (
	maxRecords = 1000
	maxBytes   = 1 << 20
)

// GetRecords reads a shard from an iterator on. The iterator that it returns
// goes on from there; none is returned at the end of a shard that has ended.
//
// Spec: DynamoDB Streams API Reference, GetRecords.
func (s *Service) GetRecords(ctx context.Context, in *api.GetRecordsInput) (*api.GetRecordsOutput, error) {
	i, err := parseIterator(in.ShardIterator)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if now.Sub(i.issued) > iteratorLife {
		return nil, &api.ExpiredIteratorException{Message: "Iterator has expired"}
	}
	src, err := s.source(ctx, i.arn)
	if err != nil {
		return nil, err
	}
	limit := maxRecords
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	var st stream.Stream
	var page stream.Page
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		if st, err = src.load(tx); err != nil {
			return err
		}
		if i.shard >= st.Shards {
			return invalid("Invalid ShardIterator")
		}
		trimmed, some, err := src.space.Trimmed(tx, st.ID, i.shard)
		if err != nil {
			return err
		}
		if some && !trimmed.Less(i.at) {
			return errTrimmed()
		}
		page, err = src.space.Read(tx, st.ID, i.shard, i.at, limit, maxBytes)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetRecordsOutput{Records: make([]api.Record, len(page.Entries))}
	for n, e := range page.Entries {
		out.Records[n] = record(st, e, call.From(ctx).Region)
		telemetry.Carry(ctx, *out.Records[n].Dynamodb.SequenceNumber, e.Trace)
	}
	if !page.Ended {
		out.NextShardIterator = new(iterator{i.arn, i.shard, page.Next, now}.String())
	}
	return out, nil
}

// record is an entry as the API tells it.
func record(st stream.Stream, e stream.Entry, region string) api.Record {
	sequence := e.Sequence()
	id := md5.Sum([]byte(st.ID + sequence))
	r := api.Record{
		EventID: new(hex.EncodeToString(id[:])), EventName: new(e.Event.String()), EventVersion: new("1.1"),
		EventSource: new("aws:dynamodb"), AwsRegion: &region,
		Dynamodb: &api.StreamRecord{
			ApproximateCreationDateTime: new(e.At.Truncate(time.Second)),
			Keys:                        stream.Reply(e.Keys), NewImage: stream.Reply(e.New), OldImage: stream.Reply(e.Old),
			SequenceNumber: &sequence, SizeBytes: new(int64(e.Size())), StreamViewType: &st.View,
		},
	}
	if e.Expired {
		r.UserIdentity = &api.Identity{PrincipalId: new("dynamodb.amazonaws.com"), Type: new("Service")}
	}
	return r
}
