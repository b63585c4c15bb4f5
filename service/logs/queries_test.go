package logs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// start starts a query about the last hour of group "g".
func (b *bench) start(text string) string {
	b.t.Helper()
	now := b.Now()
	out, err := b.logs.StartQuery(b.t.Context(), &client.StartQueryInput{
		LogGroupName: aws.String("g"), QueryString: &text, StartTime: aws.Int64(now.Add(-time.Hour).Unix()), EndTime: aws.Int64(now.Unix()),
	})
	b.wantCode(err, "")
	return *out.QueryId
}

// results waits for a query's end.
func (b *bench) results(id string) *client.GetQueryResultsOutput {
	b.t.Helper()
	var out *client.GetQueryResultsOutput
	testenv.Eventually(b.t, "the query ends", func() bool {
		var err error
		out, err = b.logs.GetQueryResults(b.t.Context(), &client.GetQueryResultsInput{QueryId: &id})
		b.wantCode(err, "")
		return out.Status != types.QueryStatusScheduled && out.Status != types.QueryStatusRunning
	})
	return out
}

// rows shows results without their pointers.
func rows(out *client.GetQueryResultsOutput) []string {
	list := []string{}
	for _, row := range out.Results {
		var parts []string
		for _, f := range row {
			if *f.Field != "@ptr" {
				parts = append(parts, *f.Field+"="+*f.Value)
			}
		}
		list = append(list, strings.Join(parts, " "))
	}
	return list
}

func TestQueriesFindWhatIsThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, `{"level":"ERROR","ms":5}`, `{"level":"INFO","ms":7}`, "plain")
	b.put("b", 2*time.Minute, `{"level":"ERROR","ms":11}`)
	b.put("b", 2*time.Hour, "outside of the hour")
	out := b.results(b.start(`filter level = "ERROR" | fields @logStream, ms | sort ms desc`))
	if diff := cmp.Diff([]string{"@logStream=b ms=11", "@logStream=a ms=5"}, rows(out)); diff != "" {
		t.Error(diff)
	}
	if s := out.Statistics; out.Status != types.QueryStatusComplete || s.RecordsMatched != 2 || s.RecordsScanned != 4 || s.BytesScanned != 77 {
		t.Errorf("status %s, statistics %+v", out.Status, *s)
	}
	b.Advance(time.Second)
	out = b.results(b.start(`stats count(*) as n, max(ms) by level | sort level`))
	if diff := cmp.Diff([]string{"n=1", "level=ERROR n=2 max(ms)=11", "level=INFO n=1 max(ms)=7"}, rows(out)); diff != "" {
		t.Error(diff)
	}
	list, err := b.logs.DescribeQueries(t.Context(), &client.DescribeQueriesInput{LogGroupName: aws.String("g"), Status: types.QueryStatusComplete})
	b.wantCode(err, "")
	if len(list.Queries) != 2 || !strings.HasPrefix(*list.Queries[0].QueryString, "stats") {
		t.Errorf("queries %+v", list.Queries)
	}
}

func TestARecordIsFoundByItsPointer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, "first", `{"level":"ERROR","user":{"id":7}}`)
	out := b.results(b.start(`filter level = "ERROR"`))
	row := out.Results[0]
	record, err := b.logs.GetLogRecord(t.Context(), &client.GetLogRecordInput{LogRecordPointer: row[len(row)-1].Value})
	b.wantCode(err, "")
	got := record.LogRecord
	if got["@message"] != `{"level":"ERROR","user":{"id":7}}` || got["user.id"] != "7" || got["@logStream"] != "a" || got["@log"] != "000000000000:g" || len(got["@timestamp"]) != 13 {
		t.Errorf("record %v", got)
	}
	_, err = b.logs.GetLogRecord(t.Context(), &client.GetLogRecordInput{LogRecordPointer: aws.String("junk")})
	b.wantCode(err, "InvalidParameterException")
	fields, err := b.logs.GetLogGroupFields(t.Context(), &client.GetLogGroupFieldsInput{LogGroupName: aws.String("g")})
	b.wantCode(err, "")
	percent := map[string]int32{}
	for _, f := range fields.LogGroupFields {
		percent[*f.Name] = f.Percent
	}
	if percent["@message"] != 100 || percent["level"] != 50 || percent["user.id"] != 50 {
		t.Errorf("fields %v", percent)
	}
}

func TestAQueryThatCannotBeReadSaysWhere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	start := func(in client.StartQueryInput) error {
		if in.QueryString == nil {
			in.QueryString = aws.String("fields @message")
		}
		if in.StartTime == nil {
			in.StartTime, in.EndTime = aws.Int64(b.Now().Unix()-60), aws.Int64(b.Now().Unix())
		}
		_, err := b.logs.StartQuery(t.Context(), &in)
		return err
	}
	var malformed *types.MalformedQueryException
	err := start(client.StartQueryInput{LogGroupName: aws.String("g"), QueryString: aws.String("filter level == | limit 3")})
	if !errors.As(err, &malformed) {
		t.Fatal(err)
	}
	if at := malformed.QueryCompileError.Location; at.StartCharOffset == nil || *at.StartCharOffset != 16 || *at.EndCharOffset != 17 {
		t.Errorf("compile error %+v", at)
	}
	tests := map[string]struct {
		in   client.StartQueryInput
		want string
	}{
		"no group":          {client.StartQueryInput{}, "InvalidParameterException"},
		"groups twice":      {client.StartQueryInput{LogGroupName: aws.String("g"), LogGroupNames: []string{"g"}}, "InvalidParameterException"},
		"no such group":     {client.StartQueryInput{LogGroupName: aws.String("none")}, "ResourceNotFoundException"},
		"ends before start": {client.StartQueryInput{LogGroupName: aws.String("g"), StartTime: aws.Int64(100), EndTime: aws.Int64(50)}, "InvalidParameterException"},
		"another language":  {client.StartQueryInput{LogGroupName: aws.String("g"), QueryLanguage: types.QueryLanguageSql}, "InvalidParameterException"},
		"by source":         {client.StartQueryInput{QueryString: aws.String(`SOURCE logGroups(namePrefix: "g") | stats count(*)`)}, ""},
		"by ARN":            {client.StartQueryInput{LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:g"}}, ""},
	}
	for name, tt := range tests {
		if got := testenv.ErrorCode(start(tt.in)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	_, err = b.logs.GetQueryResults(t.Context(), &client.GetQueryResultsInput{QueryId: aws.String("none")})
	b.wantCode(err, "ResourceNotFoundException")
}

func TestAnEndedQueryCannotBeStoppedAndIsForgottenInAWeek(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", time.Minute, "x")
	id := b.start("fields @message")
	b.results(id)
	_, err := b.logs.StopQuery(t.Context(), &client.StopQueryInput{QueryId: &id})
	b.wantCode(err, "InvalidParameterException")
	testenv.Eventually(t, "the query is forgotten", func() bool {
		b.Advance(8 * 24 * time.Hour)
		_, err := b.logs.GetQueryResults(t.Context(), &client.GetQueryResultsInput{QueryId: &id})
		return testenv.ErrorCode(err) == "ResourceNotFoundException"
	})
}

func TestQueryDefinitions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	put := func(id *string, name string) string {
		out, err := b.logs.PutQueryDefinition(t.Context(), &client.PutQueryDefinitionInput{
			Name: &name, QueryString: aws.String("fields @message"), QueryDefinitionId: id, LogGroupNames: []string{"g"},
		})
		b.wantCode(err, "")
		return *out.QueryDefinitionId
	}
	one := put(nil, "team/one")
	put(nil, "other")
	put(&one, "team/first")
	list, err := b.logs.DescribeQueryDefinitions(t.Context(), &client.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: aws.String("team/")})
	b.wantCode(err, "")
	if len(list.QueryDefinitions) != 1 || *list.QueryDefinitions[0].Name != "team/first" || *list.QueryDefinitions[0].QueryDefinitionId != one {
		t.Errorf("definitions %+v", list.QueryDefinitions)
	}
	_, err = b.logs.DeleteQueryDefinition(t.Context(), &client.DeleteQueryDefinitionInput{QueryDefinitionId: &one})
	b.wantCode(err, "")
	_, err = b.logs.DeleteQueryDefinition(t.Context(), &client.DeleteQueryDefinitionInput{QueryDefinitionId: &one})
	b.wantCode(err, "ResourceNotFoundException")
}

func TestManyResultsComeInPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("line %04d %s", i, strings.Repeat("x", 150)))
	}
	b.put("a", time.Minute, many...)
	id := b.start("fields @message | sort @message")
	if out := b.results(id); len(out.Results) != 5000 || *out.Results[4999][0].Value != many[4999] {
		t.Fatalf("%d results", len(out.Results))
	}
	page, err := b.logs.GetQueryResults(t.Context(), &client.GetQueryResultsInput{QueryId: &id, MaxItems: aws.Int32(3000)})
	b.wantCode(err, "")
	next, err := b.logs.GetQueryResults(t.Context(), &client.GetQueryResultsInput{QueryId: &id, NextToken: page.NextToken})
	b.wantCode(err, "")
	if len(page.Results) != 3000 || len(next.Results) != 2000 || *next.Results[0][0].Value != many[3000] {
		t.Errorf("pages of %d and %d", len(page.Results), len(next.Results))
	}
}
