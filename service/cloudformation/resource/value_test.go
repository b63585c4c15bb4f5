package resource

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	dynamodb "maru.dev/maru/api/dynamodb"
	sqs "maru.dev/maru/api/sqs"
	"maru.dev/maru/wire"
)

// inputOf is the row of an operation's input.
func inputOf(t *testing.T, m *wire.Service, operation string) int {
	t.Helper()
	for i := range m.Operations {
		if m.Operations[i].Name == operation {
			return m.Operations[i].Input
		}
	}
	t.Fatalf("no operation %s", operation)
	return 0
}

func TestFitFollowsTheModel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		model     *wire.Service
		operation string
		in        any
		want      string // JSON
		err       string
	}{
		"numbers and objects become text": {
			sqs.Model, "CreateQueue",
			obj{"QueueName": "q", "Attributes": obj{"DelaySeconds": json.Number("5"), "FifoQueue": true, "RedrivePolicy": obj{"maxReceiveCount": json.Number("3")}}},
			`{"Attributes":{"DelaySeconds":"5","FifoQueue":"true","RedrivePolicy":"{\"maxReceiveCount\":3}"},"QueueName":"q"}`, "",
		},
		"text becomes numbers": {
			dynamodb.Model, "CreateTable",
			obj{"TableName": "t", "ProvisionedThroughput": obj{"ReadCapacityUnits": "5", "WriteCapacityUnits": json.Number("6")}, "DeletionProtectionEnabled": "true"},
			`{"DeletionProtectionEnabled":true,"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6},"TableName":"t"}`, "",
		},
		"unknown members go": {sqs.Model, "DeleteQueue", obj{"QueueUrl": "u", "Other": 1}, `{"QueueUrl":"u"}`, ""},
		"null members go":    {sqs.Model, "DeleteQueue", obj{"QueueUrl": nil}, `{}`, ""},
		"one becomes a list": {dynamodb.Model, "CreateTable", obj{"KeySchema": obj{"AttributeName": "a"}}, `{"KeySchema":[{"AttributeName":"a"}]}`, ""},
		"no number":          {dynamodb.Model, "CreateTable", obj{"ProvisionedThroughput": obj{"ReadCapacityUnits": "many"}}, "", "#/ProvisionedThroughput: #/ReadCapacityUnits: expected type: Number, found: many"},
		"no truth value":     {dynamodb.Model, "CreateTable", obj{"DeletionProtectionEnabled": "maybe"}, "", "expected type: Boolean, found: maybe"},
		"no object":          {dynamodb.Model, "CreateTable", obj{"ProvisionedThroughput": "x"}, "", "expected type: JSONObject"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fit(tt.model, inputOf(t, tt.model, tt.operation), tt.in)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(got)
			if diff := cmp.Diff(tt.want, string(b)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMadeNamesAreTheSameForAToken(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stack, logical string
		n              naming
	}{
		"short":      {"shop", "Queue", naming{max: 80}},
		"fifo":       {"shop", "Queue", naming{max: 80, suffix: ".fifo"}},
		"bucket":     {"Shop", "MyBucket", naming{max: 63, lower: true}},
		"long stack": {strings.Repeat("s", 128), "Function", naming{max: 64}},
		"long both":  {strings.Repeat("s", 128), strings.Repeat("L", 255), naming{max: 64}},
		"long name":  {"a", strings.Repeat("L", 255), naming{max: 64}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Request{StackName: tt.stack, Logical: tt.logical, Token: "token"}
			got := r.madeName(tt.n)
			if len(got) > tt.n.max || !strings.HasSuffix(got, tt.n.suffix) || got != r.madeName(tt.n) {
				t.Errorf("%q (%d characters)", got, len(got))
			}
			if tt.n.lower && got != strings.ToLower(got) {
				t.Errorf("%q is not in lower case", got)
			}
			other := &Request{StackName: tt.stack, Logical: tt.logical, Token: "another"}
			if other.madeName(tt.n) == got {
				t.Errorf("two tokens, one name: %q", got)
			}
		})
	}
}

func TestDiffKnowsWhatNeedsReplacement(t *testing.T) {
	t.Parallel()
	queue := sqsQueue()
	tests := map[string]struct {
		before, after obj
		names         []string
		replace       bool
	}{
		"nothing":           {obj{"DelaySeconds": "5"}, obj{"DelaySeconds": json.Number("5")}, nil, false},
		"in place":          {obj{"DelaySeconds": "5"}, obj{"DelaySeconds": "6"}, []string{"DelaySeconds"}, false},
		"by another":        {obj{"QueueName": "a"}, obj{"QueueName": "b", "DelaySeconds": "1"}, []string{"DelaySeconds", "QueueName"}, true},
		"removed":           {obj{"DelaySeconds": "5"}, obj{}, []string{"DelaySeconds"}, false},
		"inside":            {obj{"Tags": []any{obj{"Key": "a", "Value": "1"}}}, obj{"Tags": []any{obj{"Key": "a", "Value": json.Number("1")}}}, nil, false},
		"order of an array": {obj{"Tags": []any{"a", "b"}}, obj{"Tags": []any{"b", "a"}}, []string{"Tags"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes, replace := queue.Diff(tt.before, tt.after)
			var names []string
			for _, c := range changes {
				names = append(names, c.Name)
			}
			if diff := cmp.Diff(tt.names, names); diff != "" || replace != tt.replace {
				t.Errorf("replace %v, want %v; (-want +got):\n%s", replace, tt.replace, diff)
			}
		})
	}
	if _, replace := lambdaVersion().Diff(obj{"Description": "a"}, obj{"Description": "b"}); !replace {
		t.Error("a type without Update is changed in place")
	}
}

// Each row of the table is complete: functions, and a name that AWS has.
func TestTypesAreComplete(t *testing.T) {
	t.Parallel()
	for name, typ := range Types() {
		if !strings.HasPrefix(name, "AWS::") || typ.Create == nil || typ.Delete == nil {
			t.Errorf("%s is incomplete", name)
		}
		for prop, p := range typ.schema() {
			if prop == "" || strings.ContainsAny(prop, "!*~") {
				t.Errorf("%s: property %q %+v", name, prop, p)
			}
		}
	}
}

func TestISODuration(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"PT15M": "15m0s", "PT1H30M5S": "1h30m5s", "15M": "", "PT": ""} {
		d, ok := isoDuration(in)
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%s: %v, %v", in, d, ok)
		}
	}
}

func TestFunctionNamesAreCut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"f":                                     {"f", ""},
		"f:live":                                {"f", "live"},
		"arn:aws:lambda:us-east-1:1:function:f": {"arn:aws:lambda:us-east-1:1:function:f", ""},
		"arn:aws:lambda:us-east-1:1:function:f:live": {"arn:aws:lambda:us-east-1:1:function:f", "live"},
	} {
		if name, qualifier := functionOf(in); name != want[0] || qualifier != want[1] {
			t.Errorf("%s: %s, %s", in, name, qualifier)
		}
	}
}
