package codec_test

import (
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
	"maru.dev/maru/api/ssm"
	"maru.dev/maru/api/sts"
	"maru.dev/maru/wire"
	"maru.dev/maru/wire/codec"
	"maru.dev/maru/wire/internal/javaregexp"
	"maru.dev/maru/wire/route"
)

func services() []*wire.Service {
	return []*wire.Service{
		apigateway.Model, apigatewayv2.Model, cloudformation.Model, dynamodb.Model, dynamodbstreams.Model, iam.Model, lambda.Model,
		logs.Model, s3.Model, ses.Model, sesv2.Model, sns.Model, sqs.Model, ssm.Model, sts.Model,
	}
}

// Every generated type fits its rows, every protocol has a codec, and every
// REST path is one that the router knows.
func TestEveryServiceCanBeServed(t *testing.T) {
	t.Parallel()
	codecs := codec.NewSet()
	for _, svc := range services() {
		t.Run(svc.ID, func(t *testing.T) {
			t.Parallel()
			if err := wire.CheckModel(svc); err != nil {
				t.Error(err)
			}
			for _, p := range svc.Protocols {
				if codecs.For(p) == nil {
					t.Errorf("no codec for %s", p)
				}
				if p == wire.RESTJSON || p == wire.RESTXML {
					if _, err := route.New(svc); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// unheld are the patterns that RE2 has no form for, and that hold nothing: what
// they mean is the services' to check.
var unheld = map[string]bool{
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`:   true, // iam: an account's alias
	`(?!^[0-9]+$)([a-zA-Z0-9-_]+)`:                true, // lambda: an alias is no number
	`(^\$LATEST$)|((?!^[0-9]+$)([a-zA-Z0-9-_]+))`: true, // lambda: nor is a qualifier
	`(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)`:   true, // lambda: a collection of DocumentDB
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`:                  true, // lambda: a bucket
}

func TestPatternsAreHeld(t *testing.T) {
	t.Parallel()
	for _, svc := range services() {
		for i := range svc.Shapes {
			pattern := svc.Shapes[i].Pattern
			if pattern == "" {
				continue
			}
			if _, err := javaregexp.Compile(pattern); (err != nil) != unheld[pattern] {
				t.Errorf("%s.%s: %v", svc.ID, svc.Shapes[i].Name, err)
			}
		}
	}
}
