package xrayd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/call"
	"maru.dev/maru/platform/xrayd"
	"maru.dev/maru/wire"
)

// service stands in X-Ray's place behind the door.
type service struct {
	documents chan string
	homes     chan string
}

func (s service) Call(ctx context.Context, _, _ string, in any) (any, error) {
	info := call.From(ctx)
	for _, d := range in.(*api.PutTraceSegmentsInput).TraceSegmentDocuments {
		s.homes <- info.Account + " " + info.Region
		s.documents <- d
	}
	return &api.PutTraceSegmentsOutput{}, nil
}

func (s service) CallJSON(_ context.Context, service, operation string, in json.RawMessage) (json.RawMessage, error) {
	if operation == "GetSamplingTargets" {
		return nil, &wire.APIError{Code: "InvalidRequestException", Status: 400}
	}
	return json.RawMessage(fmt.Sprintf(`{"asked":%q}`, service+"."+operation+string(in))), nil
}

// open starts a daemon.
func open(t *testing.T) (*xrayd.Daemon, service) {
	t.Helper()
	s := service{make(chan string, 100), make(chan string, 100)}
	d, err := xrayd.Open(t.Context(), xrayd.Options{
		Address: "127.0.0.1:0", Caller: s, Log: slog.New(slog.DiscardHandler),
		Home: func(trace string) (string, string) {
			if trace == "1-known" {
				return "111122223333", "eu-west-1"
			}
			return "000000000000", "us-east-1"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return d, s
}

func TestSegmentsComeAsDatagrams(t *testing.T) {
	t.Parallel()
	d, s := open(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "udp", d.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, datagram := range []string{
		"", "{}", "{\"format\":\"xml\",\"version\":1}\n{}", "{\"format\":\"json\",\"version\":1}\n", // none of these is a document
		"{\"format\":\"json\",\"version\":1}\n{\"trace_id\":\"1-known\"}",
	} {
		if _, err := io.WriteString(conn, datagram); err != nil {
			t.Fatal(err)
		}
	}
	if document, home := <-s.documents, <-s.homes; document != `{"trace_id":"1-known"}` || home != "111122223333 eu-west-1" {
		t.Errorf("%s in %s", document, home)
	}
	if len(s.documents) > 0 || d.Dropped() > 0 {
		t.Errorf("%d more documents, %d dropped", len(s.documents), d.Dropped())
	}
}

func TestSamplingIsAskedForOverHTTP(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	tests := map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"rules":       {"/GetSamplingRules", "", 200, `{"asked":"xray.GetSamplingRules{}"}`},
		"targets":     {"/SamplingTargets", `{"a":1}`, 400, "{}"},
		"other paths": {"/PutTraceSegments", "{}", 404, "404 page not found\n"},
	}
	for name, tt := range tests {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.Address()+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != tt.status || string(body) != tt.want {
			t.Errorf("%s: %d %s, %v", name, answer.StatusCode, body, err)
		}
	}
}
