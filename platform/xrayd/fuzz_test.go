package xrayd

import (
	"strings"
	"testing"
)

// Any program on the machine may send datagrams: what is taken of one is what
// follows its first line, all of it, and it goes to one home.
func FuzzDatagram(f *testing.F) {
	const head = `{"format": "json", "version": 1}` + "\n"
	for _, text := range []string{
		head + `{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000,"end_time":1600000001}`,
		head, head + " \n\t", head + head, head + `{"trace_id":7}`, head + `[`, head + `{"TRACE_ID":"a","trace_id":"b"}`, `{"format":"json","version":1}`, "\n{}",
		`{"format":"json","version":1.0}` + "\r\n{}", `{"format":"xml","version":1}` + "\n{}", `{"format":"json","version":1e400}` + "\n{}", "null\nnull",
	} {
		f.Add([]byte(text))
	}
	d := &Daemon{options: Options{Home: func(trace string) (string, string) { return "000000000000", trace }}}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		document, ok := documentOf(datagram)
		if !ok {
			return
		}
		line, rest, _ := strings.Cut(string(datagram), "\n")
		if document != rest || !strings.Contains(strings.ToLower(line), "format") || strings.TrimSpace(document) == "" {
			t.Errorf("%q is taken of %q", document, datagram)
		}
		batch := map[home][]string{}
		d.sort(batch, document)
		for at, documents := range batch {
			if len(batch) != 1 || len(documents) != 1 || documents[0] != document || !strings.Contains(document, "trace_id") && at.region != "" && !strings.Contains(strings.ToLower(document), "trace") {
				t.Errorf("%q goes to %v", document, batch)
			}
		}
	})
}
