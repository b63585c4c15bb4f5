package lambda

import (
	"context"
	"encoding/json"
	"fmt"

	"maru.dev/maru/source"
)

// newKeeper returns a keeper whose pollers run functions of s.
func newKeeper(s *Service) *source.Keeper {
	return source.NewKeeper("lambda", &source.Poller{Deps: s.Deps, Handle: s.runBatch, Stopped: s.stopped, Account: accountOf})
}

// runBatch runs a mapping's function with a batch.
func (s *Service) runBatch(ctx context.Context, m *mapping, b source.Batch) (source.Answer, error) {
	event, err := json.Marshal(struct {
		Records []map[string]any
		*source.Window
	}{b.Records, b.Window})
	if err != nil {
		return source.Answer{}, fmt.Errorf("encode event: %w", err)
	}
	s.measureAge(m, b.Records)
	return s.invokeForSource(ctx, m.Function, event)
}

// accountOf tells why a function's batch was given up.
//
// Spec: Lambda Developer Guide, Retaining records of failed batches for a
// DynamoDB event source.
func accountOf(m *mapping, condition string, tries int, answer *source.Answer) map[string]any {
	request := map[string]any{"functionArn": m.Function, "condition": condition, "approximateInvokeCount": tries}
	out := map[string]any{"requestContext": request}
	if answer != nil {
		request["requestId"] = answer.RequestID
		out["responseContext"] = map[string]any{
			"statusCode": 200, "executedVersion": answer.ExecutedVersion, "functionError": answer.FunctionError,
		}
	}
	return out
}

// invokeForSource runs a function with a batch.
func (s *Service) invokeForSource(ctx context.Context, functionARN string, event []byte) (source.Answer, error) {
	t, err := locate(ctx, functionARN, nil)
	if err != nil {
		return source.Answer{}, err
	}
	inv := s.newInvocation(ctx, t, event)
	told := s.asked(ctx, t, &inv)
	o, err := s.execute(ctx, inv)
	told(o, err)
	if err != nil {
		return source.Answer{}, err
	}
	return source.Answer{
		Payload: o.Payload, FunctionError: o.FunctionError, ExecutedVersion: o.version.Version, RequestID: inv.requestID,
	}, nil
}
