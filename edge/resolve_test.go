package edge

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"maru.dev/maru/api/apigateway"
	"maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/api/cloudformation"
	"maru.dev/maru/api/dynamodb"
	"maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/api/iam"
	"maru.dev/maru/api/lambda"
	"maru.dev/maru/api/logs"
	"maru.dev/maru/api/s3"
	"maru.dev/maru/api/ses"
	"maru.dev/maru/api/sesv2"
	"maru.dev/maru/api/sns"
	"maru.dev/maru/api/sqs"
	"maru.dev/maru/api/sts"
	"maru.dev/maru/auth"
	"maru.dev/maru/wire"
)

// allTables knows every service there is.
func allTables(t testing.TB) *tables {
	t.Helper()
	made, err := newTables([]*wire.Service{
		apigateway.Model, apigatewayv2.Model, cloudformation.Model, dynamodb.Model, dynamodbstreams.Model, iam.Model, lambda.Model, logs.Model,
		s3.Model, ses.Model, sesv2.Model, sns.Model, sqs.Model, sts.Model,
	}, []Mount{{Host: "execute-api"}, {Host: "lambda-url"}})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestRequestsAreResolvedByExactTables(t *testing.T) {
	t.Parallel()
	tables := allTables(t)
	tests := map[string]struct {
		method, url, host string
		scope             string // signing name; "" is unsigned
		header            map[string]string
		form              string
		want              string // service.operation protocol, or !code
	}{
		"awsJson target":            {url: "/", scope: "sqs", header: map[string]string{"X-Amz-Target": "AmazonSQS.SendMessage"}, want: "sqs.SendMessage json"},
		"dynamodb":                  {url: "/", scope: "dynamodb", header: map[string]string{"X-Amz-Target": "DynamoDB_20120810.PutItem"}, want: "dynamodb.PutItem json"},
		"dynamodb streams":          {url: "/", scope: "dynamodb", header: map[string]string{"X-Amz-Target": "DynamoDBStreams_20120810.GetRecords"}, want: "dynamodbstreams.GetRecords json"},
		"unknown operation":         {url: "/", scope: "logs", header: map[string]string{"X-Amz-Target": "Logs_20140328.Nothing"}, want: "!UnknownOperationException"},
		"unknown target":            {url: "/", scope: "kinesis", header: map[string]string{"X-Amz-Target": "Kinesis_20131202.PutRecord"}, want: "!UnknownServiceException"},
		"target without a dot":      {url: "/", scope: "sqs", header: map[string]string{"X-Amz-Target": "SendMessage"}, want: "!UnknownOperationException"},
		"query form":                {url: "/", scope: "sns", form: "Action=Publish&Version=2010-03-31", want: "sns.Publish query"},
		"query string":              {method: "GET", url: "/?Action=GetCallerIdentity&Version=2011-06-15", scope: "sts", want: "sts.GetCallerIdentity query"},
		"sqs as query":              {url: "/", scope: "sqs", form: "Action=SendMessage&Version=2012-11-05", want: "sqs.SendMessage query"},
		"sqs queue address":         {url: "/000000000000/q", scope: "sqs", form: "Action=SendMessage&Version=2012-11-05", want: "sqs.SendMessage query"},
		"sqs unsigned":              {url: "/000000000000/q", form: "Action=SendMessage&Version=2012-11-05", want: "sqs.SendMessage query"},
		"unknown action":            {url: "/", scope: "iam", form: "Action=Nothing&Version=2010-05-08", want: "!InvalidAction"},
		"no action":                 {url: "/", scope: "iam", form: "A=b", want: "!MissingAction"},
		"ses by action":             {url: "/", scope: "ses", form: "Action=SendEmail&Version=2010-12-01", want: "ses.SendEmail query"},
		"ses by path":               {url: "/v2/email/outbound-emails", scope: "ses", want: "sesv2.SendEmail rest-json"},
		"lambda":                    {url: "/2015-03-31/functions/f/invocations", scope: "lambda", want: "lambda.Invoke rest-json"},
		"lambda unknown path":       {url: "/2015-03-31/nothing", scope: "lambda", want: "!UnknownOperationException"},
		"rest apis":                 {method: "GET", url: "/restapis", scope: "apigateway", want: "apigateway.GetRestApis rest-json"},
		"api gateway":               {url: "/v2/apis", scope: "apigateway", want: "apigatewayv2.CreateApi rest-json"},
		"s3 path style":             {method: "PUT", url: "/bucket/a/b%2Fc", scope: "s3", want: "s3.PutObject rest-xml"},
		"s3 list":                   {method: "GET", url: "/bucket?list-type=2", scope: "s3", want: "s3.ListObjectsV2 rest-xml"},
		"s3 virtual host":           {method: "GET", url: "/key", host: "my.bucket.s3.us-east-1.amazonaws.com", want: "s3.GetObject rest-xml"},
		"s3 virtual host, local":    {method: "GET", url: "/key", host: "bucket.s3.localhost:4566", want: "s3.GetObject rest-xml"},
		"s3 host, unsigned":         {method: "GET", url: "/bucket/key", host: "s3.localhost", want: "s3.GetObject rest-xml"},
		"sqs by host":               {url: "/", host: "sqs.us-east-1.amazonaws.com", form: "Action=ListQueues", want: "sqs.ListQueues query"},
		"confirmation link":         {method: "GET", url: "/?Action=ConfirmSubscription&TopicArn=a&Token=b", want: "sns.ConfirmSubscription query"},
		"unsubscribe link":          {method: "GET", url: "/?Action=Unsubscribe&SubscriptionArn=a", want: "sns.Unsubscribe query"},
		"web identity, unsigned":    {url: "/", form: "Action=AssumeRoleWithWebIdentity&Version=2011-06-15", want: "sts.AssumeRoleWithWebIdentity query"},
		"nothing names a service":   {method: "GET", url: "/bucket/key", want: "!MissingAuthenticationToken"},
		"unknown scope":             {url: "/", scope: "ec2", form: "Action=DescribeInstances", want: "!UnknownServiceException"},
		"rpc v2 by target prefix":   {url: "/service/AmazonSQS/operation/ListQueues", scope: "sqs", header: map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}, want: "sqs.ListQueues smithy-rpc-v2-cbor"},
		"form post to a JSON API":   {url: "/", scope: "logs", form: "Action=DescribeLogGroups", want: "!UnknownOperationException"},
		"JSON API without a target": {url: "/", scope: "logs", want: "!UnknownOperationException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.method == "" {
				tt.method = http.MethodPost
			}
			r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.url, strings.NewReader(tt.form))
			r.Host = "localhost:4566"
			if tt.host != "" {
				r.Host = tt.host
			}
			for k, v := range tt.header {
				r.Header.Set(k, v)
			}
			f := form{action: formValue(tt.form, "Action"), version: formValue(tt.form, "Version")}
			if tt.form == "" {
				f = form{action: r.URL.Query().Get("Action"), version: r.URL.Query().Get("Version")}
			}
			at, _ := parseHost(r.Host, tables.known)
			goal, err := tables.resolve(r, &auth.Claim{Service: tt.scope}, at, &f)
			var got string
			if err != nil {
				got = "!" + err.(wire.Error).ErrorCode() //nolint:errorlint,forcetypeassert // resolve returns nothing else
			} else {
				got = goal.api.model.ID + "." + goal.op.Name + " " + string(goal.protocol)
			}
			if got != tt.want {
				t.Errorf("got %s (%v), want %s", got, err, tt.want)
			}
		})
	}
}

func TestHostsTellServiceRegionAndLabel(t *testing.T) {
	t.Parallel()
	tables := allTables(t)
	tests := map[string]struct {
		want place
		ok   bool
	}{
		"sqs.us-east-1.amazonaws.com":                     {place{service: "sqs", region: "us-east-1"}, true},
		"SQS.EU-WEST-1.amazonaws.com:443":                 {place{service: "sqs", region: "eu-west-1"}, true},
		"sqs.localhost:4566":                              {place{service: "sqs", local: true}, true},
		"sqs.eu-west-1.localhost":                         {place{service: "sqs", region: "eu-west-1", local: true}, true},
		"iam.amazonaws.com":                               {place{service: "iam"}, true},
		"streams.dynamodb.us-west-2.amazonaws.com":        {place{service: "streams.dynamodb", region: "us-west-2"}, true},
		"streams.dynamodb.localhost":                      {place{service: "streams.dynamodb", local: true}, true},
		"s3.amazonaws.com":                                {place{service: "s3"}, true},
		"s3-eu-west-1.amazonaws.com":                      {place{service: "s3", region: "eu-west-1"}, true},
		"s3.dualstack.eu-west-1.amazonaws.com":            {place{service: "s3", region: "eu-west-1"}, true},
		"a.b.s3.eu-west-1.amazonaws.com":                  {place{service: "s3", region: "eu-west-1", label: "a.b"}, true},
		"bucket.s3-eu-west-1.amazonaws.com":               {place{service: "s3", region: "eu-west-1", label: "bucket"}, true},
		"bucket.s3.localhost:4566":                        {place{service: "s3", label: "bucket", local: true}, true},
		"sqs.s3.localhost":                                {place{service: "s3", label: "sqs", local: true}, true},
		"abc.execute-api.us-east-1.amazonaws.com":         {place{service: "execute-api", region: "us-east-1", label: "abc"}, true},
		"abc.execute-api.localhost:4566":                  {place{service: "execute-api", label: "abc", local: true}, true},
		"abc.lambda-url.eu-central-1.on.aws":              {place{service: "lambda-url", region: "eu-central-1", label: "abc"}, true},
		"us-west-2.queue.amazonaws.com":                   {place{service: "sqs", region: "us-west-2"}, true},
		"queue.amazonaws.com":                             {place{service: "sqs"}, true},
		"localhost:4566":                                  {place{}, false},
		"127.0.0.1:4566":                                  {place{}, false},
		"[::1]:4566":                                      {place{}, false},
		"example.org":                                     {place{}, false},
		"sqs.example.org":                                 {place{}, false},
		"nothing.localhost":                               {place{}, false},
		"":                                                {place{}, false},
		".amazonaws.com":                                  {place{}, false},
		"ec2.us-east-1.amazonaws.com":                     {place{}, false},
		"sqs.us-east-1.amazonaws.com.evil.example":        {place{}, false},
		strings.Repeat("a.", 200) + "s3.amazonaws.com":    {place{service: "s3", label: strings.TrimSuffix(strings.Repeat("a.", 200), ".")}, true},
		"vpce-1a2b3c4d.sqs.us-east-1.vpce.amazonaws.com.": {place{}, false},
	}
	for host, tt := range tests {
		t.Run(host[:min(len(host), 40)], func(t *testing.T) {
			t.Parallel()
			got, ok := parseHost(host, tables.known)
			if !tt.ok {
				got.local = false
			}
			if ok != tt.ok || ok && got != tt.want {
				t.Errorf("got %+v %v, want %+v %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzHost(f *testing.F) {
	f.Add("bucket.s3.us-east-1.amazonaws.com:443")
	f.Add("streams.dynamodb.localhost")
	tables := allTables(f)
	f.Fuzz(func(t *testing.T, host string) {
		p, ok := parseHost(host, tables.known)
		if ok && !tables.known(p.service) {
			t.Errorf("%q names %q, which is not served", host, p.service)
		}
	})
}
