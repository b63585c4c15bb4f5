package flow

import (
	"context"
	"strconv"
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
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

// Exceeded tells whether more of the items have failed than is tolerated.
func (m *MapSettings) Exceeded(failed, items int64) bool {
	switch {
	case failed == 0:
		return false
	case !m.HasCount && !m.HasPercentage:
		return true
	case m.HasCount && failed > m.ToleratedFailureCount:
		return true
	}
	return m.HasPercentage && float64(failed)*100 > m.ToleratedFailurePercentage*float64(items)
}

// maxItemCount is how many items a distributed map can have.
const maxItemCount = 100_000_000

// MapSettingsOf evaluates MaxConcurrency and the tolerated failures.
func MapSettingsOf(ctx context.Context, s *Scope) (MapSettings, error) {
	m := s.State.Map
	e, err := s.mapEvaluation(ctx)
	if err != nil {
		return MapSettings{}, err
	}
	set := MapSettings{HasCount: m.ToleratedFailureCount != nil, HasPercentage: m.ToleratedFailurePercentage != nil}
	if set.MaxConcurrency, err = e.count(m.MaxConcurrency, "Expected non-negative integer for MaxConcurrency, got '%d' instead."); err != nil {
		return MapSettings{}, err
	}
	if set.ToleratedFailureCount, err = e.count(m.ToleratedFailureCount, "ToleratedFailureCount cannot be negative."); err != nil {
		return MapSettings{}, err
	}
	set.ToleratedFailurePercentage, err = e.percentage(m.ToleratedFailurePercentage)
	return set, err
}

// mapEvaluation begins an evaluation of a Map state's fields, whose paths are
// applied to what InputPath leaves.
func (s *Scope) mapEvaluation(ctx context.Context) (*evaluation, error) {
	e := s.evaluate(ctx, s.Input)
	if s.State.QueryLanguage == asl.JSONata {
		return e, nil
	}
	input, err := s.filteredInput(ctx)
	e.env.Input = input
	return e, err
}

// count computes a number of items; nil is 0. Negative is the failure's text for
// a number below zero, in which %d is that number.
func (e *evaluation) count(x *asl.Expr, negative string) (int64, error) {
	if x == nil {
		return 0, nil
	}
	v, err := e.selected(x)
	if err != nil {
		return 0, err
	}
	if x.Kind == asl.JSONataExpr {
		return e.wholeNumber(x, v, 0, maxItemCount)
	}
	n, ok := v.(int64)
	if text, isText := v.(string); isText {
		parsed, err := strconv.ParseInt(text, 10, 64)
		n, ok = parsed, err == nil
	}
	switch {
	case !ok:
		return 0, e.notInteger(x, v)
	case n < 0:
		return 0, e.scope.fail(ErrRuntime, "%s", strings.ReplaceAll(negative, "%d", strconv.FormatInt(n, 10)))
	}
	return n, nil
}

// percentage computes ToleratedFailurePercentage; nil is 0.
func (e *evaluation) percentage(x *asl.Expr) (float64, error) {
	if x == nil {
		return 0, nil
	}
	v, err := e.selected(x)
	if err != nil {
		return 0, err
	}
	var parsed error
	if text, isText := v.(string); isText && x.Kind == asl.PathExpr {
		v, parsed = value.Number(text)
	}
	switch {
	case typeName(v) != "number" && x.Kind == asl.JSONataExpr:
		return 0, e.unexpected(x, "number", v)
	case typeName(v) != "number" || parsed != nil:
		return 0, e.scope.fail(ErrRuntime, "The %s field refers to value \"%s\" which is not a valid float: %s", x.Field, plainText(v), x.Source)
	}
	n := asFloat(v)
	if n < 0 || n > 100 {
		return 0, e.scope.fail(ErrRuntime, "ToleratedFailurePercentage must be between 0 and 100.")
	}
	return n, nil
}

// plainText writes a string as it is and any other value as JSON.
func plainText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return string(value.Text(v))
}

// MapItem is one item that a Map state runs for.
type MapItem struct {
	Index int64

	// Key is the member's name if the items are those of an object.
	Key    string
	HasKey bool

	// Source is Map.Item.Source of the context object of a distributed map:
	// STATE_DATA or an S3 URI; "" leaves it out.
	Source string

	Value any
}

// MapItems returns the items of a Map state that has no ItemReader. Those of an
// object, which distributed maps may have, are its members.
func MapItems(ctx context.Context, s *Scope) ([]MapItem, error) {
	v, err := s.items(ctx)
	if err != nil {
		return nil, err
	}
	s.trace(func(t *Trace) *[]byte { return &t.AfterItemsPath }, v)
	source := ""
	if s.State.Map.Distributed {
		source = "STATE_DATA"
	}
	switch v := v.(type) {
	case []any:
		items := make([]MapItem, len(v))
		for i, item := range v {
			items[i] = MapItem{Index: int64(i), Value: item, Source: source}
		}
		return items, nil
	case *value.Object:
		if s.State.Map.Distributed {
			items := make([]MapItem, 0, v.Len())
			for name, item := range v.All() {
				items = append(items, MapItem{Index: int64(len(items)), Key: name, HasKey: true, Value: item, Source: source})
			}
			return items, nil
		}
	}
	return nil, s.noItems(ctx, v)
}

// noItems is the failure of a Map state whose items are no list.
func (s *Scope) noItems(ctx context.Context, v any) *Failure {
	m := s.State.Map
	switch {
	case m.Items != nil && m.Items.Kind == asl.JSONataExpr:
		return s.evaluate(ctx, s.Input).unexpected(m.Items, "array", v)
	case s.State.QueryLanguage == asl.JSONata:
		f := s.fail(ErrQueryEvaluation, "Map state input must be an array but was: %s", typeName(v))
		f.Location = "Items"
		return f
	case m.ItemsPath != nil:
		return s.fail(ErrRuntime, "Reference path \"%s\" must point to array.", m.ItemsPath.Source)
	}
	return s.fail(ErrRuntime, "Reference path \"$\" must point to array.")
}

// items computes ItemsPath or Items.
func (s *Scope) items(ctx context.Context) (any, error) {
	m := s.State.Map
	e, err := s.mapEvaluation(ctx)
	switch {
	case err != nil:
		return nil, err
	case m.ItemsPath != nil:
		return e.selected(m.ItemsPath)
	case m.Items != nil:
		return e.value(m.Items)
	}
	return e.env.Input, nil
}

// ItemInput returns the input of one item: the item, or what ItemSelector makes of it.
func ItemInput(ctx context.Context, s *Scope, item MapItem) (any, error) {
	if s.State.Map.ItemSelector == nil {
		return item.Value, nil
	}
	e, err := s.mapEvaluation(ctx)
	if err != nil {
		return nil, err
	}
	own := *s
	own.Context = ItemContext(s.Context, item)
	e.scope, e.env.Context = &own, own.Context
	v, err := e.value(s.State.Map.ItemSelector)
	if err != nil {
		return nil, err
	}
	return s.limited(v)
}

// TraceItemInputs notes the inputs of the items for whoever inspects the state.
func TraceItemInputs(s *Scope, inputs []any) {
	s.trace(func(t *Trace) *[]byte { return &t.AfterItemSelector }, inputs)
}

// TraceItemsPointer notes what ItemsPointer selected of what was read.
func TraceItemsPointer(s *Scope, selected any) {
	s.trace(func(t *Trace) *[]byte { return &t.AfterItemsPointer }, selected)
}

// TraceBatches notes what ItemBatcher made of the items' inputs.
func TraceBatches(s *Scope, batches []any) {
	s.trace(func(t *Trace) *[]byte { return &t.AfterItemBatcher }, batches)
}

// ReaderSettings are an ItemReader's, evaluated.
type ReaderSettings struct {
	Arguments any

	// MaxItems bounds how many items are read; 0 is no bound.
	MaxItems int64

	// ItemsPointer is the JSON pointer to the array or object; "" if not given.
	ItemsPointer string
}

// Reader evaluates a Map state's ItemReader.
func Reader(ctx context.Context, s *Scope) (ReaderSettings, error) {
	r := s.State.Map.ItemReader
	e, err := s.mapEvaluation(ctx)
	if err != nil {
		return ReaderSettings{}, err
	}
	set := ReaderSettings{Arguments: &value.Object{}}
	if r.Arguments != nil {
		if set.Arguments, err = e.value(r.Arguments); err != nil {
			return ReaderSettings{}, err
		}
	}
	if set.MaxItems, err = e.count(r.MaxItems, "field MaxItems must be positive"); err != nil {
		return ReaderSettings{}, err
	}
	if r.ItemsPointer != nil {
		v, err := e.value(r.ItemsPointer)
		if err != nil {
			return ReaderSettings{}, err
		}
		pointer, ok := v.(string)
		if !ok {
			return ReaderSettings{}, e.unexpected(r.ItemsPointer, "string", v)
		}
		set.ItemsPointer = pointer
	}
	return set, nil
}

// BatcherSettings are an ItemBatcher's, evaluated; a zero is no bound.
type BatcherSettings struct {
	MaxItems   int64
	MaxBytes   int64
	BatchInput any
	HasInput   bool
}

// Batcher evaluates a Map state's ItemBatcher.
func Batcher(ctx context.Context, s *Scope) (BatcherSettings, error) {
	b := s.State.Map.ItemBatcher
	e, err := s.mapEvaluation(ctx)
	if err != nil {
		return BatcherSettings{}, err
	}
	set := BatcherSettings{HasInput: b.BatchInput != nil}
	if set.MaxItems, err = e.count(b.MaxItemsPerBatch, "Expected positive integer for MaxItemsPerBatch, got '%d' instead."); err != nil {
		return BatcherSettings{}, err
	}
	if set.MaxBytes, err = e.count(b.MaxInputBytesPerBatch, "Expected positive integer for MaxInputBytesPerBatch, got '%d' instead."); err != nil {
		return BatcherSettings{}, err
	}
	if b.BatchInput != nil {
		set.BatchInput, err = e.value(b.BatchInput)
	}
	return set, err
}

// Batching groups the inputs of items, as they come, into the inputs of batches:
// {"BatchInput": …, "Items": […]}. None is over the limit of payloads.
type Batching struct {
	settings     BatcherSettings
	limit, frame int64
	bytes        int64 // of the open batch
	items        []any
}

// NewBatching begins to group.
func NewBatching(b BatcherSettings) *Batching {
	limit := int64(MaxPayload)
	if b.MaxBytes > 0 {
		limit = min(limit, b.MaxBytes)
	}
	frame := int64(len(value.Text(batch(b, nil))))
	return &Batching{settings: b, limit: limit, frame: frame, bytes: frame}
}

// Add takes an input in. If there is no room for it in the open batch, that one
// is returned, with how many items it has, and another begins.
func (b *Batching) Add(input any) (full any, n int, err error) {
	size := int64(len(value.Text(input)))
	if b.frame+size > b.limit {
		return nil, 0, &Failure{Name: ErrDataLimitExceeded, Cause: "An item is larger than a batch may be."}
	}
	most := b.settings.MaxItems
	if len(b.items) > 0 && (most > 0 && int64(len(b.items)) >= most || b.bytes+size+1 > b.limit) {
		full, n = b.Rest()
	}
	if len(b.items) > 0 {
		b.bytes++ // the comma
	}
	b.items, b.bytes = append(b.items, input), b.bytes+size
	return full, n, nil
}

// Rest closes the open batch and returns it; n is 0 if there is none.
func (b *Batching) Rest() (last any, n int) {
	if n = len(b.items); n > 0 {
		last = batch(b.settings, b.items)
	}
	b.items, b.bytes = nil, b.frame
	return last, n
}

// Batches groups the inputs of items and returns each batch's input.
func Batches(b BatcherSettings, inputs []any) ([]any, error) {
	g := NewBatching(b)
	var batches []any
	for _, input := range inputs {
		full, n, err := g.Add(input)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			batches = append(batches, full)
		}
	}
	if last, n := g.Rest(); n > 0 {
		batches = append(batches, last)
	}
	return batches, nil
}

// batch makes the input of one batch.
func batch(b BatcherSettings, items []any) any {
	o := value.NewObject(2)
	if b.HasInput {
		o.Set("BatchInput", b.BatchInput)
	}
	o.Set("Items", items)
	return o
}

// Writer evaluates the arguments of a Map state's ResultWriter.
func Writer(ctx context.Context, s *Scope) (any, error) {
	w := s.State.Map.ResultWriter
	if w == nil || w.Arguments == nil {
		return &value.Object{}, nil
	}
	e, err := s.mapEvaluation(ctx)
	if err != nil {
		return nil, err
	}
	return e.value(w.Arguments)
}
