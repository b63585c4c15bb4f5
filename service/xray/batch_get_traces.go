package xray

import (
	"context"
	"fmt"
	"strconv"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/xray/trace"
)

// maxReply is about how many bytes of documents one page holds.
const maxReply = 4 << 20

// BatchGetTraces returns traces with their documents, in the order asked for.
// Those that are not there are left out.
//
// Spec: X-Ray API Reference, BatchGetTraces.
func (s *Service) BatchGetTraces(ctx context.Context, in *api.BatchGetTracesInput) (*api.BatchGetTracesOutput, error) {
	h := homeOf(ctx)
	if len(in.TraceIds) > maxTraceIDs {
		return nil, invalid("At most %d trace IDs are allowed in a request.", maxTraceIDs)
	}
	from, err := offset(in.NextToken, len(in.TraceIds))
	if err != nil {
		return nil, err
	}
	out := &api.BatchGetTracesOutput{Traces: []api.Trace{}, UnprocessedTraceIds: []string{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		size := 0
		for i := from; i < len(in.TraceIds); i++ {
			if size > maxReply {
				out.NextToken = offsetToken(i)
				return nil
			}
			id, ok := trace.NormalID(in.TraceIds[i])
			if !ok {
				return invalid("Invalid trace id: %s", in.TraceIds[i])
			}
			t, n, err := fullTrace(tx, h, id)
			if err != nil {
				return err
			}
			if t != nil {
				size += n
				out.Traces = append(out.Traces, *t)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// maxTraceIDs is how many traces can be asked for at once.
const maxTraceIDs = 100

// fullTrace reads a trace with its documents, and how many bytes they have.
func fullTrace(tx *kv.Tx, h home, id string) (*api.Trace, int, error) {
	t, raw, err := loadDocuments(tx, h, id)
	if err != nil || t == nil {
		return nil, 0, err
	}
	hd, _, err := kv.Get[head](tx, h.headKey(id))
	if err != nil {
		return nil, 0, fmt.Errorf("load trace: %w", err)
	}
	documents, err := t.Documents(raw)
	if err != nil {
		return nil, 0, err
	}
	out := &api.Trace{Id: &id, Duration: new(t.Duration()), LimitExceeded: &hd.Exceeded}
	for _, d := range documents {
		out.Segments = append(out.Segments, api.Segment{Id: &d.ID, Document: &d.Text})
	}
	return out, hd.Size, nil
}

// offsetToken makes a token of a place in a list that the caller repeats.
func offsetToken(n int) *string {
	return service.PageToken(kv.NewKey("BatchGetTraces"), strconv.Itoa(n))
}

// offset reads such a token.
func offset(token *string, limit int) (int, error) {
	at, ok := service.ReadPageToken(kv.NewKey("BatchGetTraces"), token)
	if ok && at == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(at)
	if !ok || err != nil || n < 0 || n > limit {
		return 0, invalid("Invalid NextToken.")
	}
	return n, nil
}
