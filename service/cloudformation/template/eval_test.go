package template

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/wire"
)

// testEnv is what the expressions of these tests are evaluated against.
func testEnv(t *testing.T) *Env {
	t.Helper()
	tree, err := Decode([]byte(`
Parameters:
  Name: {Type: String}
  Zones: {Type: CommaDelimitedList}
Mappings:
  Sizes:
    prod: {cpu: "4", list: [a, b]}
Conditions:
  IsProd: !Equals [!Ref Name, prod]
  IsTest: !Not [!Condition IsProd]
Resources:
  Queue: {Type: "AWS::SQS::Queue"}
  Later: {Type: "AWS::SQS::Queue"}
`))
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := New(tree)
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{
		Template: tmpl, Partition: "aws", Region: "eu-west-1", Account: "123456789012", URLSuffix: "amazonaws.com",
		StackName: "shop", StackID: "arn:stack", NotificationARNs: []string{"arn:topic"},
		Parameters: map[string]any{"Name": "prod", "Zones": []any{"x", "y"}},
		Resource: func(name string) (Resolved, bool) {
			return Resolved{Ref: "https://q", Attributes: map[string]any{"Arn": "arn:q", "Endpoint": map[string]any{"Port": json.Number("80")}}}, name == "Queue"
		},
		Import: func(_ context.Context, name string) (string, error) { return "imported-" + name, nil },
		Dynamic: func(_ context.Context, service, ref string) (string, error) {
			return "<" + service + "|" + ref + ">", nil
		},
	}
	if err := env.ResolveConditions(t.Context()); err != nil {
		t.Fatal(err)
	}
	return env
}

func TestEvalFunctions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string // YAML of one expression
		want string // JSON of its value
		err  string // part of the message
	}{
		"ref parameter":           {in: `!Ref Name`, want: `"prod"`},
		"ref list":                {in: `!Ref Zones`, want: `["x","y"]`},
		"ref resource":            {in: `!Ref Queue`, want: `"https://q"`},
		"ref missing":             {in: `!Ref Later`, err: "Unresolved resource dependencies [Later]"},
		"ref pseudo":              {in: `[!Ref "AWS::AccountId", !Ref "AWS::Region", !Ref "AWS::Partition", !Ref "AWS::StackName", !Ref "AWS::StackId", !Ref "AWS::URLSuffix"]`, want: `["123456789012","eu-west-1","aws","shop","arn:stack","amazonaws.com"]`},
		"notification arns":       {in: `!Ref AWS::NotificationARNs`, want: `["arn:topic"]`},
		"no value in map":         {in: `{a: !Ref AWS::NoValue, b: 1}`, want: `{"b":1}`},
		"no value in list":        {in: `[!Ref AWS::NoValue, 1]`, want: `[1]`},
		"getatt dotted":           {in: `!GetAtt Queue.Arn`, want: `"arn:q"`},
		"getatt list":             {in: `!GetAtt [Queue, Arn]`, want: `"arn:q"`},
		"getatt nested":           {in: `!GetAtt Queue.Endpoint.Port`, want: `80`},
		"getatt long string":      {in: `{"Fn::GetAtt": Queue.Arn}`, want: `"arn:q"`},
		"getatt unknown":          {in: `!GetAtt Queue.Nope`, err: "does not support attribute type Nope in Fn::GetAtt"},
		"getatt malformed":        {in: `!GetAtt Queue`, err: "every Fn::GetAtt object requires two non-empty parameters"},
		"sub":                     {in: `!Sub "${Name}-${Queue.Arn}-${AWS::Region}-${!Literal}"`, want: `"prod-arn:q-eu-west-1-${Literal}"`},
		"sub with variables":      {in: `!Sub ["${A}/${Name}", {A: !Ref Queue}]`, want: `"https://q/prod"`},
		"sub variable hides":      {in: `!Sub ["${Name}", {Name: own}]`, want: `"own"`},
		"sub bad name":            {in: `!Sub "${a-b}"`, err: "variable names in Fn::Sub syntax"},
		"sub unclosed":            {in: `!Sub "a ${b"`, want: `"a ${b"`},
		"sub list parameter":      {in: `!Sub "${Zones}"`, want: `"x,y"`},
		"sub arguments":           {in: `!Sub [a]`, err: "One or more Fn::Sub intrinsic functions don't specify expected arguments"},
		"join":                    {in: `!Join ["-", [a, !Ref Name, 3, true]]`, want: `"a-prod-3-true"`},
		"join of list":            {in: `!Join [",", !Ref Zones]`, want: `"x,y"`},
		"join wrong":              {in: `!Join [a]`, err: "every Fn::Join object requires two parameters"},
		"select":                  {in: `!Select [1, [a, b]]`, want: `"b"`},
		"select text index":       {in: `!Select ["0", !Split [",", "p,q"]]`, want: `"p"`},
		"select beyond":           {in: `!Select [5, [a]]`, err: "Fn::Select cannot select nonexistent value at index 5"},
		"split":                   {in: `!Split ["|", "a|b|"]`, want: `["a","b",""]`},
		"find in map":             {in: `!FindInMap [Sizes, !Ref Name, cpu]`, want: `"4"`},
		"find list in map":        {in: `!FindInMap [Sizes, prod, list]`, want: `["a","b"]`},
		"find in map default":     {in: `!FindInMap [Sizes, none, cpu, {DefaultValue: 1}]`, want: `1`},
		"find in map missing":     {in: `!FindInMap [Sizes, none, cpu]`, err: "Unable to get mapping for Sizes::none::cpu"},
		"find in missing map":     {in: `!FindInMap [Nope, none, cpu]`, err: "Mapping named 'Nope' is not present"},
		"if true":                 {in: `!If [IsProd, a, !Ref Later]`, want: `"a"`},
		"if false":                {in: `!If [IsTest, a, b]`, want: `"b"`},
		"if no value":             {in: `{a: !If [IsTest, x, !Ref AWS::NoValue]}`, want: `{}`},
		"if unknown":              {in: `!If [Nope, a, b]`, err: "unresolved condition dependency Nope"},
		"base64":                  {in: `!Base64 hello`, want: `"aGVsbG8="`},
		"base64 of sub":           {in: `Fn::Base64: !Sub "${Name}"`, want: `"cHJvZA=="`},
		"cidr":                    {in: `!Cidr ["10.0.0.0/16", 3, 8]`, want: `["10.0.0.0/24","10.0.1.0/24","10.0.2.0/24"]`},
		"cidr default bits":       {in: `!Select [1, !Cidr ["10.0.0.0/24", 2, 4]]`, want: `"10.0.0.16/28"`},
		"cidr six":                {in: `!Cidr ["2001:db8::/56", 2, 64]`, want: `["2001:db8::/64","2001:db8:0:1::/64"]`},
		"cidr too many":           {in: `!Cidr ["10.0.0.0/24", 3, 7]`, err: "does not hold 3 blocks"},
		"zones":                   {in: `!GetAZs ""`, want: `["eu-west-1a","eu-west-1b","eu-west-1c"]`},
		"zones of region":         {in: `!Select [0, !GetAZs us-east-1]`, want: `"us-east-1a"`},
		"import":                  {in: `!ImportValue base-Vpc`, want: `"imported-base-Vpc"`},
		"import of sub":           {in: `Fn::ImportValue: !Sub "${Name}-x"`, want: `"imported-prod-x"`},
		"length":                  {in: `Fn::Length: !Ref Zones`, want: `2`},
		"to json":                 {in: `Fn::ToJsonString: {a: !Ref Name, b: [1, "<"]}`, want: `"{\"a\":\"prod\",\"b\":[1,\"<\"]}"`},
		"dynamic reference":       {in: `"x-{{resolve:ssm:/a/b:3}}-{{resolve:secretsmanager:s:SecretString:k}}"`, want: `"x-<ssm|/a/b:3>-<secretsmanager|s:SecretString:k>"`},
		"dynamic in sub":          {in: `!Sub "{{resolve:ssm:/${Name}}}"`, want: `"<ssm|/prod>"`},
		"dynamic malformed":       {in: `"{{resolve:ssm}}"`, err: "Incorrect format is used in the following dynamic reference"},
		"policy condition block":  {in: `{Condition: {StringEquals: {a: b}}}`, want: `{"Condition":{"StringEquals":{"a":"b"}}}`},
		"unknown function":        {in: `{"Fn::Nope": 1}`, err: "Unrecognized function: Fn::Nope"},
		"numbers keep their text": {in: `[1.10, 012, 1e3, 0x1F, 2012-10-17]`, want: `[1.10,"012",1e3,"0x1F","2012-10-17"]`},
		"words of YAML 1.1":       {in: `[yes, off, "yes", ~, Null]`, want: `[true,false,"yes",null,null]`},
	}
	env := testEnv(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := decodeYAML([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := env.Eval(t.Context(), v)
			checkOutcome(t, got, err, tt.want, tt.err)
		})
	}
}

// checkOutcome compares a value with JSON, or an error with part of its message.
func checkOutcome(t *testing.T, got any, err error, want, wantErr string) {
	t.Helper()
	if wantErr != "" {
		fault, ok := errors.AsType[*wire.APIError](err)
		if !ok || fault.Code != "ValidationError" || !strings.Contains(fault.Message, wantErr) {
			t.Fatalf("error %v, want a ValidationError with %q", err, wantErr)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := JSON(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(b)); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
}

func TestConditionFunctions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		want bool
		err  string
	}{
		"equals":             {in: `!Equals [a, a]`, want: true},
		"equals by text":     {in: `!Equals [1, "1"]`, want: true},
		"equals lists":       {in: `!Equals [!Ref Zones, [x, y]]`, want: true},
		"not equals":         {in: `!Equals [a, b]`},
		"and":                {in: `!And [!Equals [a, a], !Condition IsProd]`, want: true},
		"and false":          {in: `!And [!Equals [a, a], !Condition IsTest]`},
		"and of one":         {in: `!And [!Equals [a, a]]`, err: "every Fn::And object requires a list of at least 2"},
		"or":                 {in: `!Or [!Equals [a, b], !Condition IsProd]`, want: true},
		"not":                {in: `!Not [!Condition IsProd]`},
		"contains":           {in: `!Contains [[a, b], b]`, want: true},
		"each member in":     {in: `!EachMemberIn [[a, b], [a, b, c]]`, want: true},
		"each member equals": {in: `!EachMemberEquals [[a, b], a]`},
		"unknown condition":  {in: `!Condition Nope`, err: "Unresolved condition dependency Nope"},
		"equals of one":      {in: `!Equals [a]`, err: "every Fn::Equals object requires a list of 2 string parameters"},
	}
	env := testEnv(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := decodeYAML([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			got, err := env.Condition(t.Context(), v)
			want := "false"
			if tt.want {
				want = "true"
			}
			checkOutcome(t, got, err, want, tt.err)
		})
	}
}

// What does not exist yet is unknown, not an error, in a change set.
func TestEvalUnknownResource(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	env.Unknown = "{{known later}}"
	v, err := decodeYAML([]byte(`[!Ref Later, !GetAtt Later.Arn, !Sub "a-${Later}", !Select [0, !GetAtt Later.List]]`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := env.Eval(t.Context(), v)
	checkOutcome(t, got, err, `["{{known later}}","{{known later}}","a-{{known later}}","{{known later}}"]`, "")
}

// A template's functions may stand in each other, and name one value many times.
func TestWhatFunctionsMakeIsBounded(t *testing.T) {
	t.Parallel()
	nest := func(inner any, around func(inner any) any) any {
		for range 60 {
			inner = around(inner)
		}
		return inner
	}
	twice := func(inner any) any {
		return map[string]any{"Fn::Sub": []any{"${a}${a}", map[string]any{"a": inner}}}
	}
	list := func(n int, item any) []any { return slices.Repeat([]any{item}, n) }
	long := strings.Repeat("x", 100_000)
	for name, tree := range map[string]any{
		"doubled texts":        nest("x", twice),
		"doubled empty texts":  nest(map[string]any{"Fn::Sub": ""}, twice),
		"a parameter's text":   map[string]any{"Fn::Sub": []any{strings.Repeat("${a}", 100_000), map[string]any{"a": long}}},
		"a long delimiter":     map[string]any{"Fn::Join": []any{long, list(100_000, "x")}},
		"a text in base64":     nest(long, func(inner any) any { return map[string]any{"Fn::Base64": inner} }),
		"a condition":          map[string]any{"Fn::Equals": []any{nest("x", twice), "y"}},
		"JSON in JSON":         nest(list(10, `"`), func(inner any) any { return []any{map[string]any{"Fn::ToJsonString": inner}} }),
		"many dynamic texts":   strings.Repeat("{{resolve:ssm:long}}", 10_000),
		"many values of a map": list(100_000, map[string]any{"Fn::FindInMap": []any{"Large", "a", "b"}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := testEnv(t)
			env.Template.Mappings["Large"] = map[string]any{"a": map[string]any{"b": list(1000, long)}}
			env.Dynamic = func(context.Context, string, string) (string, error) { return long, nil }
			if out, err := env.Eval(t.Context(), tree); err == nil || !strings.Contains(err.Error(), "expands to too many values") {
				t.Errorf("%T, %v", out, err)
			}
		})
	}
}
