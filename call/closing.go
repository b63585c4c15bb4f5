package call

import "context"

type closingKey struct{}

// WithClosing returns a context for the calls of a server that closes the
// channel when it is about to end.
func WithClosing(ctx context.Context, closing <-chan struct{}) context.Context {
	return context.WithValue(ctx, closingKey{}, closing)
}

// Closing is closed when the server that a call came in by is about to end. Who
// waits for what may never come answers with what there is then, and does not
// keep the server. It is nil, and never closed, for calls that came in by none.
func Closing(ctx context.Context) <-chan struct{} {
	closing, _ := ctx.Value(closingKey{}).(<-chan struct{})
	return closing
}

// Waiting returns a context that ends with ctx, or when the server is about to:
// for streams that have no end of their own.
func Waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	waiting, stop := context.WithCancel(ctx)
	closing := Closing(ctx)
	if closing == nil {
		return waiting, stop
	}
	go func() {
		select {
		case <-closing:
			stop()
		case <-waiting.Done():
		}
	}()
	return waiting, stop
}
