package states

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

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

func TestStatusChangesAreOnTheBus(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, Registration(), eventsRegistration(), sqsservice.Registration())
	ctx := t.Context()
	q, err := env.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.EventBridge().PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("r"), EventPattern: aws.String(`{"source":["aws.states"]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.EventBridge().PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("r"), Targets: []eventtypes.Target{{Id: aws.String("t"), Arn: aws.String("arn:aws:sqs:us-east-1:000000000000:q")}}}); err != nil {
		t.Fatal(err)
	}
	x := start(t, env, create(t, env, "m", chain(1, `"Type":"Pass"`), ""), `{"a":1}`)
	got := make(map[string]bool)
	testenv.Eventually(t, "both events arrive", func() bool {
		m, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range m.Messages {
			var e struct {
				DetailType string `json:"detail-type"`
				Resources  []string
				Detail     struct{ ExecutionArn, Status, Input, Output string }
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
				t.Fatal(err)
			}
			if e.DetailType != "Step Functions Execution Status Change" || e.Detail.ExecutionArn != x || e.Detail.Input != `{"a":1}` || strings.Join(e.Resources, "") != x {
				t.Errorf("%s", *m.Body)
			}
			got[e.Detail.Status+e.Detail.Output] = true
		}
		return len(got) == 2
	})
	if !got["RUNNING"] || !got[`SUCCEEDED{"a":1}`] {
		t.Errorf("%v", got)
	}
}
