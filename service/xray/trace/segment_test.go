package trace

import "testing"

// Whatever is taken can be put together, summed up and drawn.
func FuzzParse(f *testing.F) {
	f.Add(`{"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000,"end_time":1600000001,"subsegments":[{"id":"00000000000000a2","name":"S3","namespace":"aws","start_time":1,"in_progress":true,"cause":"0123456789abcdef"}]}`)
	f.Add(`{"id":"00000000000000a1","trace_id":"5f000000000000000000000000000001","name":"n","type":"subsegment","parent_id":"00000000000000a1","start_time":1,"end_time":2,"annotations":{"a":1,"b":[1]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			if _, ok := AsRefusal(err); !ok {
				t.Errorf("%v is no refusal", err)
			}
			return
		}
		tr := New(s.TraceID, "0", []*Segment{s})
		tr.Summary(1)
		var g Graph
		g.Add(tr)
		g.Services()
		if _, err := tr.Documents(map[string]string{s.ID: text}); err != nil {
			t.Error(err)
		}
	})
}

// Subsegments that name each other as parents stay apart.
func TestACircleOfSubsegmentsIsNotFollowed(t *testing.T) {
	t.Parallel()
	a := &Segment{ID: "a", ParentID: "b", Type: "subsegment", Name: "a", Start: 1, End: 2}
	b := &Segment{ID: "b", ParentID: "a", Type: "subsegment", Name: "b", Start: 1, End: 2}
	tr := New("t", "0", []*Segment{a, b})
	if len(tr.Segments) != 1 {
		t.Errorf("%d", len(tr.Segments))
	}
	tr.Summary(1)
}
