package states

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	eventsapi "maru.dev/maru/api/events"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	eventsservice "maru.dev/maru/service/events"
	sqsservice "maru.dev/maru/service/sqs"
)

func eventsRegistration() service.Registration {
	return service.Registration{Model: eventsapi.Model, New: func(d service.Deps) any { return eventsservice.New(d) }}
}

func TestHTTPTasksCallEndpoints(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration())
	ctx := t.Context()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Key") != "secret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.URL.Path == "/teapot" {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "short and stout")
			return
		}
		if r.URL.Path == "/latin" {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, "caf\xe9") // not in UTF-8, as history is
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"method": r.Method, "query": r.URL.RawQuery, "body": string(body), "type": r.Header.Get("Content-Type")})
	}))
	defer server.Close()
	c, err := env.EventBridge().CreateConnection(ctx, &eventbridge.CreateConnectionInput{
		Name: aws.String("c"), AuthorizationType: eventtypes.ConnectionAuthorizationTypeApiKey,
		AuthParameters: &eventtypes.CreateConnectionAuthRequestParameters{ApiKeyAuthParameters: &eventtypes.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Key"), ApiKeyValue: aws.String("secret")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	call := func(path, more string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint":"` + server.URL + path + `","Authentication":{"ConnectionArn":"` + *c.ConnectionArn + `"},` + more + `},"OutputPath":"$.ResponseBody","End":true}}}`
	}
	for name, tt := range map[string]struct{ definition, status, output, err string }{
		"get":    {call("/a", `"Method":"GET","QueryParameters":{"q":["1","2"]}`), "SUCCEEDED", `{"body":"","method":"GET","query":"q=1&q=2","type":""}`, ""},
		"post":   {call("/a", `"Method":"POST","RequestBody":{"x":1}`), "SUCCEEDED", `{"body":"{\"x\":1}","method":"POST","query":"","type":"application/json"}`, ""},
		"form":   {call("/a", `"Method":"POST","RequestBody":{"x":1,"y":["a","b"]},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}`), "SUCCEEDED", `{"body":"x=1&y=a&y=b","method":"POST","query":"","type":"application/x-www-form-urlencoded"}`, ""},
		"teapot": {call("/teapot", `"Method":"GET"`), "FAILED", "", "States.Http.StatusCode.418"},
		"latin":  {call("/latin", `"Method":"GET"`), "FAILED", "", "States.Http.StatusCode.500"},
	} {
		t.Run(name, func(t *testing.T) {
			x := start(t, env, create(t, env, name, tt.definition, ""), "{}")
			out := finished(t, env, x)
			if string(out.Status) != tt.status || aws.ToString(out.Output) != tt.output || aws.ToString(out.Error) != tt.err {
				t.Errorf("%s %s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Error), aws.ToString(out.Cause))
			}
		})
	}
}

// The secrets of a connection are for its own account.
func TestHTTPTasksUseConnectionsOfTheirAccount(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked with key %q", r.Header.Get("X-Key")) }))
	defer server.Close()
	config := env.Config()
	config.Credentials = credentials.NewStaticCredentialsProvider("111111111111", "secret", "")
	c, err := eventbridge.NewFromConfig(config).CreateConnection(t.Context(), &eventbridge.CreateConnectionInput{
		Name: aws.String("c"), AuthorizationType: eventtypes.ConnectionAuthorizationTypeApiKey,
		AuthParameters: &eventtypes.CreateConnectionAuthRequestParameters{ApiKeyAuthParameters: &eventtypes.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Key"), ApiKeyValue: aws.String("secret")}},
	})
	if err != nil || !strings.Contains(*c.ConnectionArn, ":111111111111:") {
		t.Fatal(err)
	}
	definition := `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint":"` + server.URL + `","Method":"GET","Authentication":{"ConnectionArn":"` + *c.ConnectionArn + `"}},"End":true}}}`
	out := finished(t, env, start(t, env, create(t, env, "m", definition, ""), "{}"))
	if aws.ToString(out.Error) != "Events.ConnectionResource.InvalidConnectionState" {
		t.Errorf("%s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
	}
}

func TestTestStateTracesHTTP(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Made", "here")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "done")
	}))
	defer server.Close()
	c, err := env.EventBridge().CreateConnection(t.Context(), &eventbridge.CreateConnectionInput{
		Name: aws.String("c"), AuthorizationType: eventtypes.ConnectionAuthorizationTypeApiKey,
		AuthParameters: &eventtypes.CreateConnectionAuthRequestParameters{ApiKeyAuthParameters: &eventtypes.CreateConnectionApiKeyAuthRequestParameters{ApiKeyName: aws.String("X-Key"), ApiKeyValue: aws.String("secret")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	definition := `{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint":"` + server.URL + `/a","Method":"POST","Headers":{"X-A":"1"},"RequestBody":{"b":1},"Authentication":{"ConnectionArn":"` + *c.ConnectionArn + `"}},"End":true}`
	for _, reveal := range []bool{false, true} {
		out, err := env.SFN().TestState(t.Context(), &sfn.TestStateInput{Definition: &definition, RoleArn: aws.String(testRole), InspectionLevel: "TRACE", RevealSecrets: reveal})
		if err != nil {
			t.Fatal(err)
		}
		asked, answered := out.InspectionData.Request, out.InspectionData.Response
		if asked == nil || answered == nil {
			t.Fatal("nothing to inspect")
		}
		if *asked.Method != "POST" || *asked.Url != server.URL+"/a" || *asked.Body != `{"b":1}` || *asked.Protocol != "http" || !strings.Contains(*asked.Headers, "x-a: 1") {
			t.Errorf("asked %s %s %s %s", *asked.Method, *asked.Url, *asked.Body, *asked.Headers)
		}
		if strings.Contains(*asked.Headers, "x-key: secret") != reveal {
			t.Errorf("revealed %v: %s", reveal, *asked.Headers)
		}
		if *answered.StatusCode != "201" || *answered.StatusMessage != "Created" || *answered.Body != "done" || !strings.Contains(*answered.Headers, "x-made: here") {
			t.Errorf("answered %s %s %s %s", *answered.StatusCode, *answered.StatusMessage, *answered.Body, *answered.Headers)
		}
	}
	out, err := env.SFN().TestState(t.Context(), &sfn.TestStateInput{Definition: &definition, RoleArn: aws.String(testRole), InspectionLevel: "DEBUG"})
	if err != nil || out.InspectionData.Request != nil {
		t.Error("DEBUG shows the request", err)
	}
}

// busEvent is an event as a queue gets it from the bus.
type busEvent struct {
	Source     string
	DetailType string `json:"detail-type"`
	Resources  []string
	Detail     map[string]any
}

// listen has the default bus put what matches a pattern into a queue, and returns
// what reads n events of it.
func listen(t *testing.T, env *testenv.Env, pattern string) func(n int) []busEvent {
	t.Helper()
	ctx := t.Context()
	q, err := env.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.EventBridge().PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.EventBridge().PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("r"), Targets: []eventtypes.Target{{Id: aws.String("t"), Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q")}}}); err != nil {
		t.Fatal(err)
	}
	return func(n int) (got []busEvent) {
		testenv.Eventually(t, "the events arrive", func() bool {
			m, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range m.Messages {
				var e busEvent
				if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
					t.Fatal(err)
				}
				got = append(got, e)
			}
			return len(got) >= n
		})
		return got
	}
}

func TestStatusChangesAreOnTheBus(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration(), sqsservice.Registration())
	heard := listen(t, env, `{"source":["aws.states"]}`)
	x := start(t, env, create(t, env, "m", chain(1, `"Type":"Pass"`), ""), `{"a":1}`)
	got := make(map[string]any)
	for _, e := range heard(2) {
		if e.DetailType != "Step Functions Execution Status Change" || e.Detail["executionArn"] != x || e.Detail["input"] != `{"a":1}` || strings.Join(e.Resources, "") != x {
			t.Errorf("%+v", e)
		}
		got[e.Detail["status"].(string)] = e.Detail["output"]
	}
	if diff := cmp.Diff(map[string]any{"RUNNING": nil, "SUCCEEDED": `{"a":1}`}, got); diff != "" {
		t.Error(diff)
	}
}

// A task puts events with details as JSON, to which it adds whose they are; one
// entry that the bus refuses fails it. Who gets the token can answer.
func TestTasksPutEvents(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration(), sqsservice.Registration())
	heard := listen(t, env, `{"source":["shop"]}`)
	task := func(pattern, entry string) string {
		return `{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::events:putEvents` + pattern + `","Parameters":{"Entries":[` + entry + `]},"End":true}}}`
	}
	const entry = `{"Source":"shop","DetailType":"sold","Resources":["r"],"Detail":{"n.$":"$.n"}}`
	t.Run("response", func(t *testing.T) {
		machine := create(t, env, "put", task("", entry), "")
		x := start(t, env, machine, `{"n":7}`)
		out := finished(t, env, x)
		var result struct {
			Entries          []struct{ EventId string }
			FailedEntryCount int
		}
		if err := json.Unmarshal([]byte(aws.ToString(out.Output)), &result); err != nil || len(result.Entries) != 1 || result.Entries[0].EventId == "" || result.FailedEntryCount != 0 {
			t.Errorf("%s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Cause))
		}
		want := []busEvent{{Source: "shop", DetailType: "sold", Resources: []string{"r", x, machine}, Detail: map[string]any{"n": 7.0}}}
		if diff := cmp.Diff(want, heard(1)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("failed entry", func(t *testing.T) {
		out := finished(t, env, start(t, env, create(t, env, "bad", task("", entry+`,{"Source":"aws.shop","DetailType":"d","Detail":{}}`), ""), `{"n":8}`))
		if aws.ToString(out.Error) != "EventBridge.FailedEntry" || !strings.Contains(aws.ToString(out.Cause), `"FailedEntryCount":1`) {
			t.Errorf("%s %s %s", out.Status, aws.ToString(out.Error), aws.ToString(out.Cause))
		}
		heard(1) // the other entry is put
	})
	t.Run("token", func(t *testing.T) {
		x := start(t, env, create(t, env, "token", task(".waitForTaskToken", strings.ReplaceAll(entry, `"n.$":"$.n"`, `"token.$":"$$.Task.Token"`)), ""), `{}`)
		token, _ := heard(1)[0].Detail["token"].(string)
		if _, err := env.SFN().SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(`"sold"`)}); err != nil {
			t.Fatal(err)
		}
		if out := finished(t, env, x); aws.ToString(out.Output) != `"sold"` {
			t.Errorf("%s %s %s", out.Status, aws.ToString(out.Output), aws.ToString(out.Cause))
		}
	})
}
