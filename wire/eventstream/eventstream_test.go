package eventstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	awsstream "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/logs"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/awsjson"
	"maru.dev/maru/wire/eventstream"
	"maru.dev/maru/wire/internal/wiretest"
	"maru.dev/maru/wire/rest"
)

// frame is what a client sees of a message.
type frame struct{ Type, Name, ContentType, Payload string }

func frames(t *testing.T, data []byte) []frame {
	t.Helper()
	r := eventstream.NewReader(bytes.NewReader(data))
	var out []frame
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		contentType, _ := m.Headers.Get(":content-type").(awsstream.StringValue)
		out = append(out, frame{m.Type, m.Name, string(contentType), string(m.Payload)})
	}
}

func TestAWSJSONSendsInitialResponseEventsAndException(t *testing.T) {
	t.Parallel()
	stream := wire.EventStream(func(_ context.Context, send func(any) error) error {
		if err := send(&logs.StartLiveTailResponseStream{SessionStart: &logs.LiveTailSessionStart{SessionId: new("s")}}); err != nil {
			return err
		}
		return &logs.SessionStreamingException{Message: "gone"}
	})
	w := wiretest.Response()
	op := wiretest.Operation(t, logs.Model, "StartLiveTail")
	if err := awsjson.New().Encode(logs.Model, op, &logs.StartLiveTailOutput{ResponseStream: stream}, w); err != nil {
		t.Fatal(err)
	}
	var sent writes
	if err := w.Events(t.Context(), &sent); err != nil {
		t.Fatal(err)
	}
	want := []frame{
		{"event", "initial-response", "application/json", "{}"},
		{"event", "sessionStart", "application/json", `{"sessionId":"s"}`},
		{"exception", "SessionStreamingException", "application/json", `{"message":"gone"}`},
	}
	if diff := cmp.Diff(want, frames(t, bytes.Join(sent, nil))); diff != "" {
		t.Error(diff)
	}
	if len(sent) != len(want) {
		t.Errorf("%d writes for %d frames", len(sent), len(want))
	}
}

// writes keeps each Write apart.
type writes [][]byte

func (w *writes) Write(b []byte) (int, error) {
	*w = append(*w, bytes.Clone(b))
	return len(b), nil
}

func TestRESTJSONSendsPayloads(t *testing.T) {
	t.Parallel()
	stream := wire.EventStream(func(_ context.Context, send func(any) error) error {
		if err := send(&lambda.InvokeWithResponseStreamResponseEvent{PayloadChunk: &lambda.InvokeResponseStreamUpdate{Payload: []byte("hi")}}); err != nil {
			return err
		}
		if err := send(&lambda.InvokeWithResponseStreamResponseEvent{InvokeComplete: &lambda.InvokeWithResponseStreamCompleteEvent{ErrorCode: new("E")}}); err != nil {
			return err
		}
		return &wire.APIError{Code: "InternalFailure", Message: "m", Status: 500}
	})
	w := wiretest.Response()
	out := &lambda.InvokeWithResponseStreamOutput{EventStream: stream, StatusCode: new(int32(200))}
	if err := rest.NewJSON().Encode(lambda.Model, wiretest.Operation(t, lambda.Model, "InvokeWithResponseStream"), out, w); err != nil {
		t.Fatal(err)
	}
	var sent bytes.Buffer
	if err := w.Events(t.Context(), &sent); err != nil {
		t.Fatal(err)
	}
	want := []frame{
		{"event", "PayloadChunk", "application/octet-stream", "hi"},
		{"event", "InvokeComplete", "application/json", `{"ErrorCode":"E"}`},
		{"error", "", "", ""},
	}
	if diff := cmp.Diff(want, frames(t, sent.Bytes())); diff != "" {
		t.Error(diff)
	}
	if w.Header.Get("Content-Type") != eventstream.ContentType {
		t.Error(w.Header)
	}
}

func TestReaderRefusesBrokenFrames(t *testing.T) {
	t.Parallel()
	var good bytes.Buffer
	if err := awsstream.NewEncoder().Encode(&good, awsstream.Message{Payload: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good.Bytes())
	flipped[len(flipped)-1] ^= 1
	for name, data := range map[string][]byte{
		"huge": {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0}, "tiny": {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0},
		"cut off": good.Bytes()[:14], "prelude cut off": good.Bytes()[:3], "checksum": flipped,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := eventstream.NewReader(bytes.NewReader(data)).Next(); wiretest.Fault(err) == "" {
				t.Errorf("%v is not the caller's fault", err)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	var good bytes.Buffer
	m := awsstream.Message{Headers: awsstream.Headers{{Name: ":message-type", Value: awsstream.StringValue("event")}}, Payload: []byte("x")}
	if err := awsstream.NewEncoder().Encode(&good, m); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		r := eventstream.NewReader(bytes.NewReader(data))
		for {
			if _, err := r.Next(); err != nil {
				if !errors.Is(err, io.EOF) && wiretest.Fault(err) == "" {
					t.Fatalf("not the caller's fault: %v", err)
				}
				return
			}
		}
	})
}
