// Package cfnsignal is where custom resources and wait conditions of
// CloudFormation stacks are answered: a PUT of JSON to the URL that the
// resource was given.
package cfnsignal

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"maru.dev/maru/edge"
)

// Path is where the URLs begin. Account, region and a token nobody can guess
// follow.
const Path = "/_maru/cloudformation/signal/"

// maxBody is how much of an answer is read, in bytes; the service refuses what
// is longer than AWS allows.
const maxBody = 64 << 10

// Receiver takes what was sent under a token, and tells whether anyone waits
// for it. CloudFormation's service is one.
type Receiver interface {
	Signal(ctx context.Context, account, region, token string, body []byte) (known bool, err error)
}

// Mount returns the data plane of r.
func Mount(r Receiver, log *slog.Logger) edge.Mount {
	return edge.Mount{Path: Path, Handler: handler{r, log}}
}

// handler answers as S3 answers a PUT to a presigned URL.
type handler struct {
	receiver Receiver
	log      *slog.Logger
}

// ServeHTTP takes one signal.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		http.Error(w, "PUT a JSON document here", http.StatusMethodNotAllowed)
		return
	}
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, strings.TrimSuffix(Path, "/")), "/"), "/")
	if len(parts) != 3 {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		http.Error(w, "read body", http.StatusBadRequest)
		return
	}
	known, err := h.receiver.Signal(r.Context(), parts[0], parts[1], parts[2], body)
	switch {
	case err != nil:
		h.log.ErrorContext(r.Context(), "signal a stack", "error", err)
		http.Error(w, "internal failure", http.StatusInternalServerError)
	case !known:
		http.Error(w, "nobody waits for this", http.StatusForbidden)
	default:
		w.WriteHeader(http.StatusOK)
	}
}
