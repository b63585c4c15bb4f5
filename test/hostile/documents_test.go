package hostile_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
)

// document is a request whose body, or what is in it, is hostile.
type document struct {
	target string // X-Amz-Target of an awsJson API; else method and path
	header map[string]string
	body   string
	want   string // in the answer
	open   bool   // any answer but a fault of the server's will do
}

// ask sends the document.
func (d document) ask(t *testing.T, p *testenv.Proc) testenv.Answer {
	t.Helper()
	method, path, ok := strings.Cut(d.target, " ")
	if !ok {
		method, path = http.MethodPost, "/"
	}
	return p.Ask(t, method, path, d.body, func(r *http.Request) {
		if !ok {
			r.Header.Set("X-Amz-Target", d.target)
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		}
		for name, value := range d.header {
			r.Header.Set(name, value)
		}
	})
}

// send sends the document. The answer is the client's fault.
func (d document) send(t *testing.T, p *testenv.Proc) {
	t.Helper()
	began := clock.System{}.Now()
	reply := d.ask(t, p)
	took := clock.System{}.Now().Sub(began)
	text := reply.Header.Get("X-Amzn-Errortype") + " " + reply.Body
	whole := text
	if len(text) > 300 {
		text = text[:300]
	}
	switch {
	case reply.Status >= 500:
		t.Errorf("%d %s", reply.Status, text)
	case !d.open && (reply.Status < 400 || !strings.Contains(whole, d.want)):
		t.Errorf("%d %s; want %q", reply.Status, text, d.want)
	}
	if took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

// jsonText writes v as a JSON string's or document's text.
func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // of our own making
	}
	return string(raw)
}

// nested is open n times, then middle, then shut n times.
func nested(open, middle, shut string, n int) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
}

// signed is a header that names a service.
func signed(service string, more ...string) map[string]string {
	h := map[string]string{
		"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/" + service + "/aws4_request, SignedHeaders=host, Signature=0",
	}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

// bomb is a gzip file of n zeros.
func bomb(t *testing.T, n int64) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, zeros{}, n); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zeros is a reader of nothing but zeros.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// zipped is a zip file, in base64, with one file.
func zipped(t *testing.T, name string, size int64) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(file, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// function is a CreateFunction of a zip file.
func function(code string) document {
	return document{
		target: "POST /2015-03-31/functions", header: signed("lambda", "Content-Type", "application/json"),
		body: jsonText(map[string]any{
			"FunctionName": "bad", "Runtime": "python3.11", "Handler": "a.b", "Role": "arn:aws:iam::000000000000:role/r", "Code": map[string]string{"ZipFile": code},
		}),
		want: "InvalidParameterValueException",
	}
}

// openAPI is an import of a definition, as a REST API.
func openAPI(definition string) document {
	return document{target: "POST /restapis?mode=import", header: signed("apigateway"), body: definition, open: true}
}

// template is a CreateStack of a template.
func template(text string) document {
	form := "Action=CreateStack&Version=2010-05-15&StackName=bad&TemplateBody=" + strings.NewReplacer("&", "%26", "+", "%2B", "%", "%25", "\n", "%0A").Replace(text)
	return document{target: "POST /", header: signed("cloudformation", "Content-Type", "application/x-www-form-urlencoded"), body: form, want: "ValidationError"}
}

// machine is a CreateStateMachine of a definition.
func machine(definition string) document {
	return document{
		target: "AWSStepFunctions.CreateStateMachine", want: "InvalidDefinition",
		body: jsonText(map[string]string{"name": "bad", "roleArn": "arn:aws:iam::000000000000:role/r", "definition": definition}),
	}
}

// tokens ask lists to go on at a place that they have not named.
func tokens() map[string]document {
	const forged = "ZGVmYXVsdABkZWZhdWx0AGRlZmF1bHQ"
	form := func(service, query, want string) document {
		return document{target: "POST /", header: signed(service, "Content-Type", "application/x-www-form-urlencoded"), body: query + forged, want: want}
	}
	path := func(service, path, want string) document {
		return document{target: "GET " + path + forged, header: signed(service), want: want}
	}
	return map[string]document{
		"queues":     {target: "AmazonSQS.ListQueues", body: jsonText(map[string]any{"MaxResults": 1, "NextToken": forged}), want: "NextToken"},
		"tables":     {target: "DynamoDB_20120810.ExecuteStatement", body: jsonText(map[string]any{"Statement": "SELECT * FROM neighbour", "NextToken": forged}), want: "Invalid NextToken"},
		"rules":      {target: "AWSEvents.ListRules", body: jsonText(map[string]any{"NextToken": forged}), want: "NextToken is not valid"},
		"parameters": {target: "AmazonSSM.DescribeParameters", body: jsonText(map[string]any{"NextToken": forged}), want: "InvalidNextToken"},
		"machines":   {target: "AWSStepFunctions.ListStateMachines", body: jsonText(map[string]any{"nextToken": forged}), want: "InvalidToken"},
		"events":     {target: "CloudTrail_20131101.LookupEvents", body: jsonText(map[string]any{"NextToken": forged}), want: "InvalidNextToken"},
		"topics":     form("sns", "Action=ListTopics&Version=2010-03-31&NextToken=", "InvalidParameter"),
		"users":      form("iam", "Action=ListUsers&Version=2010-05-08&Marker=", "Invalid Marker"),
		"stacks":     form("cloudformation", "Action=ListStacks&Version=2010-05-15&NextToken=", "Invalid NextToken"),
		"identities": form("ses", "Action=ListIdentities&Version=2010-12-01&NextToken=", "next token"),
		"functions":  path("lambda", "/2015-03-31/functions?Marker=", "Marker"),
		"APIs":       path("apigateway", "/v2/apis?nextToken=", "NextToken"),
		"pipes":      path("pipes", "/v1/pipes?NextToken=", "NextToken"),
		"groups":     path("scheduler", "/schedule-groups?NextToken=", "NextToken"),
		"registries": path("schemas", "/v1/registries?nextToken=", "NextToken"),
		"buckets":    path("s3", "/?max-buckets=1&continuation-token=", "InvalidArgument"),
	}
}

// documents are what hostile clients send to the services.
func documents(t *testing.T) map[string]document {
	t.Helper()
	deep := 100_000
	aliases := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for n := 1; n < 10; n++ {
		before := fmt.Sprintf("*a%d", n-1)
		aliases += fmt.Sprintf("a%d: &a%d [%s]\n", n, n, strings.TrimSuffix(strings.Repeat(before+", ", 10), ", "))
	}
	entities := `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c < 'l'; c++ {
		entities += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	entities += `]><Delete><Object><Key>&k;</Key></Object></Delete>`
	nestedItem := `{"TableName":"neighbour","Item":{"k":{"S":"a"},"deep":` + nested(`{"L":[`, `{"S":"x"}`, `]}`, 5000) + `}}`
	all := map[string]document{
		"JSON that is deep":           {target: "AmazonSQS.SendMessage", body: nested("[", "", "]", deep), want: "SerializationException"},
		"an object that is deep":      {target: "AmazonSQS.SendMessage", body: nested(`{"a":`, "1", "}", deep), want: "Exception"},
		"an item that is deep":        {target: "DynamoDB_20120810.PutItem", body: nestedItem, want: "Exception"},
		"a list without end":          {target: "AmazonSQS.SendMessageBatch", body: `{"QueueUrl":"q","Entries":[` + strings.TrimSuffix(strings.Repeat("{},", 2_000_000), ",") + `]}`, want: "Exception"},
		"JSON that is not closed":     {target: "AmazonSQS.SendMessage", body: `{"QueueUrl":"` + strings.Repeat("a", 1<<20), want: "SerializationException"},
		"text that is not UTF-8":      {target: "AmazonSQS.CreateQueue", body: "{\"QueueName\":\"\xff\xfe\"}", want: "Exception"},
		"a number without end":        {target: "DynamoDB_20120810.PutItem", body: `{"TableName":"neighbour","Item":{"k":{"S":"a"},"n":{"N":"` + strings.Repeat("9", 1_000_000) + `"}}}`, want: "ValidationException"},
		"a number with an exponent":   {target: "DynamoDB_20120810.PutItem", body: `{"TableName":"neighbour","Item":{"k":{"S":"a"},"n":{"N":"1e999999999"}}}`, want: "ValidationException"},
		"an expression that is deep":  {target: "DynamoDB_20120810.Scan", body: jsonText(map[string]any{"TableName": "neighbour", "FilterExpression": nested("(", "attribute_exists(k)", ")", 2000)}), want: "ValidationException"},
		"PartiQL that is deep":        {target: "DynamoDB_20120810.ExecuteStatement", body: jsonText(map[string]any{"Statement": "SELECT * FROM neighbour WHERE " + nested("(", "k='a'", ")", 3900)}), open: true},
		"a gzip bomb":                 {target: "AmazonSQS.SendMessage", header: map[string]string{"Content-Encoding": "gzip"}, body: bomb(t, 1<<30), want: "RequestEntityTooLarge"},
		"XML that is deep":            {target: "POST /bucket?delete", header: signed("s3"), body: nested("<a>", "", "</a>", deep), want: "MalformedXML"},
		"XML with entities":           {target: "POST /bucket?delete", header: signed("s3"), body: entities, want: "MalformedXML"},
		"XML that names a file":       {target: "POST /bucket?delete", header: signed("s3"), body: `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>`, want: "MalformedXML"},
		"a document of a gigabyte":    {target: "POST /bucket?delete", header: signed("s3"), body: "<Delete>" + strings.Repeat("<Object><Key>a</Key></Object>", 1_000_000), want: "EntityTooLarge"},
		"CBOR that is deep":           {target: "POST /service/GraniteServiceVersion20100801/operation/PutMetricData", header: signed("monitoring", "Smithy-Protocol", "rpc-v2-cbor", "Content-Type", "application/cbor"), body: strings.Repeat("\x81", deep), want: "Exception"},
		"CBOR of a huge list":         {target: "POST /service/GraniteServiceVersion20100801/operation/PutMetricData", header: signed("monitoring", "Smithy-Protocol", "rpc-v2-cbor", "Content-Type", "application/cbor"), body: "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", want: "Exception"},
		"a form of many parameters":   {target: "POST /", header: signed("sns", "Content-Type", "application/x-www-form-urlencoded"), body: "Action=Publish&Version=2010-03-31" + strings.Repeat("&a.member.1.b.member.1=c", 200_000), open: true},
		"an index of a form":          {target: "POST /", header: signed("sns", "Content-Type", "application/x-www-form-urlencoded"), body: "Action=CreateTopic&Version=2010-03-31&Name=hostile&Tags.member.999999999.Key=a", open: true},
		"a zip bomb":                  function(zipped(t, "a.py", 1<<30)),
		"a zip that leads out":        function(zipped(t, "../../../../tmp/maru-was-here", 10)),
		"a zip that is none":          function(base64.StdEncoding.EncodeToString([]byte("PK\x03\x04 no"))),
		"YAML with aliases":           template(aliases + "Resources:\n  Q: {Type: AWS::SQS::Queue, Metadata: {x: *a9}}\n"),
		"YAML that is deep":           template("Resources: " + nested("[", "", "]", 20_000)),
		"a template that is deep":     template(`{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":` + nested(`{"Fn::Sub":`, `"a"`, `}`, 2000) + `}}}}`),
		"a template in a circle":      template(`{"Resources":{"A":{"Type":"AWS::SQS::Queue","DependsOn":"B"},"B":{"Type":"AWS::SQS::Queue","DependsOn":"A"}}}`),
		"a definition that is deep":   machine(`{"StartAt":"a","States":` + nested(`{"a":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"a","States":`, `{"a":{"Type":"Pass","End":true}}`, `}]}}`, 5000) + `}`),
		"JSONata that is deep":        machine(`{"QueryLanguage":"JSONata","StartAt":"a","States":{"a":{"Type":"Pass","Output":"{% ` + nested("(", "1", ")", 20_000) + ` %}","End":true}}}`),
		"a pattern that is deep":      {target: "AWSEvents.PutRule", body: jsonText(map[string]string{"Name": "bad", "EventPattern": nested(`{"a":`, `["b"]`, "}", 600)}), open: true},
		"a pattern of many wildcards": {target: "AWSEvents.PutRule", body: jsonText(map[string]string{"Name": "bad", "EventPattern": `{"a":[{"wildcard":"` + strings.Repeat("*a", 500) + `*"}]}`}), open: true},
		"a filter that explodes":      {target: "Logs_20140328.FilterLogEvents", body: jsonText(map[string]any{"logGroupName": "none", "filterPattern": "%(" + strings.Repeat("(a*)*", 30) + ")*b%"}), want: "Exception"},
		"a name with a path":          {target: "Logs_20140328.CreateLogGroup", body: `{"logGroupName":"../../../etc/\u0000passwd"}`, want: "InvalidParameterException"},
		"a page token of another":     {target: "Logs_20140328.DescribeLogGroups", body: jsonText(map[string]any{"nextToken": strings.Repeat("A", 2000)}), want: "InvalidParameterException"},
		"a bomb of metrics":           {target: "POST /service/GraniteServiceVersion20100801/operation/PutMetricData", header: signed("monitoring", "Smithy-Protocol", "rpc-v2-cbor", "Content-Type", "application/cbor", "Content-Encoding", "gzip"), body: bomb(t, 1<<30), want: "RequestEntityTooLarge"},
		"a bomb of traces":            {target: "POST /_maru/otlp/v1/traces", header: map[string]string{"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}, body: bomb(t, 1<<30), want: "unpacked"},
		"traces that are deep":        {target: "POST /_maru/otlp/v1/traces", header: map[string]string{"Content-Type": "application/json"}, body: nested(`{"resourceSpans":[`, "", `]}`, deep), open: true},
		"a definition of itself":      openAPI(`{"openapi":"3.0.1","info":{"title":"a","version":"1"},"paths":{"/a":{"$ref":"#/paths/~1a"},"/b":{"post":{"requestBody":{"$ref":"#/components/requestBodies/r"},"responses":{}}}},"components":{"requestBodies":{"r":{"$ref":"#/components/requestBodies/r"}},"schemas":{"s":{"$ref":"#/components/schemas/s"}}}}`),
		"a model that explodes":       openAPI(`{"swagger":"2.0","info":{"title":"a","version":"1"},"paths":{},"definitions":{"m":{"type":"string","pattern":"((a{1000}){1000}){1000}"}}}`),
		"YAML names without end":      openAPI("x:\n" + strings.Repeat(" k: 1\n", 500_000)),
		"servers that grow":           openAPI(`{"openapi":"3.0.1","info":{"title":"a","version":"1"},"paths":{},"servers":[{"url":"` + strings.Repeat("/{a}", 100_000) + `","variables":{"a":{"default":"` + strings.Repeat("{a}", 100_000) + `"}}}]}`),
		"a query that explodes":       {target: "Logs_20140328.StartQuery", body: jsonText(map[string]any{"logGroupName": "none", "startTime": 0, "endTime": 1, "queryString": "filter @message like /((a{1000}){1000}){1000}/"}), want: "Exception"},
		"a query that is deep":        {target: "Logs_20140328.StartQuery", body: jsonText(map[string]any{"logGroupName": "none", "startTime": 0, "endTime": 1, "queryString": "filter " + nested("(", "1", ")", 4000)}), want: "Exception"},
		"a pattern and its event":     {target: "AWSEvents.TestEventPattern", body: jsonText(map[string]string{"EventPattern": `{"a":[{"wildcard":"` + strings.Repeat("*a", 500) + `*b"}]}`, "Event": `{"id":"1","account":"0","source":"s","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail-type":"d","a":"` + strings.Repeat("a", 200_000) + `"}`}), open: true},
		"alternatives that explode":   {target: "AWSEvents.TestEventPattern", body: jsonText(map[string]string{"EventPattern": nested(`{"$or":[{"a":["b"]},`, `{"c":["d"]}`, `]}`, 200), "Event": `{"id":"1","account":"0","source":"s","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail-type":"d"}`}), open: true},
		"metric math that is deep":    {target: "GraniteServiceVersion20100801.GetMetricData", body: jsonText(map[string]any{"StartTime": 1, "EndTime": 2, "MetricDataQueries": []any{map[string]any{"Id": "e", "Expression": nested("ABS(", "1", ")", 250)}}}), open: true},
	}
	for list, d := range tokens() {
		all["a forged token of "+list] = d
	}
	return all
}
