package xray_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	xraysvc "maru.dev/maru/service/xray"
)

func newEnv(t testing.TB) *testenv.Env {
	t.Helper()
	return testenv.New(t, xraysvc.Registration())
}

// traceID is the n-th trace's.
func traceID(n int) string { return fmt.Sprintf("1-%08x-%024x", 0x5f000000+n, n) }

func put(t testing.TB, c *xray.Client, documents ...string) {
	t.Helper()
	out, err := c.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: documents})
	if err != nil || len(out.UnprocessedTraceSegments) > 0 {
		t.Fatalf("%+v %v", out, err)
	}
}

// shop is a trace of a shop that calls a warehouse, which tells of itself, and a
// table, which does not.
func shop(n int, start float64) []string {
	id := traceID(n)
	return []string{
		fmt.Sprintf(`{"id":"00000000000000a1","trace_id":%q,"name":"shop","start_time":%f,"end_time":%f,"origin":"AWS::EC2::Instance","user":"ann",
			"http":{"request":{"url":"http://shop/order","method":"POST","client_ip":"1.2.3.4"},"response":{"status":500}},"fault":true,
			"annotations":{"size":%d,"kind":"book","gift":true},"metadata":{"own":{"a":[1,2]}},
			"subsegments":[
				{"id":"00000000000000b1","name":"warehouse.local","namespace":"remote","start_time":%f,"end_time":%f,"fault":true,"http":{"response":{"status":500}}},
				{"id":"00000000000000b2","name":"DynamoDB","namespace":"aws","start_time":%f,"end_time":%f,"aws":{"table_name":"orders","operation":"PutItem"},"throttle":true}]}`,
			id, start, start+1, n, start+0.1, start+0.6, start+0.7, start+0.8),
		fmt.Sprintf(`{"id":"00000000000000a2","trace_id":%q,"parent_id":"00000000000000b1","name":"warehouse","start_time":%f,"end_time":%f,"fault":true,
			"cause":{"exceptions":[{"id":"e1","message":"no stock","type":"StockError"}]}}`, id, start+0.2, start+0.5),
		fmt.Sprintf(`{"id":"00000000000000b3","trace_id":%q,"parent_id":"00000000000000a2","type":"subsegment","name":"look","start_time":%f,"end_time":%f}`, id, start+0.3, start+0.4),
	}
}

func now() float64 { return float64(time.Now().Unix()) }

func summaries(t testing.TB, c *xray.Client, in xray.GetTraceSummariesInput) (out []types.TraceSummary) {
	t.Helper()
	if in.StartTime == nil {
		in.StartTime, in.EndTime = new(time.Now().Add(-time.Hour)), new(time.Now().Add(time.Hour))
	}
	for p := xray.NewGetTraceSummariesPaginator(c, &in); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page.TraceSummaries...)
	}
	return out
}

func TestTracesComeBackWithTheirSubsegments(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	documents := shop(1, now())
	put(t, c, documents[2], documents[1], documents[0]) // in any order
	out, err := c.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{traceID(1), traceID(2)}})
	if err != nil || len(out.Traces) != 1 || *out.Traces[0].Duration != 1 || *out.Traces[0].LimitExceeded {
		t.Fatalf("%+v %v", out, err)
	}
	var all []string
	for _, s := range out.Traces[0].Segments {
		all = append(all, *s.Document)
	}
	if len(all) != 3 || !strings.Contains(all[0], `"own":{"a":[1,2]}`) || !strings.Contains(all[1], `"subsegments":[{"end_time"`) ||
		!strings.Contains(all[2], `"inferred":true`) || !strings.Contains(all[2], `"origin":"AWS::DynamoDB::Table"`) {
		t.Errorf("%s", strings.Join(all, "\n"))
	}
}

func TestDocumentsThatBreakARuleAreReturned(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	base := `"id":"00000000000000a1","trace_id":"1-5f000000-000000000000000000000001","name":"n","start_time":1600000000`
	for document, code := range map[string]string{
		`{`:            "ParseError",
		`{"id":7}`:     "ParseError",
		`{"name":"n"}`: "MissingId",
		`{"id":"00000000000000a1","name":"n","start_time":1,"end_time":2}`:                "MissingTraceId",
		`{"id":"00000000000000a1","trace_id":"x","name":"n","start_time":1,"end_time":2}`: "InvalidTraceId",
		`{` + base + `}`:                                        "MissingEndTime",
		`{` + base + `,"end_time":5}`:                           "InvalidTime",
		`{` + base + `,"in_progress":true,"type":"subsegment"}`: "MissingParentId",
		`{` + base + `,"in_progress":true,"subsegments":[{"id":"00000000000000a2","start_time":1,"end_time":2}]}`: "MissingName",
		`{` + base + `,"in_progress":true,"metadata":{"x":"` + strings.Repeat("x", 65<<10) + `"}}`:                "SegmentDocumentTooLarge",
	} {
		good := shop(1, now())[0]
		out, err := c.PutTraceSegments(t.Context(), &xray.PutTraceSegmentsInput{TraceSegmentDocuments: []string{document, good}})
		if err != nil || len(out.UnprocessedTraceSegments) != 1 || *out.UnprocessedTraceSegments[0].ErrorCode != code {
			t.Errorf("%.80s: %+v %v, want %s", document, out, err, code)
		}
	}
	if got := summaries(t, c, xray.GetTraceSummariesInput{}); len(got) != 1 {
		t.Errorf("the good ones are not there: %+v", got)
	}
}

func TestAWholeSegmentTakesThePlaceOfOneInProgress(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	at := now()
	partial := fmt.Sprintf(`{"id":"00000000000000a1","trace_id":"5f000001000000000000000000000001","name":"n","start_time":%f,"in_progress":true}`, at)
	whole := fmt.Sprintf(`{"id":"00000000000000a1","trace_id":"5f000001000000000000000000000001","name":"n","start_time":%f,"end_time":%f}`, at, at+3)
	put(t, c, partial)
	if got := summaries(t, c, xray.GetTraceSummariesInput{FilterExpression: new("partial")}); len(got) != 1 || *got[0].Id != traceID(1) {
		t.Errorf("%+v", got)
	}
	put(t, c, whole, partial)
	got := summaries(t, c, xray.GetTraceSummariesInput{TimeRangeType: types.TimeRangeTypeService})
	if len(got) != 1 || *got[0].IsPartial || *got[0].Duration != 3 || *got[0].ResponseTime != 3 {
		t.Errorf("%+v", got)
	}
}

func TestTracesStopAtTheirLimit(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	for i := range 10 {
		put(t, c, fmt.Sprintf(`{"id":"%016x","trace_id":%q,"name":"n","start_time":1600000000,"end_time":1600000001,"metadata":{"x":{"y":%q}}}`, i+1, traceID(1), strings.Repeat("x", 60<<10)))
	}
	out, err := c.BatchGetTraces(t.Context(), &xray.BatchGetTracesInput{TraceIds: []string{traceID(1)}})
	if err != nil || len(out.Traces) != 1 || !*out.Traces[0].LimitExceeded || len(out.Traces[0].Segments) != 8 {
		t.Errorf("%d segments, %v", len(out.Traces[0].Segments), err)
	}
}

func TestSummariesTellWhatHappened(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	put(t, c, shop(7, now())...)
	got := summaries(t, c, xray.GetTraceSummariesInput{})
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	s := got[0]
	var names []string
	for _, id := range s.ServiceIds {
		names = append(names, *id.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"orders", "shop", "warehouse"}, names); diff != "" {
		t.Error(diff)
	}
	if !*s.HasFault || *s.HasError || *s.Http.HttpStatus != 500 || *s.Http.HttpURL != "http://shop/order" || *s.EntryPoint.Name != "shop" ||
		*s.Users[0].UserName != "ann" || len(s.Annotations) != 3 || *s.ResponseTime != 1 {
		t.Errorf("%+v", s)
	}
	cause := s.FaultRootCauses[0].Services
	if last := cause[len(cause)-1]; *last.Name != "warehouse" || *last.EntityPath[0].Exceptions[0].Message != "no stock" {
		t.Errorf("%+v", last)
	}
}

func TestFiltersFindTraces(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	put(t, c, shop(1, now()-10)...)
	put(t, c, fmt.Sprintf(`{"id":"00000000000000c1","trace_id":%q,"name":"cart","start_time":%f,"end_time":%f}`, traceID(2), now()-5, now()-4.9))
	if _, err := c.CreateGroup(t.Context(), &xray.CreateGroupInput{GroupName: new("slow"), FilterExpression: new("duration > 0.5")}); err != nil {
		t.Fatal(err)
	}
	for expr, want := range map[string][]string{
		``:                               {traceID(2), traceID(1)}, // newest first
		`ok`:                             {traceID(2)},
		`fault AND responsetime >= 1`:    {traceID(1)},
		`!fault`:                         {traceID(2)},
		`service("warehouse") { fault }`: {traceID(1)},
		`service("shop") { ok }`:         nil,
		`service(id(type: "AWS::DynamoDB::Table")) { throttle }`: {traceID(1)},
		`edge("shop", "warehouse")`:                              {traceID(1)},
		`edge("warehouse", "shop")`:                              nil,
		`annotation.size = 1`:                                    {traceID(1)},
		`annotation[kind] BEGINSWITH "b"`:                        {traceID(1)},
		`annotation.gift = true`:                                 {traceID(1)},
		`annotation.none`:                                        nil,
		`http.url CONTAINS "order" http.status = 500`:            {traceID(1)},
		`user = "ann" OR duration < 0.2`:                         {traceID(2), traceID(1)},
		`group.name = "slow"`:                                    {traceID(1)},
		`rootcause.fault.service = "warehouse"`:                  {traceID(1)},
		`NOT (fault OR ok)`:                                      nil,
	} {
		var ids []string
		for _, s := range summaries(t, c, xray.GetTraceSummariesInput{FilterExpression: &expr}) {
			ids = append(ids, *s.Id)
		}
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("%s: %s", expr, diff)
		}
	}
	_, err := c.GetTraceSummaries(t.Context(), &xray.GetTraceSummariesInput{StartTime: new(time.Now()), EndTime: new(time.Now()), FilterExpression: new("nonsense = 1")})
	if got := testenv.ErrorCode(err); got != "InvalidRequestException" {
		t.Errorf("%v", err)
	}
}

func TestSummariesComeInPages(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	var documents []string
	for i := range 450 {
		at := now() - float64(i%7)
		documents = append(documents, fmt.Sprintf(`{"id":"00000000000000c1","trace_id":%q,"name":"cart","start_time":%f,"end_time":%f}`, traceID(i), at, at+1))
		documents = append(documents, fmt.Sprintf(`{"id":"00000000000000c2","trace_id":%q,"parent_id":"00000000000000c1","name":"late","start_time":%f,"end_time":%f}`, traceID(i), at+3, at+4))
	}
	put(t, c, documents...)
	for _, kind := range []types.TimeRangeType{types.TimeRangeTypeTraceId, types.TimeRangeTypeEvent, types.TimeRangeTypeService} {
		seen := map[string]bool{}
		for _, s := range summaries(t, c, xray.GetTraceSummariesInput{TimeRangeType: kind}) {
			if seen[*s.Id] {
				t.Errorf("%s: %s twice", kind, *s.Id)
			}
			seen[*s.Id] = true
		}
		if len(seen) != 450 {
			t.Errorf("%s: %d traces", kind, len(seen))
		}
	}
	half := summaries(t, c, xray.GetTraceSummariesInput{Sampling: new(true), SamplingStrategy: &types.SamplingStrategy{Name: types.SamplingStrategyNameFixedRate, Value: new(0.5)}})
	if len(half) < 100 || len(half) > 350 {
		t.Errorf("a sample of half has %d", len(half))
	}
}

func TestTheServiceGraphHasNodesAndEdges(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	for i := range 3 {
		put(t, c, shop(i+1, now()-float64(i))...)
	}
	out, err := c.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: new(time.Now().Add(-time.Hour)), EndTime: new(time.Now().Add(time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	name := map[int32]string{}
	for _, s := range out.Services {
		name[*s.ReferenceId] = *s.Name
	}
	for _, s := range out.Services {
		line := fmt.Sprintf("%s %s", *s.Name, *s.State)
		if s.Type != nil {
			line += " " + *s.Type
		}
		if s.SummaryStatistics != nil {
			line += fmt.Sprintf(" %d of %d", *s.SummaryStatistics.FaultStatistics.TotalCount, *s.SummaryStatistics.TotalCount)
		}
		for _, e := range s.Edges {
			line += " >" + name[*e.ReferenceId]
			for _, a := range e.Aliases {
				line += "=" + *a.Name
			}
		}
		got = append(got, line)
	}
	want := []string{
		"shop active AWS::EC2::Instance 3 of 3 >warehouse=warehouse.local >orders",
		"warehouse active 3 of 3",
		"orders unknown AWS::DynamoDB::Table 0 of 3",
		"shop unknown client >shop",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	one, err := c.GetTraceGraph(t.Context(), &xray.GetTraceGraphInput{TraceIds: []string{traceID(1)}})
	if err != nil || len(one.Services) != 4 {
		t.Errorf("%+v %v", one, err)
	}
}

// A consumer that says from which messages of other traces its work comes has an
// edge of type "link" from their queue, with the age at which they came.
func TestLinksBetweenTracesAreEdges(t *testing.T) {
	t.Parallel()
	c := newEnv(t).XRay()
	at := now()
	for n := range 2 { // two senders
		put(t, c, fmt.Sprintf(`{"trace_id":%q,"id":"%016x","name":"shop","start_time":%f,"end_time":%f,"subsegments":[
			{"id":"%016x","name":"SQS","namespace":"aws","start_time":%f,"end_time":%f,"aws":{"operation":"SendMessage","queue_url":"https://sqs/000000000000/orders"}}]}`,
			traceID(n), 1, at, at+0.5, 2, at, at+0.5))
	}
	put(t, c, fmt.Sprintf(`{"trace_id":%q,"id":"%016x","name":"worker","start_time":%f,"end_time":%f,"links":[
		{"trace_id":%q,"id":"%016x"},{"trace_id":%q,"id":"%016x","attributes":{"ReferenceType":"parent"}},{"trace_id":%q,"id":"%016x"}]}`,
		traceID(9), 3, at+2, at+3, traceID(0), 2, traceID(1), 2, traceID(7), 2)) // the last is not there
	graph, err := c.GetServiceGraph(t.Context(), &xray.GetServiceGraphInput{StartTime: new(time.Now().Add(-time.Hour)), EndTime: new(time.Now().Add(time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	two, err := c.GetTraceGraph(t.Context(), &xray.GetTraceGraphInput{TraceIds: []string{traceID(0), traceID(1), traceID(9)}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"orders -> worker link 2 [1.5]", "shop -> orders", "shop -> shop", "worker -> worker"}
	if diff := cmp.Diff(want, edges(graph.Services)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, edges(two.Services)); diff != "" {
		t.Error("of three traces:", diff)
	}
}

// edges are those of a graph, as text; clients have the name of what they call.
func edges(services []types.Service) (out []string) {
	name := map[int32]string{}
	for _, s := range services {
		name[*s.ReferenceId] = *s.Name
	}
	for _, s := range services {
		for _, e := range s.Edges {
			text := *s.Name + " -> " + name[*e.ReferenceId]
			if e.EdgeType != nil {
				text += fmt.Sprintf(" %s %d", *e.EdgeType, *e.SummaryStatistics.TotalCount)
				for _, h := range e.ReceivedEventAgeHistogram {
					text += fmt.Sprintf(" [%.1f]", h.Value)
				}
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}
