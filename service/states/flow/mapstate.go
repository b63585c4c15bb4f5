package flow

import (
	"context"

	"maru.dev/maru/service/states/value"
)

// MapSettings are a Map state's numbers, evaluated.
type MapSettings struct {
	// MaxConcurrency bounds how many items run at once; 0 is no bound.
	MaxConcurrency int64

	// ToleratedFailureCount and ToleratedFailurePercentage are when a distributed
	// map fails. A threshold that was not given is 0, and counts only if the other
	// was not given either.
	ToleratedFailureCount      int64
	ToleratedFailurePercentage float64
	HasCount, HasPercentage    bool
}

// MapSettingsOf evaluates MaxConcurrency and the tolerated failures.
func MapSettingsOf(ctx context.Context, s *Scope) (MapSettings, error) { return MapSettings{}, nil }

// MapItem is one item that a Map state runs for.
type MapItem struct {
	Index int64

	// Key is the member's name if the items are those of an object.
	Key    string
	HasKey bool

	// Source is $states.context.Map.Item.Source of a distributed map: STATE_DATA
	// or an S3 URI; "" leaves it out.
	Source string

	Value any
}

// MapItems returns the items of a Map state that has no ItemReader.
func MapItems(ctx context.Context, s *Scope) ([]MapItem, error) { return nil, nil }

// ItemInput returns the input of one item: the item, or what ItemSelector makes of it.
func ItemInput(ctx context.Context, s *Scope, item MapItem) (any, error) { return nil, nil }

// ItemContext returns the context object with Map.Item for what runs for an item.
func ItemContext(context *value.Object, item MapItem) *value.Object { return nil }

// ReaderSettings are an ItemReader's, evaluated.
type ReaderSettings struct {
	Arguments any

	// MaxItems bounds how many items are read; 0 is no bound.
	MaxItems int64

	// ItemsPointer is the JSON pointer to the array or object; "" if not given.
	ItemsPointer string
}

// Reader evaluates a Map state's ItemReader.
func Reader(ctx context.Context, s *Scope) (ReaderSettings, error) { return ReaderSettings{}, nil }

// BatcherSettings are an ItemBatcher's, evaluated; a zero is no bound.
type BatcherSettings struct {
	MaxItems   int64
	MaxBytes   int64
	BatchInput any
	HasInput   bool
}

// Batcher evaluates a Map state's ItemBatcher.
func Batcher(ctx context.Context, s *Scope) (BatcherSettings, error) { return BatcherSettings{}, nil }

// Batches groups the inputs of items and returns each batch's input:
// {"BatchInput": …, "Items": […]}.
func Batches(b BatcherSettings, inputs []any) ([]any, error) { return nil, nil }

// Writer evaluates the arguments of a Map state's ResultWriter.
func Writer(ctx context.Context, s *Scope) (any, error) { return nil, nil }
