package lambda

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"maru.dev/maru/call"
)

// FuzzNames reads what requests may name functions and layers by. Whatever is
// taken has parts that fit into keys and folders.
func FuzzNames(f *testing.F) {
	for _, name := range []string{
		"f", "f:$LATEST", "f:1", "000000000000:function:f", "arn:aws:lambda:us-east-1:000000000000:function:f:live",
		"arn:aws:lambda:us-east-1:000000000000:layer:l:1", "arn:aws:lambda:us-east-1:000000000000:layer:l", "arn:aws:lambda:::layer::", "../f", "",
	} {
		f.Add(name, "1")
	}
	f.Fuzz(func(t *testing.T, name, qualifier string) {
		ctx := call.With(t.Context(), call.Info{Account: "000000000000", Region: "us-east-1"})
		if at, err := locate(ctx, name, &qualifier); err == nil {
			if at.name == "" || len(at.name) > 64 || strings.ContainsAny(at.name, "/.:\x00") || len(at.Account) != 12 || at.Region != "us-east-1" {
				t.Errorf("%q is %+v", name, at)
			}
			if again, err := locate(ctx, at.arn(), nil); err == nil && again != at {
				t.Errorf("%q is %+v, and its ARN %+v", name, at, again)
			}
		}
		if _, layer, n, ok := parseLayerARN(name); ok && (layer == "" || strings.Contains(layer, ":")) {
			t.Errorf("%q is layer %q, version %d", name, layer, n)
		}
	})
}

// FuzzClientContext reads contexts as clients send them. What is passed on to a
// function is a line of JSON, since it travels in a header.
func FuzzClientContext(f *testing.F) {
	for _, text := range []string{"{}", `{"client":{"app_title":"ü"},"custom":{"a":"b\nc"}}`, "{\n}", "nul", "\xff", "1e999"} {
		f.Add(base64.StdEncoding.EncodeToString([]byte(text)))
	}
	f.Add("%")
	f.Fuzz(func(t *testing.T, sent string) {
		text, err := decodeClientContext(&sent)
		if err != nil || text == "" {
			return
		}
		if !json.Valid([]byte(text)) || strings.ContainsAny(text, "\r\n\x00") {
			t.Errorf("%q becomes %q", sent, text)
		}
	})
}
