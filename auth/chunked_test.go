package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// chunkedBody signs data in chunks of size bytes, with a trailer.
func chunkedBody(s chunkSigner, data string, size int, trailer string) string {
	var b strings.Builder
	for {
		part := data[:min(size, len(data))]
		data = data[len(part):]
		sum := sha256.Sum256([]byte(part))
		fmt.Fprintf(&b, "%x;chunk-signature=%s\r\n%s", len(part), s.next(algorithm+"-PAYLOAD", emptySHA256, hex.EncodeToString(sum[:])), part)
		if part == "" {
			break
		}
		b.WriteString("\r\n")
	}
	if trailer != "" {
		sum := sha256.Sum256([]byte(trailer + "\n"))
		fmt.Fprintf(&b, "%s\r\nx-amz-trailer-signature:%s\r\n", trailer, s.next(algorithm+"-TRAILER", hex.EncodeToString(sum[:])))
	}
	b.WriteString("\r\n")
	return b.String()
}

func TestSignedTrailersAreCheckedAndHandedOn(t *testing.T) {
	t.Parallel()
	signer := chunkSigner{key: []byte("key"), time: "20260304T050607Z", scope: "20260304/eu-west-1/s3/aws4_request", previous: "seed"}
	data := strings.Repeat("0123456789", 1000)
	good := chunkedBody(signer, data, 4096, "x-amz-checksum-crc32c:sOO8/Q==")
	tests := map[string]struct {
		body string
		want int
	}{
		"good":              {good, -1},
		"trailer changed":   {strings.Replace(good, "sOO8", "sOO9", 1), int(ChunkMismatch)},
		"signature changed": {strings.Replace(good, "trailer-signature:", "trailer-signature:0", 1), int(ChunkMismatch)},
		"trailer added":     {strings.Replace(good, "x-amz-trailer", "x-amz-meta-a:b\r\nx-amz-trailer", 1), int(ChunkMismatch)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := signer
			c := NewChunked(iotest.OneByteReader(strings.NewReader(tt.body)), Identity{chunks: &s}, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", int64(len(data)))
			got, err := io.ReadAll(c)
			if kind := faultOf(t, err); kind != tt.want {
				t.Fatalf("fault %d (%v), want %d", kind, err, tt.want)
			}
			if err == nil && (string(got) != data || c.Trailer("x-amz-checksum-crc32c") != "sOO8/Q==") {
				t.Errorf("%d bytes, trailer %q", len(got), c.Trailer("x-amz-checksum-crc32c"))
			}
		})
	}
}

func TestMalformedChunksAreRefused(t *testing.T) {
	t.Parallel()
	const kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	tests := map[string]struct {
		body   string
		length int64
		want   string // decoded; "!" is a fault
	}{
		"plain":              {"5\r\nhello\r\n0\r\n\r\n", 5, "hello"},
		"trailer":            {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:abc=\r\n\r\n", 5, "hello"},
		"end without a line": {"5\r\nhello\r\n0\r\n", 5, "hello"},
		"empty":              {"0\r\n\r\n", 0, ""},
		"no body at all":     {"", 0, "!"},
		"no number":          {"x\r\nhello\r\n0\r\n\r\n", 5, "!"},
		"negative":           {"-5\r\nhello\r\n0\r\n\r\n", 5, "!"},
		"huge":               {"ffffffffffffffff\r\nhello", 5, "!"},
		"longer than said":   {"5\r\nhello\r\n0\r\n\r\n", 4, "!"},
		"shorter than said":  {"5\r\nhello\r\n0\r\n\r\n", 6, "!"},
		"no line end":        {"5\r\nhelloX0\r\n\r\n", 5, "!"},
		"no last chunk":      {"5\r\nhello\r\n", 5, "!"},
		"cut in a chunk":     {"5\r\nhel", 5, "!"},
		"bad trailer":        {"0\r\nno colon\r\n\r\n", 0, "!"},
		"endless header":     {strings.Repeat("0", 100_000), 5, "!"},
		"endless trailers":   {"0\r\n" + strings.Repeat("a:b\r\n", 100_000), 0, "!"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := io.ReadAll(NewChunked(strings.NewReader(tt.body), Identity{}, kind, tt.length))
			if err != nil {
				if faultOf(t, err) != int(IncompleteBody) || tt.want != "!" {
					t.Errorf("unexpected fault: %v", err)
				}
				return
			}
			if string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzChunked(f *testing.F) {
	f.Add("5;chunk-signature=0\r\nhello\r\n0\r\nx-amz-a:b\r\n\r\n", int64(5))
	f.Add("0\r\n\r\n", int64(0))
	f.Fuzz(func(t *testing.T, body string, length int64) {
		got, err := io.ReadAll(NewChunked(strings.NewReader(body), Identity{}, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", length))
		if err == nil && int64(len(got)) != length {
			t.Errorf("%d bytes without a fault, %d were announced", len(got), length)
		}
		if err != nil && faultOf(t, err) != int(IncompleteBody) {
			t.Errorf("unexpected fault: %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260304/r/s/aws4_request, SignedHeaders=host;x-amz-date, Signature=0", "20260304T050607Z", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := newTestRequest(t, authorization, date, query)
		c := Parse(r)
		if !c.Signed {
			return
		}
		v := verifier(testCreds, testTime)
		if _, err := v.Identify(t.Context(), r, &c, emptySHA256); err == nil {
			t.Error("a made-up signature was accepted")
		}
	})
}
