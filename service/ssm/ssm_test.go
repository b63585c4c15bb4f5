package ssm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/ssm"
)

// bench is a server with a client.
type bench struct {
	*testenv.Env
	t   *testing.T
	ssm *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, ssm.Registration())
	return &bench{env, t, env.SSM()}
}

func (b *bench) wantCode(err error, want string) {
	b.t.Helper()
	if got := testenv.ErrorCode(err); got != want {
		b.t.Fatalf("error %q (%v), want %q", got, err, want)
	}
}

// put makes a parameter or a new version of it.
func (b *bench) put(name, value string, how ...func(in *client.PutParameterInput)) *client.PutParameterOutput {
	b.t.Helper()
	in := &client.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true)}
	for _, h := range how {
		h(in)
	}
	out, err := b.ssm.PutParameter(b.t.Context(), in)
	b.wantCode(err, "")
	return out
}

// get reads a value by name with selector; it gives the error's code instead
// where there is one.
func (b *bench) get(name string) string {
	b.t.Helper()
	out, err := b.ssm.GetParameter(b.t.Context(), &client.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return testenv.ErrorCode(err)
	}
	return *out.Parameter.Value
}

func TestVersionsAndLabelsSelectValues(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 3 {
		if out := b.put("/a/b", fmt.Sprint("v", i+1)); out.Version != int64(i+1) || out.Tier != types.ParameterTierStandard {
			t.Errorf("version %d, tier %s", out.Version, out.Tier)
		}
	}
	label := func(version int64, labels ...string) []string {
		out, err := b.ssm.LabelParameterVersion(t.Context(), &client.LabelParameterVersionInput{Name: aws.String("/a/b"), ParameterVersion: &version, Labels: labels})
		b.wantCode(err, "")
		return out.InvalidLabels
	}
	if bad := label(1, "prod", "1st", "awsome", "a/b"); !slices.Equal(bad, []string{"1st", "awsome", "a/b"}) {
		t.Errorf("invalid labels %v", bad)
	}
	tests := map[string]string{
		"/a/b": "v3", "/a/b:1": "v1", "/a/b:prod": "v1", "/a/b:4": "ParameterVersionNotFound", "/a/b:none": "ParameterVersionNotFound",
		"/a/c": "ParameterNotFound", "arn:aws:ssm:us-east-1:000000000000:parameter/a/b:2": "v2",
	}
	for name, want := range tests {
		if got := b.get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	label(2, "prod") // moves
	if got := b.get("/a/b:prod"); got != "v2" {
		t.Errorf("the label stayed at %s", got)
	}
	out, err := b.ssm.UnlabelParameterVersion(t.Context(), &client.UnlabelParameterVersionInput{Name: aws.String("/a/b"), ParameterVersion: aws.Int64(2), Labels: []string{"prod", "x"}})
	b.wantCode(err, "")
	if !slices.Equal(out.RemovedLabels, []string{"prod"}) || !slices.Equal(out.InvalidLabels, []string{"x"}) {
		t.Errorf("removed %v, invalid %v", out.RemovedLabels, out.InvalidLabels)
	}
	history, err := b.ssm.GetParameterHistory(t.Context(), &client.GetParameterHistoryInput{Name: aws.String("/a/b"), MaxResults: aws.Int32(2)})
	b.wantCode(err, "")
	if len(history.Parameters) != 2 || *history.Parameters[0].Value != "v1" || history.NextToken == nil {
		t.Errorf("history %v", history.Parameters)
	}
	history, err = b.ssm.GetParameterHistory(t.Context(), &client.GetParameterHistoryInput{Name: aws.String("/a/b"), NextToken: history.NextToken})
	b.wantCode(err, "")
	if len(history.Parameters) != 1 || *history.Parameters[0].Value != "v3" || history.NextToken != nil {
		t.Errorf("rest of history %v", history.Parameters)
	}
	_, err = b.ssm.GetParametersByPath(t.Context(), &client.GetParametersByPathInput{Path: aws.String("/a"), NextToken: aws.String("zz")})
	b.wantCode(err, "InvalidNextToken")
}

func TestOldVersionsGoUnlessLabelled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 101 {
		b.put("p", fmt.Sprint(i+1))
	}
	if got := b.get("p:1"); got != "ParameterVersionNotFound" {
		t.Errorf("version 1 is %s after 101", got)
	}
	_, err := b.ssm.LabelParameterVersion(t.Context(), &client.LabelParameterVersionInput{Name: aws.String("p"), ParameterVersion: aws.Int64(2), Labels: []string{"keep"}})
	b.wantCode(err, "")
	_, err = b.ssm.PutParameter(t.Context(), &client.PutParameterInput{Name: aws.String("p"), Value: aws.String("x"), Overwrite: aws.Bool(true)})
	b.wantCode(err, "ParameterMaxVersionLimitExceeded")
}

func TestPutParameterRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("taken", "x")
	b.put("large", strings.Repeat("x", 4097), func(in *client.PutParameterInput) { in.Tier = types.ParameterTierIntelligentTiering })
	tests := map[string]struct {
		how  func(in *client.PutParameterInput)
		want string
	}{
		"taken":            {func(in *client.PutParameterInput) { in.Name = aws.String("taken") }, "ParameterAlreadyExists"},
		"no type":          {func(in *client.PutParameterInput) { in.Type = "" }, "ValidationException"},
		"reserved":         {func(in *client.PutParameterInput) { in.Name = aws.String("awsname") }, "ValidationException"},
		"reserved path":    {func(in *client.PutParameterInput) { in.Name = aws.String("/aws/x") }, "AccessDeniedException"},
		"relative path":    {func(in *client.PutParameterInput) { in.Name = aws.String("a/b") }, "ValidationException"},
		"bad character":    {func(in *client.PutParameterInput) { in.Name = aws.String("/a b") }, "ValidationException"},
		"too deep":         {func(in *client.PutParameterInput) { in.Name = aws.String(strings.Repeat("/a", 16)) }, "HierarchyLevelLimitExceededException"},
		"too large":        {func(in *client.PutParameterInput) { in.Value = aws.String(strings.Repeat("x", 4097)) }, "ValidationException"},
		"pattern mismatch": {func(in *client.PutParameterInput) { in.AllowedPattern = aws.String(`^\d+$`) }, "ParameterPatternMismatchException"},
		"bad pattern":      {func(in *client.PutParameterInput) { in.AllowedPattern = aws.String(`(`) }, "InvalidAllowedPatternException"},
		"large pattern":    {func(in *client.PutParameterInput) { in.AllowedPattern = aws.String(strings.Repeat(`(.?){1000}`, 100)) }, "InvalidAllowedPatternException"},
		"data type":        {func(in *client.PutParameterInput) { in.DataType = aws.String("Text") }, "ValidationException"},
		"tags, overwrite": {func(in *client.PutParameterInput) {
			in.Overwrite, in.Tags = aws.Bool(true), []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		}, "ValidationException"},
		"downgrade": {func(in *client.PutParameterInput) {
			in.Name, in.Overwrite, in.Tier = aws.String("large"), aws.Bool(true), types.ParameterTierStandard
		}, "ValidationException"},
		"bad policy": {func(in *client.PutParameterInput) {
			in.Tier, in.Policies = types.ParameterTierAdvanced, aws.String(`[{"Type":"X"}]`)
		}, "InvalidPolicyTypeException"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := &client.PutParameterInput{Name: aws.String("new"), Value: aws.String("x"), Type: types.ParameterTypeString}
			tt.how(in)
			_, err := b.ssm.PutParameter(t.Context(), in)
			if got := testenv.ErrorCode(err); got != tt.want {
				t.Errorf("error %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestSecureStringIsHiddenWithoutDecryption(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("s", "secret", func(in *client.PutParameterInput) { in.Type = types.ParameterTypeSecureString })
	out, err := b.ssm.GetParameter(t.Context(), &client.GetParameterInput{Name: aws.String("s")})
	b.wantCode(err, "")
	if strings.Contains(*out.Parameter.Value, "secret") {
		t.Error("the secret is shown")
	}
	if got := b.get("s"); got != "secret" {
		t.Errorf("decrypted: %s", got)
	}
	all, err := b.ssm.DescribeParameters(t.Context(), &client.DescribeParametersInput{})
	b.wantCode(err, "")
	if len(all.Parameters) != 1 || aws.ToString(all.Parameters[0].KeyId) != "alias/aws/ssm" {
		t.Errorf("described %v", all.Parameters)
	}
}

func TestGetParametersByPath(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"/a/x", "/a/b/y", "/a/b/c/z", "/ab/x", "top"} {
		b.put(name, "v")
	}
	b.put("/a/list", "1,2", func(in *client.PutParameterInput) { in.Type = types.ParameterTypeStringList })
	_, err := b.ssm.LabelParameterVersion(t.Context(), &client.LabelParameterVersionInput{Name: aws.String("/a/x"), Labels: []string{"l"}})
	b.wantCode(err, "")
	b.put("/a/x", "v2")
	tests := map[string]struct {
		in   client.GetParametersByPathInput
		want []string
	}{
		"one level": {client.GetParametersByPathInput{Path: aws.String("/a")}, []string{"/a/list=1,2", "/a/x=v2"}},
		"recursive": {client.GetParametersByPathInput{Path: aws.String("/a/"), Recursive: aws.Bool(true), MaxResults: aws.Int32(2)}, []string{"/a/b/c/z=v", "/a/b/y=v", "/a/list=1,2", "/a/x=v2"}},
		"root":      {client.GetParametersByPathInput{Path: aws.String("/")}, []string{"top=v"}},
		"by type": {client.GetParametersByPathInput{Path: aws.String("/a"), ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Type"), Values: []string{"StringList"}},
		}}, []string{"/a/list=1,2"}},
		"by label": {client.GetParametersByPathInput{Path: aws.String("/"), Recursive: aws.Bool(true), ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Label"), Values: []string{"l"}},
		}}, []string{"/a/x=v"}},
		"nothing": {client.GetParametersByPathInput{Path: aws.String("/none")}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			pages := client.NewGetParametersByPathPaginator(b.ssm, &tt.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				b.wantCode(err, "")
				for _, p := range page.Parameters {
					got = append(got, *p.Name+"="+*p.Value)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	_, err = b.ssm.GetParametersByPath(t.Context(), &client.GetParametersByPathInput{Path: aws.String("a")})
	b.wantCode(err, "ValidationException")
}

func TestDescribeParametersFilters(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("/a/x", "v")
	b.put("/a/b/y", "v")
	b.put("other", "v")
	_, err := b.ssm.AddTagsToResource(t.Context(), &client.AddTagsToResourceInput{
		ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: aws.String("other"), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	b.wantCode(err, "")
	tests := map[string]struct {
		key, option, value string
		want               []string
		code               string
	}{
		"name":           {"Name", "", "/a/x", []string{"/a/x"}, ""},
		"name begins":    {"Name", "BeginsWith", "/a/", []string{"/a/b/y", "/a/x"}, ""},
		"name contains":  {"Name", "Contains", "the", []string{"other"}, ""},
		"path":           {"Path", "", "/a", []string{"/a/x"}, ""},
		"path recursive": {"Path", "Recursive", "/a", []string{"/a/b/y", "/a/x"}, ""},
		"tag":            {"tag:k", "", "v", []string{"other"}, ""},
		"type":           {"Type", "", "SecureString", nil, ""},
		"bad key":        {"Label", "", "x", nil, "InvalidFilterKey"},
		"bad option":     {"Name", "Recursive", "x", nil, "InvalidFilterOption"},
		"bad value":      {"Type", "", "x", nil, "InvalidFilterOption"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := types.ParameterStringFilter{Key: &tt.key, Values: []string{tt.value}}
			if tt.option != "" {
				f.Option = &tt.option
			}
			out, err := b.ssm.DescribeParameters(t.Context(), &client.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{f}})
			if got := testenv.ErrorCode(err); got != tt.code {
				t.Fatalf("error %q (%v), want %q", got, err, tt.code)
			}
			var got []string
			if err == nil {
				for _, p := range out.Parameters {
					got = append(got, *p.Name)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestManyParametersInOneRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.put("a", "1")
	b.put("b", "2")
	got, err := b.ssm.GetParameters(t.Context(), &client.GetParametersInput{Names: []string{"a", "none", "b:1", "b:7"}})
	b.wantCode(err, "")
	if len(got.Parameters) != 2 || !slices.Equal(got.InvalidParameters, []string{"none", "b:7"}) || aws.ToString(got.Parameters[1].Selector) != ":1" {
		t.Errorf("got %v, invalid %v", got.Parameters, got.InvalidParameters)
	}
	gone, err := b.ssm.DeleteParameters(t.Context(), &client.DeleteParametersInput{Names: []string{"a", "none"}})
	b.wantCode(err, "")
	if !slices.Equal(gone.DeletedParameters, []string{"a"}) || !slices.Equal(gone.InvalidParameters, []string{"none"}) {
		t.Errorf("deleted %v, invalid %v", gone.DeletedParameters, gone.InvalidParameters)
	}
	_, err = b.ssm.DeleteParameter(t.Context(), &client.DeleteParameterInput{Name: aws.String("a")})
	b.wantCode(err, "ParameterNotFound")
	if out := b.put("a", "again"); out.Version != 1 {
		t.Errorf("a parameter made anew begins with version %d", out.Version)
	}
}

func TestAnExpiredParameterGoes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := b.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	b.put("p", "x", func(in *client.PutParameterInput) {
		in.Tier = types.ParameterTierAdvanced
		in.Policies = aws.String(`[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"` + at + `"}}]`)
	})
	if got := b.get("p"); got != "x" {
		t.Fatalf("before its time: %s", got)
	}
	b.Advance(time.Hour + time.Second)
	testenv.Eventually(t, "the parameter is gone", func() bool { return b.get("p") == "ParameterNotFound" })
}
