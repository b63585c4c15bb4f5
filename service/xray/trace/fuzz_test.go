package trace

import (
	"encoding/json"
	"testing"
)

// Whatever documents are taken can be put together, in either order, and are
// handed back: what came alone in what it belongs to, and nothing twice.
func FuzzTrace(f *testing.F) {
	const root = `{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000,"end_time":1600000001,"subsegments":[{"id":"00000000000000a2","name":"S3","namespace":"aws","start_time":1,"in_progress":true,"http":{"response":{"status":429}}}]}`
	const alone = `{"id":"00000000000000a3","trace_id":"1-5f000000-000000000000000000000001","parent_id":"00000000000000a2","type":"subsegment","name":"m","start_time":1600000000,"end_time":1600000001,"links":[{"trace_id":"1-5f000000-000000000000000000000002"}]}`
	f.Add(root, alone)
	f.Add(root, `{"id":"00000000000000a4","trace_id":"1-5f000000-000000000000000000000001","parent_id":"00000000000000a2","name":"callee","start_time":1600000000,"end_time":1600000001,"error":true,"cause":{"exceptions":[{"id":"1","message":"m"}]}}`)
	f.Add(alone, `{"id":"00000000000000a2","trace_id":"1-5f000000-000000000000000000000001","parent_id":"00000000000000a3","type":"subsegment","name":"m","start_time":1,"end_time":2}`)
	f.Add(root, `{"id":"00000000000000a3","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1,"end_time":2,"subsegments":[{"id":"00000000000000a5","parent_id":"00000000000000a3","type":"subsegment","name":"within","start_time":1,"end_time":2}]}`)
	f.Add(alone, `{"id":"00000000000000A2","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1,"end_time":2,"SUBSEGMENTS":[{"id":"00000000000000a5","name":"within","start_time":1,"end_time":2}]}`)
	f.Fuzz(func(t *testing.T, one, other string) {
		for _, texts := range [][2]string{{one, other}, {other, one}} {
			raw := map[string]string{}
			var taken []*Segment
			for _, text := range texts {
				s, err := Parse(text)
				if err != nil || raw[s.ID] != "" {
					continue
				}
				raw[s.ID] = text
				taken = append(taken, s)
			}
			if len(taken) == 0 {
				return
			}
			tr := New(taken[0].TraceID, "0", taken)
			tr.Summary(1)
			var g Graph
			g.Add(tr)
			g.Services()
			documents, err := tr.Documents(raw)
			if err != nil {
				t.Fatal(err)
			}
			size := 0
			for _, d := range documents {
				if size += len(d.Text); !json.Valid([]byte(d.Text)) {
					t.Errorf("%s is handed back as %s", raw[d.ID], d.Text)
				}
			}
			if most := 20 * (len(one) + len(other)); size > most {
				t.Errorf("%d bytes of %d are handed back", size, len(one)+len(other))
			}
		}
	})
}

// A subsegment within a document belongs to it, also where it says that it comes
// alone or is given under another spelling.
func TestASubsegmentBelongsToTheDocumentThatItIsIn(t *testing.T) {
	t.Parallel()
	const at = `"start_time":1,"end_time":2`
	within := `[{"id":"00000000000000a2","type":"subsegment","parent_id":"00000000000000a1","name":"within",` + at + `}]`
	const alone = `{"id":"00000000000000a3","trace_id":"1-5f000000-000000000000000000000001","parent_id":"00000000000000a1","type":"subsegment","name":"alone",` + at + `}`
	for member, want := range map[string]int{"subsegments": 2, "Subsegments": 1} {
		text := `{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n",` + at + `,"` + member + `":` + within + `}`
		raw := map[string]string{"00000000000000a1": text, "00000000000000a3": alone}
		var documents []*Segment
		for _, text := range raw {
			s, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, s)
		}
		got, err := New(documents[0].TraceID, "0", documents).Documents(raw)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v, %v", member, got, err)
		}
		var parts map[string]any
		if err := json.Unmarshal([]byte(got[0].Text), &parts); err != nil {
			t.Fatal(err)
		}
		if subs, _ := parts["subsegments"].([]any); len(subs) != want {
			t.Errorf("%s: %s", member, got[0].Text)
		}
	}
}
