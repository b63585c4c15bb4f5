package telemetry

import "context"

type carriedKey struct{}

// WithCarried returns a context in which whatever reads records from a place
// whose API has no room for their traces (a stream) tells those: by the record's
// name, into the map.
func WithCarried(ctx context.Context, into map[string]string) context.Context {
	return context.WithValue(ctx, carriedKey{}, into)
}

// Carry tells the trace header of a record to whoever wants to know.
func Carry(ctx context.Context, record, header string) {
	if into, ok := ctx.Value(carriedKey{}).(map[string]string); ok && header != "" {
		into[record] = header
	}
}
