package trial

import (
	"context"
	"errors"
	"strings"

	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/items"
)

// mapInput evaluates what a Map state does before its iterations, for the
// inspection, and fails if more of them have failed than it tolerates.
func (t *stateTest) mapInput(ctx context.Context, m *asl.Map) error {
	set, err := flow.MapSettingsOf(ctx, t.scope)
	if err != nil {
		return err
	}
	t.settings = &set
	list, err := t.mapItems(ctx, m)
	if err != nil {
		return err
	}
	if err := t.traceItems(ctx, m, list); err != nil {
		return err
	}
	c := t.in.StateConfiguration
	if c == nil || c.MapIterationFailureCount == nil {
		return nil
	}
	failed := int64(*c.MapIterationFailureCount)
	if len(list) > 0 && failed > int64(len(list)) {
		return validation("mapIterationFailureCount must not be larger than the number of items")
	}
	if m.Distributed && set.Exceeded(failed, int64(len(list))) {
		return &flow.Failure{Name: flow.ErrExceedTolerated, Cause: "The specified tolerated failure threshold was exceeded"}
	}
	return nil
}

// mapItems are the items of a Map state; those of one with a reader are in the
// data that the test gives.
func (t *stateTest) mapItems(ctx context.Context, m *asl.Map) ([]flow.MapItem, error) {
	if m.ItemReader == nil {
		return flow.MapItems(ctx, t.scope)
	}
	set, err := flow.Reader(ctx, t.scope)
	if err != nil {
		return nil, err
	}
	c := t.in.StateConfiguration
	if c == nil || c.MapItemReaderData == nil {
		return nil, nil
	}
	reader := *m.ItemReader
	if reader.Resource.Action == "listObjectsV2" && reader.Transformation != "LOAD_AND_FLATTEN" || reader.InputType == "MANIFEST" {
		reader.InputType = "JSON" // a list of what would be listed
	}
	var list []flow.MapItem
	read := items.Read(&reader, set.ItemsPointer, strings.NewReader(*c.MapItemReaderData))
	for it, err := range items.Numbered(items.Placed(read, "s3://"+items.Argument(set.Arguments, "Bucket")+"/"+items.Argument(set.Arguments, "Key")), set.MaxItems) {
		if bad, ok := errors.AsType[*items.Error](err); ok {
			return nil, &flow.Failure{Name: flow.ErrItemReaderFailed, Cause: bad.Cause}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, it)
	}
	if set.ItemsPointer != "" {
		values := make([]any, len(list))
		for i, it := range list {
			values[i] = it.Value
		}
		flow.TraceItemsPointer(t.scope, values)
	}
	return list, nil
}

// traceItems notes what becomes of the items on their way to the iterations.
func (t *stateTest) traceItems(ctx context.Context, m *asl.Map, list []flow.MapItem) error {
	inputs := make([]any, len(list))
	for i, it := range list {
		input, err := flow.ItemInput(ctx, t.scope, it)
		if err != nil {
			return err
		}
		inputs[i] = input
	}
	if m.ItemSelector != nil {
		flow.TraceItemInputs(t.scope, inputs)
	}
	if m.ItemBatcher == nil {
		return nil
	}
	b, err := flow.Batcher(ctx, t.scope)
	if err != nil {
		return err
	}
	batches, err := flow.Batches(b, inputs)
	if err != nil {
		return err
	}
	flow.TraceBatches(t.scope, batches)
	return nil
}
