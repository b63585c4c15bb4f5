package edge

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"maru.dev/maru/wire"
)

// zipped packs parts, each as a member of its own.
func zipped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, part); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// unpacking returns an exchange of a packed body that may take so much, on a server
// that has memory for so much in all.
func unpacking(body io.Reader, limit, memory int64) *exchange {
	s := &Server{options: Options{Limits: Limits{BodyBytes: memory}.WithDefaults()}}
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("Content-Encoding", "gzip")
	x := &exchange{server: s, r: r, raw: s.newBody(httptest.NewRecorder(), r)}
	x.raw.limit = limit
	return x
}

// A packed body is what was packed, or refused: when it is no gzip, when it would
// become too long, and when there is no memory for it. None is kept afterwards.
func FuzzGunzip(f *testing.F) {
	whole := zipped(f, `{"a":1}`)
	f.Add(whole, int64(1<<20), int64(1<<30))
	f.Add(whole[:len(whole)-3], int64(1<<20), int64(1<<30))
	f.Add(append(zipped(f, "a", "", "b"), "garbage"...), int64(1<<20), int64(1<<30))
	f.Add(zipped(f, "a", "", "b"), int64(2), int64(1<<30))
	f.Add(zipped(f, strings.Repeat("a", 1<<20)), int64(1<<20-1), int64(1<<30))
	f.Add(zipped(f, strings.Repeat("a", 1<<20)), int64(1<<30), int64(1))
	f.Add([]byte{}, int64(0), int64(1))
	f.Add([]byte("\x1f\x8b\x08\x1c\x00\x00\x00\x00\x00\xff\xff\xff"), int64(1), int64(1))
	f.Fuzz(func(t *testing.T, packed []byte, limit, memory int64) {
		if limit < 0 || memory < 1 {
			return
		}
		limit = min(limit, 4<<20)
		var want []byte
		z, wrong := gzip.NewReader(bytes.NewReader(packed))
		if wrong == nil {
			want, wrong = io.ReadAll(io.LimitReader(z, limit+1))
		}
		x := unpacking(iotest.OneByteReader(bytes.NewReader(packed)), limit, memory)
		reader, err := x.gunzip(&x.raw)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(reader)
		}
		if held := x.server.bodies.Load(); held > memory || held != x.raw.taken {
			t.Errorf("%d bytes are held of %d", held, memory)
		}
		if int64(len(got)) > limit || !bytes.HasPrefix(want, got) {
			t.Errorf("%d bytes are unpacked, of %d and at most %d", len(got), len(want), limit)
		}
		fault, ok := errors.AsType[wire.Error](err)
		switch {
		case err == nil:
			if wrong != nil || !bytes.Equal(got, want) {
				t.Errorf("%q is %q, not %q (%v)", packed, got, want, wrong)
			}
		case !ok || fault.HTTPStatus() >= 500 && fault.HTTPStatus() != http.StatusServiceUnavailable:
			t.Errorf("%q is refused with %v", packed, err)
		case fault.HTTPStatus() == http.StatusServiceUnavailable && memory > 8<<20:
			t.Errorf("there is no memory of %d for %d bytes", memory, len(want))
		case wrong == nil && int64(len(want)) <= limit && int64(len(packed)) <= limit && memory > 8<<20:
			t.Errorf("%q is refused with %v", packed, err)
		}
		if x.raw.release(); x.server.bodies.Load() != 0 {
			t.Errorf("%d bytes are held afterwards", x.server.bodies.Load())
		}
	})
}

// A body of nothing but empty members costs no more than its length.
func TestEmptyMembersAreUnpackedInTime(t *testing.T) {
	t.Parallel()
	packed := bytes.Repeat(zipped(t, ""), bodyLimit/len(zipped(t, "")))
	x, began := unpacking(bytes.NewReader(packed), bodyLimit, 1<<30), time.Now()
	reader, err := x.gunzip(&x.raw)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, reader); n != 0 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}
