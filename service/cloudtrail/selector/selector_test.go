package selector

import (
	"strings"
	"testing"

	"maru.dev/maru/service/cloudtrail/record"
)

// The events that tests select from.
func events() map[string]*Event {
	s3 := func(name, key string, readOnly bool) *Event {
		return &Event{
			Class:     &record.Class{Source: "s3.amazonaws.com", Name: name, ReadOnly: readOnly, Data: "AWS::S3::Object"},
			Resources: []record.Resource{{Type: "AWS::S3::Object", Name: "arn:aws:s3:::b/" + key}, {Type: "AWS::S3::Bucket", Name: "arn:aws:s3:::b"}},
			UserARN:   "arn:aws:iam::000000000000:user/ann",
		}
	}
	return map[string]*Event{
		"create": {Class: &record.Class{Source: "sqs.amazonaws.com", Name: "CreateQueue"}},
		"list":   {Class: &record.Class{Source: "sqs.amazonaws.com", Name: "ListQueues", ReadOnly: true}},
		"key":    {Class: &record.Class{Source: "kms.amazonaws.com", Name: "CreateKey"}},
		"put":    s3("PutObject", "logs/x", false),
		"get":    s3("GetObject", "logs/x", true),
		"other":  s3("PutObject", "data/y", false),
		"invoke": {
			Class:     &record.Class{Source: "lambda.amazonaws.com", Name: "Invoke", Data: "AWS::Lambda::Function"},
			Resources: []record.Resource{{Type: "AWS::Lambda::Function", Name: "arn:aws:lambda:us-east-1:000000000000:function:f"}},
		},
	}
}

func category(name string, fields ...Field) Set {
	return Set{Advanced: []Advanced{{Fields: append([]Field{{Name: "eventCategory", Equals: []string{name}}}, fields...)}}}
}

func objects(fields ...Field) Set {
	return category("Data", append([]Field{{Name: "resources.type", Equals: []string{"AWS::S3::Object"}}}, fields...)...)
}

func TestSetsSelect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  Set
		want string
	}{
		"nothing said":     {Set{}, "create key list"},
		"writes":           {Set{Basic: []Basic{{ReadWrite: "WriteOnly", Management: true}}}, "create key"},
		"reads":            {Set{Basic: []Basic{{ReadWrite: "ReadOnly", Management: true}}}, "list"},
		"without a source": {Set{Basic: []Basic{{ReadWrite: "All", Management: true, Exclude: []string{"kms.amazonaws.com"}}}}, "create list"},
		"objects below": {
			Set{Basic: []Basic{{ReadWrite: "All", Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:s3:::b/logs"}}}}}},
			"get put",
		},
		"all objects":         {Set{Basic: []Basic{{ReadWrite: "All", Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:s3"}}}}}}, "get other put"},
		"all objects, longer": {Set{Basic: []Basic{{ReadWrite: "WriteOnly", Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:s3:::"}}}}}}, "other put"},
		"all functions":       {Set{Basic: []Basic{{Data: []DataResource{{Type: "AWS::Lambda::Function", Values: []string{"arn:aws:lambda"}}}}}}, "invoke"},
		"a function":          {Set{Basic: []Basic{{Data: []DataResource{{Type: "AWS::Lambda::Function", Values: []string{"arn:aws:lambda:us-east-1:000000000000:function:f"}}}}}}, "invoke"},
		"a longer name":       {Set{Basic: []Basic{{Data: []DataResource{{Type: "AWS::Lambda::Function", Values: []string{"arn:aws:lambda:us-east-1:000000000000:function:"}}}}}}, ""},
		"management":          {category("Management"), "create key list"},
		"management writes":   {category("Management", Field{Name: "readOnly", Equals: []string{"false"}}), "create key"},
		"not a source":        {category("Management", Field{Name: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}), "create list"},
		"objects":             {objects(), "get other put"},
		"by name":             {objects(Field{Name: "eventName", StartsWith: []string{"Get"}}), "get"},
		"by end":              {objects(Field{Name: "resources.ARN", EndsWith: []string{"/x"}}), "get put"},
		"but not":             {objects(Field{Name: "resources.ARN", StartsWith: []string{"arn:aws:s3:::b/"}, NotStartsWith: []string{"arn:aws:s3:::b/logs/"}}), "other"},
		"not ending":          {objects(Field{Name: "resources.ARN", NotEndsWith: []string{"/y"}}), "get put"},
		"by user":             {objects(Field{Name: "userIdentity.arn", EndsWith: []string{"/bob"}}), ""},
		"not by user":         {objects(Field{Name: "userIdentity.arn", NotEndsWith: []string{"/bob"}}), "get other put"},
		"one of":              {objects(Field{Name: "eventName", Equals: []string{"X", "PutObject"}}), "other put"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if problem := tt.set.Check(); problem != "" && len(tt.set.Basic)+len(tt.set.Advanced) > 0 && name != "a longer name" {
				t.Errorf("refused: %s", problem)
			}
			var got []string
			for _, event := range []string{"create", "get", "invoke", "key", "list", "other", "put"} {
				e := events()[event]
				if tt.set.Match(e) {
					got = append(got, event)
					if e.Class.Data != "" && !strings.Contains(strings.Join(tt.set.DataTypes(), " "), e.Class.Data) {
						t.Errorf("%s is of none of the types that the set says it may select", event)
					}
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("selects %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetsAreRefused(t *testing.T) {
	t.Parallel()
	many := make([]string, 501)
	for i := range many {
		many[i] = "x"
	}
	tests := map[string]Set{
		"both kinds":      {Basic: Default(), Advanced: category("Management").Advanced},
		"none":            {},
		"six":             {Basic: append(append(Default(), Default()...), append(append(Default(), Default()...), append(Default(), Default()...)...)...)},
		"word":            {Basic: []Basic{{ReadWrite: "Some"}}},
		"source":          {Basic: []Basic{{Management: true, Exclude: []string{"sqs.amazonaws.com"}}}},
		"type":            {Basic: []Basic{{Data: []DataResource{{Type: "AWS::SQS::Queue", Values: []string{"arn:aws:sqs"}}}}}},
		"no value":        {Basic: []Basic{{Data: []DataResource{{Type: "AWS::S3::Object"}}}}},
		"other service":   {Basic: []Basic{{Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:lambda"}}}}}},
		"bucket alone":    {Basic: []Basic{{Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{"arn:aws:s3:::b"}}}}}},
		"no category":     {Advanced: []Advanced{{Fields: []Field{{Name: "readOnly", Equals: []string{"true"}}}}}},
		"no fields":       {Advanced: []Advanced{{}}},
		"no operator":     category("Management", Field{Name: "eventName"}),
		"twice":           category("Management", Field{Name: "readOnly", Equals: []string{"true"}}, Field{Name: "readOnly", Equals: []string{"true"}}),
		"maybe":           category("Management", Field{Name: "readOnly", Equals: []string{"maybe"}}),
		"begins":          category("Management", Field{Name: "readOnly", StartsWith: []string{"t"}}),
		"field":           category("Management", Field{Name: "color", Equals: []string{"red"}}),
		"of another kind": category("Management", Field{Name: "resources.ARN", Equals: []string{"x"}}),
		"category":        category("Other"),
		"untyped data":    category("Data"),
		"too many":        objects(Field{Name: "eventName", Equals: many}),
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if set.Check() == "" {
				t.Error("accepted")
			}
		})
	}
}
