package dynamodbstreams

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb/stream"

	api "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/wire"
)

// Service implements Amazon DynamoDB Streams over the store.
type Service struct {
	api.Unimplemented
	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service { return &Service{Deps: d} }

// invalid is a ValidationException.
func invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// notFound is the answer to what there is not.
func notFound(format string, args ...any) error {
	return &api.ResourceNotFoundException{Message: "Requested resource not found: " + fmt.Sprintf(format, args...)}
}

// source is a stream that a request names, and where it is.
type source struct {
	arn          string
	table, label string
	space        stream.Space
}

// source reads a stream's ARN.
func (s *Service) source(ctx context.Context, streamARN string) (source, error) {
	info := call.From(ctx)
	a, err := arn.Parse(streamARN)
	if err != nil || a.Service != "dynamodb" {
		return source{}, invalid("Invalid StreamArn: %s", streamARN)
	}
	name, label, ok := strings.Cut(strings.TrimPrefix(a.Resource, "table/"), "/stream/")
	if !ok || !strings.HasPrefix(a.Resource, "table/") {
		return source{}, invalid("Invalid StreamArn: %s", streamARN)
	}
	if a.Account != info.Account || a.Region != info.Region {
		return source{}, notFound("Stream: %s not found", streamARN)
	}
	return source{streamARN, name, label, stream.In(info.Account, info.Region)}, nil
}

// load reads the stream's description.
func (src source) load(tx *kv.Tx) (stream.Stream, error) {
	st, ok, err := kv.Get[stream.Stream](tx, src.space.Key(src.table, src.label))
	if err != nil {
		return st, fmt.Errorf("load stream: %w", err)
	}
	if !ok {
		return st, notFound("Stream: %s not found", src.arn)
	}
	return st, nil
}

// shardID names a shard: when its stream began, and which one it is.
func shardID(st stream.Stream, shard int) string {
	return fmt.Sprintf("shardId-%020d-%08x", st.Created.UnixMilli(), shard)
}

// shardOf returns the shard that id names.
func shardOf(st stream.Stream, id string) (int, error) {
	if i := strings.LastIndexByte(id, '-'); i > 0 {
		n, err := strconv.ParseUint(id[i+1:], 16, 16)
		if err == nil && int(n) < st.Shards && shardID(st, int(n)) == id {
			return int(n), nil
		}
	}
	return 0, notFound("Shard: %s not found", id)
}
