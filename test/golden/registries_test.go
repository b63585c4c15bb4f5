package golden_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	images "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/schemas"
	shapes "github.com/aws/aws-sdk-go-v2/service/schemas/types"

	"maru.dev/maru/internal/testenv"
)

// expires is a policy for images.
const expires = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`

// writeRepositories makes a repository of images with a policy.
func writeRepositories(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.ECR().CreateRepository(t.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: new("golden/app"), ImageTagMutability: images.ImageTagMutabilityImmutable, Tags: []images.Tag{{Key: new("made"), Value: new("then")}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.ECR().PutLifecyclePolicy(t.Context(), &ecr.PutLifecyclePolicyInput{RepositoryName: new("golden/app"), LifecyclePolicyText: new(expires)}); err != nil {
		t.Fatal(err)
	}
}

// checkRepositories looks for both.
func checkRepositories(t *testing.T, p *testenv.Proc) {
	found, err := p.ECR().DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{})
	if err != nil || len(found.Repositories) != 1 || found.Repositories[0].ImageTagMutability != images.ImageTagMutabilityImmutable {
		t.Fatalf("repositories: %+v, %v", found, err)
	}
	tags, err := p.ECR().ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: found.Repositories[0].RepositoryArn})
	if err != nil || len(tags.Tags) != 1 || *tags.Tags[0].Value != "then" {
		t.Errorf("tags: %+v, %v", tags, err)
	}
	policy, err := p.ECR().GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: new("golden/app")})
	if err != nil || *policy.LifecyclePolicyText != expires {
		t.Errorf("policy: %+v, %v", policy, err)
	}
}

// ordered are two versions of a schema.
var ordered = []string{`{"type":"object"}`, `{"type":"object","required":["id"]}`}

// writeSchemas makes a registry with both versions of a schema.
func writeSchemas(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.Schemas().CreateRegistry(t.Context(), &schemas.CreateRegistryInput{RegistryName: new("golden")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Schemas().CreateSchema(t.Context(), &schemas.CreateSchemaInput{RegistryName: new("golden"), SchemaName: new("order"), Type: shapes.TypeJSONSchemaDraft4, Content: &ordered[0]}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Schemas().UpdateSchema(t.Context(), &schemas.UpdateSchemaInput{RegistryName: new("golden"), SchemaName: new("order"), Content: &ordered[1]}); err != nil {
		t.Fatal(err)
	}
}

// checkSchemas reads both.
func checkSchemas(t *testing.T, p *testenv.Proc) {
	for i, version := range []string{"1", "2"} {
		found, err := p.Schemas().DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: new("golden"), SchemaName: new("order"), SchemaVersion: &version})
		if err != nil || *found.Content != ordered[i] {
			t.Errorf("version %s: %+v, %v", version, found, err)
		}
	}
}
