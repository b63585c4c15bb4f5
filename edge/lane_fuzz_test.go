package edge

import (
	"bufio"
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http/httpguts"
)

// What a lane takes for an ordinary request, net/http takes for the same one,
// to the last byte of its head: the two never disagree about where the next
// request begins.
func FuzzLane(f *testing.F) {
	head := "POST / HTTP/1.1\r\nHost: localhost:4566\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n"
	for _, lines := range []string{
		"Content-Length: 2\r\n\r\n{}", "content-length:02\r\nUser-Agent: \t a b \r\n\r\n{}POST / HTTP/1.1\r\n",
		"Content-Length: 2\r\nA_b: c\r\nAccept:\r\n\r\n{}", "Content-Length: 2\r\nA: b\r\n c\r\n\r\n{}", "Content-Length: 2\nA: b\r\n\r\n{}",
		"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "Content-Length: 2\r\nHost: other\r\n\r\n{}", "Content-Length : 2\r\n\r\n{}",
		"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: +2\r\n\r\n{}", "Connection: close\r\nContent-Length: 0\r\n\r\n",
	} {
		f.Add([]byte(head + lines))
	}
	f.Add([]byte("POST / HTTP/1.1\r\nHost: a[b]:::_\r\nX-Amz-Target: x\r\nContent-Length: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		l := &lane{buffer: in, names: make(map[string]string)}
		l.request.header = make(http.Header)
		if !l.request.parse(l) {
			return
		}
		left := bytes.NewReader(in)
		buffered := bufio.NewReader(left)
		want, err := http.ReadRequest(buffered)
		if err != nil {
			t.Fatalf("net/http refuses %q: %v", in, err)
		}
		if read := len(in) - left.Len() - buffered.Buffered(); read != l.request.head {
			t.Errorf("the head of %q ends at %d, for net/http at %d", in, l.request.head, read)
		}
		if want.Method != http.MethodPost || want.RequestURI != "/" || want.Host != l.request.host || len(want.TransferEncoding) > 0 || want.Close {
			t.Errorf("%q is for net/http %+v", in, want)
		}
		if got := int64(l.request.size - l.request.head); got != want.ContentLength {
			t.Errorf("%q has a body of %d bytes, for net/http of %d", in, got, want.ContentLength)
		}
		if diff := cmp.Diff(want.Header, l.request.header); diff != "" {
			t.Errorf("headers of %q (-net/http +lane):\n%s", in, diff)
		}
		if !httpguts.ValidHostHeader(l.request.host) || strings.ContainsAny(l.request.host, " /\\@") {
			t.Errorf("net/http's server refuses the host of %q", in)
		}
	})
}

// What a lane remembers of a connection's headers is little, whatever it is sent.
func TestALaneRemembersShortNamesOnly(t *testing.T) {
	t.Parallel()
	l := &lane{names: make(map[string]string)}
	for i := range 10 * laneNames {
		short, long := "x-"+strconv.Itoa(i), "x-"+strings.Repeat("a", laneHead/2)+strconv.Itoa(i)
		for _, raw := range []string{short, long} {
			if got := l.name(raw); got != http.CanonicalHeaderKey(raw) {
				t.Fatalf("%.20q is %.20q", raw, got)
			}
		}
	}
	size := 0
	for raw, name := range l.names {
		size += len(raw) + len(name)
	}
	if len(l.names) != laneNames || size > 2*laneNames*laneName {
		t.Errorf("%d names of %d bytes", len(l.names), size)
	}
}
