package template

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewRefusesMalformedTemplates(t *testing.T) {
	t.Parallel()
	const queue = "\nResources: {Q: {Type: AWS::SQS::Queue}}"
	tests := map[string]struct{ body, want string }{
		"empty":                 {"", "Template format error: unsupported structure."},
		"list":                  {"[a]", "Template format error: unsupported structure."},
		"scalar":                {"hello", "Template format error: unsupported structure."},
		"bad JSON":              {"{\n \"a\": }", "Template format error: JSON not well-formed. (line 2, column 7)"},
		"JSON with a tail":      {`{"Resources":{}} x`, "Template format error: JSON not well-formed."},
		"bad YAML":              {"a: b: c", "Template format error: YAML not well-formed. (line 1"},
		"unknown tag":           {"a: !Nope b", "YAML not well-formed. (line 1, column 4)"},
		"no resources":          {"Description: x", "Template format error: At least one Resources member must be defined."},
		"unknown section":       {"Foo: 1" + queue, "Invalid template property or properties [Foo]"},
		"version":               {"AWSTemplateFormatVersion: '2011-01-01'" + queue, "Template version '2011-01-01' is not supported"},
		"no type":               {"Resources: {Q: {}}", "Template format error: [/Resources/Q] Every Resources object must contain a Type member."},
		"resource member":       {"Resources: {Q: {Type: T, Foo: 1}}", "Invalid template resource property 'Foo'"},
		"resource name":         {"Resources: {my-q: {Type: T}}", "Resource name 'my-q' is non alphanumeric."},
		"deletion policy":       {"Resources: {Q: {Type: T, DeletionPolicy: Keep}}", "Unrecognized DeletionPolicy Keep for resource Q"},
		"unresolved ref":        {"Resources: {Q: {Type: T, Properties: {A: !Ref X}}}", "Template format error: Unresolved resource dependencies [X] in the Resources block of the template"},
		"unresolved depends":    {"Resources: {Q: {Type: T, DependsOn: X}}", "Unresolved resource dependencies [X] in the Resources block"},
		"unresolved sub":        {"Resources: {Q: {Type: T, Properties: {A: !Sub '${X}'}}}", "Unresolved resource dependencies [X]"},
		"unresolved getatt":     {"Resources: {Q: {Type: T, Properties: {A: !GetAtt X.Y}}}", "Template error: instance of Fn::GetAtt references undefined resource X"},
		"unresolved output":     {"Outputs: {O: {Value: !Ref X}}" + queue, "Unresolved resource dependencies [X] in the Outputs block of the template"},
		"output without value":  {"Outputs: {O: {Description: d}}" + queue, "Output O is malformed"},
		"condition on resource": {"Conditions: {C: !Equals [!Ref Q, a]}" + queue, "Unresolved dependencies [Q]. Cannot reference resources in the Conditions block of the template"},
		"condition circle":      {"Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}" + queue, "circular condition dependency"},
		"unknown condition":     {"Resources: {Q: {Type: T, Condition: C}}", "Unresolved condition dependency C in the Resources block of the template"},
		"parameter type":        {"Parameters: {P: {Type: Text}}" + queue, "Unrecognized parameter type: Text"},
		"parameter member":      {"Parameters: {P: {Type: String, Foo: 1}}" + queue, "Invalid template parameter property 'Foo'"},
		"parameter default":     {"Parameters: {P: {Type: Number, Default: x}}" + queue, "Parameter 'P' must be a number"},
		"too large":             {strings.Repeat("#", MaxBody+1), "Template may not exceed 1048576 bytes in size."},
		"too deep":              {"A: " + strings.Repeat("[", 300) + strings.Repeat("]", 300), "nested too deeply"},
		"alias bomb":            {aliasBomb(), "expands to too many values"},
		"too many resources":    {manyResources(501), "Number of resources, 501, is greater than maximum allowed, 500"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(tt.body)
			checkOutcome(t, nil, err, "", tt.want)
		})
	}
}

// parse reads a body all the way.
func parse(body string) (*Template, error) {
	tree, err := Decode([]byte(body))
	if err != nil {
		return nil, err
	}
	return New(tree)
}

// aliasBomb is a small text that would expand to 10^9 values.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return b.String()
}

func manyResources(n int) string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  R%d: {Type: 'AWS::SQS::Queue'}\n", i)
	}
	return b.String()
}

func TestDependenciesFollowUses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body       string
		conditions map[string]bool
		want       map[string][]string
		err        string
	}{
		"every kind of use": {
			body: `
Resources:
  A: {Type: T}
  B: {Type: T, Properties: {X: !Ref A}}
  C: {Type: T, Properties: {X: !Sub "${B.Arn}", Y: !GetAtt A.Arn}}
  D: {Type: T, DependsOn: [A, C]}`,
			want: map[string][]string{"A": {}, "B": {"A"}, "C": {"A", "B"}, "D": {"A", "C"}},
		},
		"only the branch taken": {
			body: `
Conditions: {C: !Equals [a, b]}
Resources:
  A: {Type: T, Condition: C}
  B: {Type: T, Properties: {X: !If [C, !Ref A, none]}, DependsOn: A}`,
			conditions: map[string]bool{"C": false},
			want:       map[string][]string{"B": {}},
		},
		"a resource that is not there": {
			body: `
Conditions: {C: !Equals [a, b]}
Resources:
  A: {Type: T, Condition: C}
  B: {Type: T, Properties: {X: !Ref A}}`,
			conditions: map[string]bool{"C": false},
			err:        "Unresolved resource dependencies [A] in the Resources block of the template",
		},
		"circle": {
			body: `
Resources:
  A: {Type: T, Properties: {X: !Ref B}}
  B: {Type: T, DependsOn: C}
  C: {Type: T, Properties: {X: !GetAtt A.Arn}}
  D: {Type: T}`,
			err: "Circular dependency between resources: [A, B, C]",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := parse(tt.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Dependencies(tt.conditions)
			if tt.err != "" {
				checkOutcome(t, nil, err, "", tt.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range got {
				if v == nil {
					got[k] = []string{}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("dependencies (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSuppliedParameters(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		params string
		given  map[string]string
		want   string // JSON of what expressions see of P
		err    string
	}{
		"default":       {params: `{Type: String, Default: d}`, want: `"d"`},
		"given":         {params: `{Type: String, Default: d}`, given: map[string]string{"P": "v"}, want: `"v"`},
		"missing":       {params: `{Type: String}`, err: "Parameters: [P] must have values"},
		"unknown":       {params: `{Type: String, Default: d}`, given: map[string]string{"X": "v"}, err: "Parameters: [X] do not exist in the template"},
		"list":          {params: `{Type: CommaDelimitedList}`, given: map[string]string{"P": "a, b,c"}, want: `["a","b","c"]`},
		"list default":  {params: `{Type: 'List<Number>', Default: [1, 2]}`, want: `["1","2"]`},
		"allowed":       {params: `{Type: String, AllowedValues: [a, 1]}`, given: map[string]string{"P": "b"}, err: "Parameter 'P' must be one of AllowedValues"},
		"allowed num":   {params: `{Type: String, AllowedValues: [a, 1]}`, given: map[string]string{"P": "1"}, want: `"1"`},
		"pattern":       {params: `{Type: String, AllowedPattern: '[a-z]+'}`, given: map[string]string{"P": "a1"}, err: "Parameter 'P' must match pattern [a-z]+"},
		"constraint":    {params: `{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: small letters}`, given: map[string]string{"P": "1"}, err: "Parameter P failed to satisfy constraint: small letters"},
		"short":         {params: `{Type: String, MinLength: 3}`, given: map[string]string{"P": "ab"}, err: "must contain at least 3 characters"},
		"long":          {params: `{Type: String, MaxLength: '1'}`, given: map[string]string{"P": "ab"}, err: "must contain at most 1 characters"},
		"not a number":  {params: `{Type: Number}`, given: map[string]string{"P": "ab"}, err: "Parameter 'P' must be a number"},
		"small":         {params: `{Type: Number, MinValue: 3}`, given: map[string]string{"P": "2"}, err: "must be a number not less than 3"},
		"large":         {params: `{Type: Number, MaxValue: 3.5}`, given: map[string]string{"P": "4"}, err: "must be a number not greater than 3.5"},
		"aws type":      {params: `{Type: 'List<AWS::EC2::Subnet::Id>'}`, given: map[string]string{"P": "a,b"}, want: `["a","b"]`},
		"stored, a key": {params: `{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a/b}`, want: `"/a/b"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := parse("Parameters: {P: " + tt.params + "}\nResources: {Q: {Type: T}}")
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Supplied(tt.given)
			checkOutcome(t, tmpl.Parameters["P"].Value(got["P"]), err, tt.want, tt.err)
		})
	}
}

func TestUnrollLoops(t *testing.T) {
	t.Parallel()
	tree, err := Decode([]byte(`
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Ref Name
          Tag: !Sub "q-${Name}-${AWS::Region}"
Outputs:
  Fn::ForEach::Outer:
    - A
    - [x, y]
    - Fn::ForEach::Inner:
        - B
        - ["1.", "2"]
        - Out${A}&{B}: {Value: "${A}${B}"}
`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Unroll(t.Context(), tree, map[string]any{"Names": []any{"a", "b"}})
	queue := func(n string) string {
		return fmt.Sprintf(`{"Properties":{"QueueName":"%s","Tag":{"Fn::Sub":"q-%s-${AWS::Region}"}},"Type":"AWS::SQS::Queue"}`, n, n)
	}
	checkOutcome(t, got, err, `{"Outputs":{"Outx1":{"Value":"x1."},"Outx2":{"Value":"x2"},"Outy1":{"Value":"y1."},"Outy2":{"Value":"y2"}},`+
		`"Resources":{"Queuea":`+queue("a")+`,"Queueb":`+queue("b")+`},"Transform":"AWS::LanguageExtensions"}`, "")
}

func TestRules(t *testing.T) {
	t.Parallel()
	tmpl, err := parse(`
Parameters: {Env: {Type: String}, Size: {Type: String}}
Rules:
  Prod:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions:
      - Assert: !Contains [[big], !Ref Size]
        AssertDescription: prod is big
Resources: {Q: {Type: T}}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ env, size, err string }{
		"does not apply": {"test", "small", ""},
		"holds":          {"prod", "big", ""},
		"fails":          {"prod", "small", "prod is big"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := &Env{Template: tmpl, Parameters: map[string]any{"Env": tt.env, "Size": tt.size}}
			checkOutcome(t, nil, env.CheckRules(t.Context()), "null", tt.err)
		})
	}
}

func TestMergeKeysAndAliases(t *testing.T) {
	t.Parallel()
	got, err := decodeYAML([]byte("base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y: 3\nlist: [*b]\non: 5"))
	checkOutcome(t, got, err, `{"base":{"x":1,"y":2},"list":[{"x":1,"y":2}],"on":5,"other":{"x":1,"y":3}}`, "")
}

// Whatever the bytes, reading a template ends, soon, in a template or an error.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		`{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"A":{"Fn::Sub":["${a}",{"a":"b"}]}}}}}`,
		"Resources:\n  Q:\n    Type: T\n    Properties: {A: !Join ['', [a, !Ref B]], B: !GetAtt [Q, Arn]}",
		"Conditions: {A: !And [!Condition B, !Equals [a, b]], B: !Not [!Condition A]}\nResources: {Q: {Type: T}}",
		"Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::A': [N, [a, b], {'Q${N}': {Type: T}}]}",
		"a: &a [*a]", "<<: {a: b}", "!Sub [x]", aliasBomb(),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := Decode(body)
		if err != nil {
			return
		}
		if unrolled, err := Unroll(t.Context(), tree, nil); err == nil {
			tree = unrolled
		}
		tmpl, err := New(tree)
		if err != nil {
			return
		}
		env := &Env{Template: tmpl, Parameters: map[string]any{}, Unknown: "?"}
		if env.ResolveConditions(t.Context()) != nil {
			return
		}
		if _, err := tmpl.Dependencies(env.Conditions); err != nil {
			return
		}
		for _, r := range tmpl.Resources {
			_, _ = env.Eval(t.Context(), r.Properties)
		}
	})
}

// What loops put in the place of their variables is looked through no more, and
// is bounded.
func TestLoopVariablesAreFilledInOnce(t *testing.T) {
	t.Parallel()
	loop := func(x, y string, body map[string]any) map[string]any {
		return map[string]any{"Resources": map[string]any{"Fn::ForEach::A": []any{"X", []any{x}, map[string]any{"Fn::ForEach::B": []any{"Y", []any{y}, body}}}}}
	}
	got, err := Unroll(t.Context(), loop("${Y}", "b-c", map[string]any{"Q&{Y}": "${Y} of ${X}, {${Z} and ${X"}), nil)
	want := map[string]any{"Resources": map[string]any{"Qbc": "b-c of ${Y}, {${Z} and ${X"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	_, err = Unroll(t.Context(), loop("a", strings.Repeat("x", 100_000), map[string]any{"Q": strings.Repeat("${Y}", 100_000)}), nil)
	if err == nil || !strings.Contains(err.Error(), "expands to too many values") {
		t.Error(err)
	}
}
