package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/schemas"
	"github.com/aws/aws-sdk-go-v2/service/schemas/types"

	s3api "maru.dev/maru/api/s3"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	eventssvc "maru.dev/maru/service/events"
	s3svc "maru.dev/maru/service/s3"
	schemassvc "maru.dev/maru/service/schemas"
)

func TestSchemasOfAWSAreThereAndOnlyRead(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	in, name := new("aws.events"), new("aws.s3@ObjectCreated")
	found := 0
	for p := schemas.NewListSchemasPaginator(c, &schemas.ListSchemasInput{RegistryName: in, Limit: new(int32(7))}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.Schemas)
	}
	if found < 30 {
		t.Errorf("%d schemas", found)
	}
	out, err := c.DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: in, SchemaName: name})
	if err != nil {
		t.Fatal(err)
	}
	if *out.SchemaArn != "arn:aws:schemas:us-east-1::schema/aws.events/aws.s3@ObjectCreated" || *out.SchemaVersion != "1" {
		t.Errorf("%s, version %s", *out.SchemaArn, *out.SchemaVersion)
	}
	versions, err := c.ListSchemaVersions(t.Context(), &schemas.ListSchemaVersionsInput{RegistryName: in, SchemaName: name})
	if err != nil || len(versions.SchemaVersions) != 1 {
		t.Errorf("%+v %v", versions, err)
	}
	search, err := c.SearchSchemas(t.Context(), &schemas.SearchSchemasInput{RegistryName: in, Keywords: new("redriveCount")})
	if err != nil || len(search.Schemas) != 1 || *search.Schemas[0].SchemaName != "aws.states@StepFunctionsExecutionStatusChange" {
		t.Errorf("%+v %v", search, err)
	}
	if _, err := c.PutCodeBinding(t.Context(), &schemas.PutCodeBindingInput{RegistryName: in, SchemaName: name, Language: new("Go1")}); err != nil {
		t.Error(err)
	}
	changes := map[string]func() error{
		"create": func() error {
			_, err := c.CreateSchema(t.Context(), &schemas.CreateSchemaInput{RegistryName: in, SchemaName: new("n"), Content: new(openAPI), Type: types.TypeOpenApi3})
			return err
		},
		"update": func() error {
			_, err := c.UpdateSchema(t.Context(), &schemas.UpdateSchemaInput{RegistryName: in, SchemaName: name, Description: new("d")})
			return err
		},
		"delete": func() error {
			_, err := c.DeleteSchema(t.Context(), &schemas.DeleteSchemaInput{RegistryName: in, SchemaName: name})
			return err
		},
		"delete a version": func() error {
			_, err := c.DeleteSchemaVersion(t.Context(), &schemas.DeleteSchemaVersionInput{RegistryName: in, SchemaName: name, SchemaVersion: new("1")})
			return err
		},
	}
	for what, change := range changes {
		if got := testenv.ErrorCode(change()); got != "ForbiddenException" {
			t.Errorf("%s: %q", what, got)
		}
	}
	_, err = c.TagResource(t.Context(), &schemas.TagResourceInput{ResourceArn: new("arn:aws:schemas:us-east-1:000000000000:schema/aws.events/aws.s3@ObjectCreated"), Tags: map[string]string{"a": "b"}})
	if got := testenv.ErrorCode(err); got != "NotFoundException" {
		t.Errorf("tag: %v", err)
	}
}

// properties are the names of all fields in a schema, each behind the definition
// that it is in.
func properties(t *testing.T, content string) map[string]bool {
	t.Helper()
	var doc struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for name, s := range doc.Components.Schemas {
		for field := range s.Properties {
			out[name+"."+field] = true
		}
	}
	return out
}

// A discoverer tells what the events really are like.
func TestSchemasOfAWSKnowTheFieldsOfEvents(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, schemassvc.Registration(), eventssvc.Registration(),
		service.Registration{Model: s3api.Model, New: func(d service.Deps) any { return s3svc.New(d) }})
	c, bus := env.Schemas(), eventbridge.NewFromConfig(env.Config())
	if _, err := c.CreateDiscoverer(t.Context(), &schemas.CreateDiscovererInput{SourceArn: new("arn:aws:events:us-east-1:000000000000:event-bus/default")}); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, "the bus is watched", func() bool {
		out, err := bus.ListRules(t.Context(), &eventbridge.ListRulesInput{NamePrefix: new("Schemas-")})
		if err != nil || len(out.Rules) == 0 {
			return false
		}
		targets, err := bus.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: out.Rules[0].Name})
		return err == nil && len(targets.Targets) == 1
	})
	store, b := env.S3(), new("orders")
	if _, err := store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: b}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutBucketNotificationConfiguration(t.Context(), &s3.PutBucketNotificationConfigurationInput{
		Bucket: b, NotificationConfiguration: &s3types.NotificationConfiguration{EventBridgeConfiguration: &s3types.EventBridgeConfiguration{}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: b, Key: new("k"), Body: strings.NewReader("x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: b, Key: new("k")}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aws.s3@ObjectCreated", "aws.s3@ObjectDeleted"} {
		var found *schemas.DescribeSchemaOutput
		testenv.Eventually(t, name+" is discovered", func() bool {
			var err error
			found, err = c.DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: new("discovered-schemas"), SchemaName: &name})
			return err == nil
		})
		ours, err := c.DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: new("aws.events"), SchemaName: &name})
		if err != nil {
			t.Fatal(err)
		}
		known := properties(t, *ours.Content)
		for field := range properties(t, *found.Content) {
			if !known[field] {
				t.Errorf("%s lacks %s", name, field)
			}
		}
	}
}

func TestADiscoverersRuleIsNotForOthersToChange(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	bus := eventbridge.NewFromConfig(env.Config())
	if _, err := env.Schemas().CreateDiscoverer(t.Context(), &schemas.CreateDiscovererInput{SourceArn: new("arn:aws:events:us-east-1:000000000000:event-bus/default")}); err != nil {
		t.Fatal(err)
	}
	var rule *string
	testenv.Eventually(t, "the bus is watched", func() bool {
		out, err := bus.ListRules(t.Context(), &eventbridge.ListRulesInput{NamePrefix: new("Schemas-")})
		if err != nil || len(out.Rules) == 0 {
			return false
		}
		rule = out.Rules[0].Name
		return true
	})
	_, err := bus.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: rule})
	if got := testenv.ErrorCode(err); got != "ManagedRuleException" {
		t.Errorf("a rule of a service is changed: %v", err)
	}
}
