package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/cmd/maru/cli"
)

// remote is what every command is told that talks to a running maru.
type remote struct{ Endpoint string }

// flags are those of every such command.
func (r *remote) flags() []cli.Flag {
	return []cli.Flag{{
		Name: "endpoint", Shown: "URL", Value: cli.Text(&r.Endpoint, "http://"+defaultListen), Env: "MARU_ENDPOINT AWS_ENDPOINT_URL",
		Help: "Address of the running maru.",
	}}
}

// get reads one of maru's own documents.
func (r *remote) get(t *terminal, path string, into any) error {
	return r.do(t, http.MethodGet, path, nil, into)
}

// post sends a document and reads the answer.
func (r *remote) post(t *terminal, path string, body, into any) error {
	return r.do(t, http.MethodPost, path, body, into)
}

// do makes one request.
func (r *remote) do(t *terminal, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(t, method, strings.TrimRight(r.Endpoint, "/")+path, reader)
	if err != nil {
		return fmt.Errorf("address %q: %w", r.Endpoint, err)
	}
	client := http.Client{Timeout: time.Minute}
	reply, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("no maru answers at %s (is it up? start it with: maru up): %w", r.Endpoint, errors.Unwrap(err))
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(reply.Body, 256<<20))
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		var said struct{ Message string }
		if json.Unmarshal(raw, &said) == nil && said.Message != "" {
			return errors.New(said.Message)
		}
		return fmt.Errorf("%s answered %s; is it maru?", r.Endpoint, reply.Status)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s answered with something else than JSON; is it maru?", r.Endpoint)
	}
	return nil
}
