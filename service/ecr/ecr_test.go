package ecr_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/ecr"
)

const (
	lifecycle = `{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}, "action": {"type": "expire"}}]}`
	pulls     = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage"]}]}`
	absent    = "The repository with name 'none' does not exist in the registry with id '000000000000'"
)

// bench is a server with a client.
type bench struct {
	*testenv.Env
	t   *testing.T
	ecr *client.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	env := testenv.New(t, ecr.Registration())
	return &bench{env, t, env.ECR()}
}

// create makes a repository.
func (b *bench) create(name string, how ...func(in *client.CreateRepositoryInput)) types.Repository {
	b.t.Helper()
	in := &client.CreateRepositoryInput{RepositoryName: &name}
	for _, h := range how {
		h(in)
	}
	out, err := b.ecr.CreateRepository(b.t.Context(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.Repository
}

// wantFault wants an error of a code with a text in it; "" wants none.
func wantFault(t *testing.T, err error, code, text string) {
	t.Helper()
	if got := testenv.ErrorCode(err); got != code {
		t.Fatalf("error %q (%v), want %q", got, err, code)
	}
	if err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%v, want %q", err, text)
	}
}

func TestARepositoryIsAsItWasAskedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plain := b.create("team/app")
	if got, want := *plain.RepositoryArn, "arn:aws:ecr:us-east-1:000000000000:repository/team/app"; got != want {
		t.Errorf("ARN %s, want %s", got, want)
	}
	if got, want := *plain.RepositoryUri, "000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app"; got != want {
		t.Errorf("URI %s, want %s", got, want)
	}
	if plain.ImageTagMutability != types.ImageTagMutabilityMutable || plain.ImageScanningConfiguration.ScanOnPush ||
		plain.EncryptionConfiguration.EncryptionType != types.EncryptionTypeAes256 || plain.CreatedAt == nil || *plain.RegistryId != "000000000000" {
		t.Errorf("%+v", plain)
	}
	b.create("all", func(in *client.CreateRepositoryInput) {
		in.ImageTagMutability = types.ImageTagMutabilityImmutableWithExclusion
		in.ImageTagMutabilityExclusionFilters = []types.ImageTagMutabilityExclusionFilter{{FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard, Filter: aws.String("dev-*")}}
		in.ImageScanningConfiguration = &types.ImageScanningConfiguration{ScanOnPush: true}
		in.EncryptionConfiguration = &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeKms, KmsKey: aws.String("alias/k")}
		in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
	})
	out, err := b.ecr.DescribeRepositories(t.Context(), &client.DescribeRepositoriesInput{RepositoryNames: []string{"all"}})
	if err != nil {
		t.Fatal(err)
	}
	all := out.Repositories[0]
	if all.ImageTagMutability != types.ImageTagMutabilityImmutableWithExclusion || *all.ImageTagMutabilityExclusionFilters[0].Filter != "dev-*" ||
		!all.ImageScanningConfiguration.ScanOnPush || *all.EncryptionConfiguration.KmsKey != "alias/k" {
		t.Errorf("%+v", all)
	}
}

func TestCreateRepositoryRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create("taken")
	pattern := `must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
	filter := []types.ImageTagMutabilityExclusionFilter{{FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard, Filter: aws.String("v*")}}
	tests := map[string]struct {
		name string
		how  func(in *client.CreateRepositoryInput)
		code string
		text string
	}{
		"taken":                {name: "taken", code: "RepositoryAlreadyExistsException", text: "The repository with name 'taken' already exists in the registry with id '000000000000'"},
		"capitals":             {name: "Team/app", code: "InvalidParameterException", text: "Invalid parameter at 'repositoryName' failed to satisfy constraint: '" + pattern},
		"ends in a slash":      {name: "team/", code: "InvalidParameterException", text: pattern},
		"too short":            {name: "a", code: "InvalidParameterException", text: "must have length greater than or equal to 2"},
		"too long":             {name: strings.Repeat("a", 257), code: "InvalidParameterException", text: "must have length less than or equal to 256"},
		"as long as may be":    {name: strings.Repeat("a", 256)},
		"hyphens, underscores": {name: "a--b__c.d/e_f"},
		"another's registry": {
			name: "app", code: "AccessDeniedException", text: "ecr:CreateRepository on resource: arn:aws:ecr:us-east-1:111111111111:repository/app",
			how: func(in *client.CreateRepositoryInput) { in.RegistryId = aws.String("111111111111") },
		},
		"own registry": {name: "own", how: func(in *client.CreateRepositoryInput) { in.RegistryId = aws.String("000000000000") }},
		"mutability": {
			name: "app", code: "InvalidParameterException", text: "must satisfy enum value set",
			how: func(in *client.CreateRepositoryInput) { in.ImageTagMutability = "SOMETIMES" },
		},
		"exclusions of nothing": {
			name: "app", code: "InvalidParameterException", text: "can't be present when imageTagMutability is set as MUTABLE",
			how: func(in *client.CreateRepositoryInput) { in.ImageTagMutabilityExclusionFilters = filter },
		},
		"no exclusions": {
			name: "app", code: "InvalidParameterException", text: "can't be null or empty",
			how: func(in *client.CreateRepositoryInput) {
				in.ImageTagMutability = types.ImageTagMutabilityMutableWithExclusion
			},
		},
		"wildcards": {
			name: "app", code: "InvalidParameterException", text: "at most 2 wildcards",
			how: func(in *client.CreateRepositoryInput) {
				in.ImageTagMutability = types.ImageTagMutabilityMutableWithExclusion
				in.ImageTagMutabilityExclusionFilters = []types.ImageTagMutabilityExclusionFilter{{FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard, Filter: aws.String("*a*b*")}}
			},
		},
		"a key without KMS": {
			name: "app", code: "InvalidParameterException", text: "kmsKey",
			how: func(in *client.CreateRepositoryInput) {
				in.EncryptionConfiguration = &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeAes256, KmsKey: aws.String("k")}
			},
		},
		"a tag of AWS": {
			name: "app", code: "InvalidTagParameterException", text: "reserved",
			how: func(in *client.CreateRepositoryInput) {
				in.Tags = []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("")}}
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := &client.CreateRepositoryInput{RepositoryName: &tt.name}
			if tt.how != nil {
				tt.how(in)
			}
			_, err := b.ecr.CreateRepository(t.Context(), in)
			wantFault(t, err, tt.code, tt.text)
		})
	}
}

func TestRepositoriesAreListedByPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var want, got []string
	for i := range 5 {
		want = append(want, *b.create(fmt.Sprintf("app-%d", i)).RepositoryName)
	}
	pages := client.NewDescribeRepositoriesPaginator(b.ecr, &client.DescribeRepositoriesInput{MaxResults: aws.Int32(2)})
	n := 0
	for ; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Repositories {
			got = append(got, *r.RepositoryName)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || n != 3 {
		t.Errorf("%d pages: %s", n, diff)
	}
}

func TestDescribeRepositoriesRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create("app")
	tests := map[string]struct {
		in         client.DescribeRepositoriesInput
		code, text string
	}{
		"none":             {client.DescribeRepositoriesInput{RepositoryNames: []string{"app", "none"}}, "RepositoryNotFoundException", absent},
		"another's":        {client.DescribeRepositoriesInput{RegistryId: aws.String("111111111111")}, "AccessDeniedException", "ecr:DescribeRepositories"},
		"a forged token":   {client.DescribeRepositoriesInput{NextToken: aws.String("x!")}, "InvalidParameterException", "'nextToken'"},
		"names and size":   {client.DescribeRepositoriesInput{RepositoryNames: []string{"app"}, MaxResults: aws.Int32(1)}, "InvalidParameterException", "'maxResults'"},
		"names and token":  {client.DescribeRepositoriesInput{RepositoryNames: []string{"app"}, NextToken: aws.String("x")}, "InvalidParameterException", "'nextToken'"},
		"a page too large": {client.DescribeRepositoriesInput{MaxResults: aws.Int32(1001)}, "InvalidParameterException", "must have value less than or equal to 1000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.ecr.DescribeRepositories(t.Context(), &tt.in)
			wantFault(t, err, tt.code, tt.text)
		})
	}
}

func TestADeletedRepositoryLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("app")
	b.create("app")
	_, err := b.ecr.PutLifecyclePolicy(ctx, &client.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String(lifecycle)})
	wantFault(t, err, "", "")
	_, err = b.ecr.SetRepositoryPolicy(ctx, &client.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: aws.String(pulls)})
	wantFault(t, err, "", "")
	out, err := b.ecr.DeleteRepository(ctx, &client.DeleteRepositoryInput{RepositoryName: name})
	if err != nil || *out.Repository.RepositoryName != "app" {
		t.Fatal(out, err)
	}
	_, err = b.ecr.DeleteRepository(ctx, &client.DeleteRepositoryInput{RepositoryName: name, Force: true})
	wantFault(t, err, "RepositoryNotFoundException", "'app'")
	b.create("app")
	_, err = b.ecr.GetLifecyclePolicy(ctx, &client.GetLifecyclePolicyInput{RepositoryName: name})
	wantFault(t, err, "LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'")
	_, err = b.ecr.GetRepositoryPolicy(ctx, &client.GetRepositoryPolicyInput{RepositoryName: name})
	wantFault(t, err, "RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name 'app' in the registry with id '000000000000'")
}

func TestLifecyclePoliciesAreKeptAsGiven(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("app")
	b.create("app")
	_, err := b.ecr.PutLifecyclePolicy(ctx, &client.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String("{}")})
	wantFault(t, err, "InvalidParameterException", "must have length greater than or equal to 100")
	_, err = b.ecr.PutLifecyclePolicy(ctx, &client.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String(strings.Replace(lifecycle, "days", "weeks", 1))})
	wantFault(t, err, "InvalidParameterException", "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: countUnit")
	put, err := b.ecr.PutLifecyclePolicy(ctx, &client.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String(lifecycle)})
	if err != nil || *put.LifecyclePolicyText != lifecycle || *put.RegistryId != "000000000000" {
		t.Fatal(put, err)
	}
	got, err := b.ecr.GetLifecyclePolicy(ctx, &client.GetLifecyclePolicyInput{RepositoryName: name})
	if err != nil || *got.LifecyclePolicyText != lifecycle {
		t.Fatal(got, err)
	}
	gone, err := b.ecr.DeleteLifecyclePolicy(ctx, &client.DeleteLifecyclePolicyInput{RepositoryName: name})
	if err != nil || *gone.LifecyclePolicyText != lifecycle {
		t.Fatal(gone, err)
	}
	_, err = b.ecr.DeleteLifecyclePolicy(ctx, &client.DeleteLifecyclePolicyInput{RepositoryName: name})
	wantFault(t, err, "LifecyclePolicyNotFoundException", "'app'")
}

func TestRepositoryPoliciesAreChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.create("app")
	statement := func(rest string) string { return `{"Statement":[{"Effect":"Allow",` + rest + `}]}` }
	denial := `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:*"}]}`
	tests := map[string]struct {
		policy string
		force  bool
		text   string // "" is accepted
	}{
		"pulls":            {policy: pulls},
		"everything":       {policy: statement(`"Principal":"*","Action":"*"`)},
		"no JSON":          {policy: "allow", text: "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"},
		"no statements":    {policy: `{"Version":"2012-10-17"}`, text: "Invalid repository policy provided"},
		"a resource":       {policy: statement(`"Principal":"*","Action":"ecr:*","Resource":"*"`), text: "Invalid repository policy provided"},
		"nobody":           {policy: statement(`"Action":"ecr:*"`), text: "Invalid repository policy provided"},
		"another service":  {policy: statement(`"Principal":"*","Action":"s3:*"`), text: "Invalid repository policy provided"},
		"a way out closed": {policy: denial, text: "use force"},
		"forced":           {policy: denial, force: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.ecr.SetRepositoryPolicy(t.Context(), &client.SetRepositoryPolicyInput{RepositoryName: aws.String("app"), PolicyText: &tt.policy, Force: tt.force})
			code := "InvalidParameterException"
			if tt.text == "" {
				code = ""
			}
			wantFault(t, err, code, tt.text)
		})
	}
}

func TestRepositoryPoliciesComeAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("app")
	b.create("app")
	_, err := b.ecr.SetRepositoryPolicy(ctx, &client.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: aws.String(pulls)})
	wantFault(t, err, "", "")
	got, err := b.ecr.GetRepositoryPolicy(ctx, &client.GetRepositoryPolicyInput{RepositoryName: name})
	if err != nil || *got.PolicyText != pulls {
		t.Fatal(got, err)
	}
	gone, err := b.ecr.DeleteRepositoryPolicy(ctx, &client.DeleteRepositoryPolicyInput{RepositoryName: name})
	if err != nil || *gone.PolicyText != pulls {
		t.Fatal(gone, err)
	}
	_, err = b.ecr.DeleteRepositoryPolicy(ctx, &client.DeleteRepositoryPolicyInput{RepositoryName: name})
	wantFault(t, err, "RepositoryPolicyNotFoundException", "'app'")
}

func TestSettingsOfImagesChange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("app")
	b.create("app")
	_, err := b.ecr.PutImageScanningConfiguration(ctx, &client.PutImageScanningConfigurationInput{RepositoryName: name, ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true}})
	wantFault(t, err, "", "")
	_, err = b.ecr.PutImageTagMutability(ctx, &client.PutImageTagMutabilityInput{RepositoryName: name, ImageTagMutability: types.ImageTagMutabilityImmutable})
	wantFault(t, err, "", "")
	out, err := b.ecr.DescribeRepositories(ctx, &client.DescribeRepositoriesInput{})
	if err != nil {
		t.Fatal(err)
	}
	if r := out.Repositories[0]; !r.ImageScanningConfiguration.ScanOnPush || r.ImageTagMutability != types.ImageTagMutabilityImmutable {
		t.Errorf("%+v", r)
	}
	_, err = b.ecr.PutImageTagMutability(ctx, &client.PutImageTagMutabilityInput{RepositoryName: name, ImageTagMutability: types.ImageTagMutabilityMutableWithExclusion})
	wantFault(t, err, "InvalidParameterException", "can't be null or empty")
}

func TestTagsComeAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	resource := b.create("app").RepositoryArn
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	_, err := b.ecr.TagResource(ctx, &client.TagResourceInput{ResourceArn: resource, Tags: []types.Tag{tag("b", "1"), tag("a", "2"), tag("b", "3")}})
	wantFault(t, err, "", "")
	_, err = b.ecr.UntagResource(ctx, &client.UntagResourceInput{ResourceArn: resource, TagKeys: []string{"a", "none"}})
	wantFault(t, err, "", "")
	out, err := b.ecr.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: resource})
	if err != nil || len(out.Tags) != 1 || *out.Tags[0].Key != "b" || *out.Tags[0].Value != "3" {
		t.Fatal(out, err)
	}
	var many []types.Tag
	for i := range 50 {
		many = append(many, tag(fmt.Sprint("k", i), ""))
	}
	_, err = b.ecr.TagResource(ctx, &client.TagResourceInput{ResourceArn: resource, Tags: many})
	wantFault(t, err, "TooManyTagsException", "50")
	_, err = b.ecr.TagResource(ctx, &client.TagResourceInput{ResourceArn: resource, Tags: []types.Tag{tag(strings.Repeat("k", 129), "")}})
	wantFault(t, err, "InvalidTagParameterException", "128")
	for arn, code := range map[string]string{
		"arn:aws:ecr:us-east-1:000000000000:repository/none": "RepositoryNotFoundException",
		"arn:aws:ecr:us-east-1:111111111111:repository/app":  "AccessDeniedException",
		"arn:aws:ecr:eu-west-1:000000000000:repository/app":  "InvalidParameterException",
		"arn:aws:s3:::app": "InvalidParameterException",
	} {
		_, err = b.ecr.ListTagsForResource(ctx, &client.ListTagsForResourceInput{ResourceArn: &arn})
		wantFault(t, err, code, "")
	}
}

func TestARegistryReplicatesNothing(t *testing.T) {
	t.Parallel()
	out, err := newBench(t).ecr.DescribeRegistry(t.Context(), &client.DescribeRegistryInput{})
	if err != nil || *out.RegistryId != "000000000000" || len(out.ReplicationConfiguration.Rules) != 0 {
		t.Fatal(out, err)
	}
}

func TestARepositoryHasNoImages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("app")
	b.create("app")
	list, err := b.ecr.ListImages(ctx, &client.ListImagesInput{RepositoryName: name})
	if err != nil || len(list.ImageIds) != 0 {
		t.Fatal(list, err)
	}
	described, err := b.ecr.DescribeImages(ctx, &client.DescribeImagesInput{RepositoryName: name})
	if err != nil || len(described.ImageDetails) != 0 {
		t.Fatal(described, err)
	}
	latest := []types.ImageIdentifier{{ImageTag: aws.String("latest")}}
	_, err = b.ecr.DescribeImages(ctx, &client.DescribeImagesInput{RepositoryName: name, ImageIds: latest})
	wantFault(t, err, "ImageNotFoundException", "The image with imageId {imageDigest:'null', imageTag:'latest'} does not exist within the repository with name 'app' in the registry with id '000000000000'")
	ids := []types.ImageIdentifier{latest[0], {}, {ImageDigest: aws.String("latest")}, {ImageDigest: aws.String("sha256:00")}}
	want := []types.ImageFailureCode{"ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest", "ImageNotFound"}
	fetched, err := b.ecr.BatchGetImage(ctx, &client.BatchGetImageInput{RepositoryName: name, ImageIds: ids})
	if err != nil || len(fetched.Images) != 0 {
		t.Fatal(fetched, err)
	}
	deleted, err := b.ecr.BatchDeleteImage(ctx, &client.BatchDeleteImageInput{RepositoryName: name, ImageIds: ids})
	if err != nil || len(deleted.ImageIds) != 0 {
		t.Fatal(deleted, err)
	}
	for _, failures := range [][]types.ImageFailure{fetched.Failures, deleted.Failures} {
		var got []types.ImageFailureCode
		for _, f := range failures {
			got = append(got, f.FailureCode)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// Every operation of a repository says which one is not there.
func TestWhereThereIsNoRepository(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, name := t.Context(), aws.String("none")
	ids := []types.ImageIdentifier{{ImageTag: aws.String("latest")}}
	tests := map[string]func() error{
		"DeleteRepository": func() error {
			_, err := b.ecr.DeleteRepository(ctx, &client.DeleteRepositoryInput{RepositoryName: name})
			return err
		},
		"PutLifecyclePolicy": func() error {
			_, err := b.ecr.PutLifecyclePolicy(ctx, &client.PutLifecyclePolicyInput{RepositoryName: name, LifecyclePolicyText: aws.String(lifecycle)})
			return err
		},
		"GetLifecyclePolicy": func() error {
			_, err := b.ecr.GetLifecyclePolicy(ctx, &client.GetLifecyclePolicyInput{RepositoryName: name})
			return err
		},
		"SetRepositoryPolicy": func() error {
			_, err := b.ecr.SetRepositoryPolicy(ctx, &client.SetRepositoryPolicyInput{RepositoryName: name, PolicyText: aws.String(pulls)})
			return err
		},
		"PutImageTagMutability": func() error {
			_, err := b.ecr.PutImageTagMutability(ctx, &client.PutImageTagMutabilityInput{RepositoryName: name, ImageTagMutability: types.ImageTagMutabilityMutable})
			return err
		},
		"ListImages": func() error {
			_, err := b.ecr.ListImages(ctx, &client.ListImagesInput{RepositoryName: name})
			return err
		},
		"DescribeImages": func() error {
			_, err := b.ecr.DescribeImages(ctx, &client.DescribeImagesInput{RepositoryName: name, ImageIds: ids})
			return err
		},
		"BatchGetImage": func() error {
			_, err := b.ecr.BatchGetImage(ctx, &client.BatchGetImageInput{RepositoryName: name, ImageIds: ids})
			return err
		},
	}
	for operation, call := range tests {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			wantFault(t, call(), "RepositoryNotFoundException", absent)
		})
	}
}
