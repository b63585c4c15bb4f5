package schemas_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventstypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/schemas"
	"github.com/aws/aws-sdk-go-v2/service/schemas/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
	eventssvc "maru.dev/maru/service/events"
	schemassvc "maru.dev/maru/service/schemas"
	sqssvc "maru.dev/maru/service/sqs"
)

func newEnv(t *testing.T) *testenv.Env {
	t.Helper()
	return testenv.New(t, schemassvc.Registration(), eventssvc.Registration())
}

const openAPI = `{"openapi":"3.0.0","info":{"title":"T","version":"1"},"paths":{},"components":{"schemas":{"AWSEvent":{"type":"object","properties":{"detail":{"$ref":"#/components/schemas/Order"}}},"Order":{"type":"object"}}}}`

func registry(t *testing.T, c *schemas.Client, name string) {
	t.Helper()
	if _, err := c.CreateRegistry(t.Context(), &schemas.CreateRegistryInput{RegistryName: &name}); err != nil {
		t.Fatal(err)
	}
}

func create(t *testing.T, c *schemas.Client, in, name, content string) {
	t.Helper()
	if _, err := c.CreateSchema(t.Context(), &schemas.CreateSchemaInput{RegistryName: &in, SchemaName: &name, Content: &content, Type: types.TypeOpenApi3}); err != nil {
		t.Fatal(err)
	}
}

func TestRegistriesOfAWSAreThere(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "mine")
	var names []string
	for p := schemas.NewListRegistriesPaginator(c, &schemas.ListRegistriesInput{Limit: new(int32(1))}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Registries {
			names = append(names, *r.RegistryName)
		}
	}
	if diff := cmp.Diff([]string{"aws.events", "discovered-schemas", "mine"}, names); diff != "" {
		t.Error(diff)
	}
	for name, code := range map[string]string{"mine": "ConflictException", "aws.mine": "ForbiddenException", "a b": "BadRequestException", "discovered-schemas": "ConflictException"} {
		_, err := c.CreateRegistry(t.Context(), &schemas.CreateRegistryInput{RegistryName: &name})
		if got := testenv.ErrorCode(err); got != code {
			t.Errorf("create %s: %v", name, err)
		}
	}
	_, err := c.DeleteRegistry(t.Context(), &schemas.DeleteRegistryInput{RegistryName: new("aws.events")})
	if got := testenv.ErrorCode(err); got != "ForbiddenException" {
		t.Errorf("delete aws.events: %v", err)
	}
}

func TestContentMakesVersions(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "r")
	create(t, c, "r", "shop@Order", openAPI)
	update := func(how func(in *schemas.UpdateSchemaInput)) string {
		t.Helper()
		in := &schemas.UpdateSchemaInput{RegistryName: new("r"), SchemaName: new("shop@Order")}
		how(in)
		out, err := c.UpdateSchema(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return *out.SchemaVersion
	}
	if v := update(func(in *schemas.UpdateSchemaInput) { in.Description = new("d") }); v != "1" {
		t.Errorf("a description made version %s", v)
	}
	other := strings.Replace(openAPI, `"T"`, `"U"`, 1)
	for range 2 {
		if v := update(func(in *schemas.UpdateSchemaInput) { in.Content = &other; in.ClientTokenId = new("once") }); v != "2" {
			t.Errorf("content made version %s", v)
		}
	}
	old, err := c.DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: new("r"), SchemaName: new("shop@Order"), SchemaVersion: new("1")})
	if err != nil || *old.Content != openAPI || *old.SchemaArn != "arn:aws:schemas:us-east-1:000000000000:schema/r/shop@Order" {
		t.Errorf("%+v %v", old, err)
	}
	if _, err := c.DeleteSchemaVersion(t.Context(), &schemas.DeleteSchemaVersionInput{RegistryName: new("r"), SchemaName: new("shop@Order"), SchemaVersion: new("2")}); err != nil {
		t.Fatal(err)
	}
	if v := update(func(in *schemas.UpdateSchemaInput) { in.Content = new(openAPI + " ") }); v != "3" {
		t.Errorf("a number was given twice: %s", v)
	}
	versions, err := c.ListSchemaVersions(t.Context(), &schemas.ListSchemaVersionsInput{RegistryName: new("r"), SchemaName: new("shop@Order")})
	if err != nil || len(versions.SchemaVersions) != 2 || *versions.SchemaVersions[0].SchemaVersion != "3" {
		t.Errorf("%+v %v", versions, err)
	}
	_, err = c.DeleteRegistry(t.Context(), &schemas.DeleteRegistryInput{RegistryName: new("r")})
	if got := testenv.ErrorCode(err); got != "BadRequestException" {
		t.Errorf("a registry with schemas was deleted: %v", err)
	}
}

func TestBadContentIsRefused(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "r")
	for content, kind := range map[string]types.Type{"nonsense": types.TypeJSONSchemaDraft4, `{"openapi":"2.0"}`: types.TypeOpenApi3} {
		_, err := c.CreateSchema(t.Context(), &schemas.CreateSchemaInput{RegistryName: new("r"), SchemaName: new("s"), Content: &content, Type: kind})
		if got := testenv.ErrorCode(err); got != "BadRequestException" {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestSearchAndExport(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "r")
	for i := range 3 {
		create(t, c, "r", fmt.Sprint("shop@Order", i), openAPI)
	}
	create(t, c, "r", "other", `{"openapi":"3.0.0"}`)
	var names []string
	for p := schemas.NewSearchSchemasPaginator(c, &schemas.SearchSchemasInput{RegistryName: new("r"), Keywords: new("SHOP awsevent"), Limit: new(int32(2))}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Schemas {
			names = append(names, *s.SchemaName)
		}
	}
	if diff := cmp.Diff([]string{"shop@Order0", "shop@Order1", "shop@Order2"}, names); diff != "" {
		t.Error(diff)
	}
	out, err := c.ExportSchema(t.Context(), &schemas.ExportSchemaInput{RegistryName: new("r"), SchemaName: new("shop@Order0"), Type: new("JSONSchemaDraft4")})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"$schema":"http://json-schema.org/draft-04/schema#","definitions":{"Order":{"type":"object"}},"properties":{"detail":{"$ref":"#/definitions/Order"}},"title":"T","type":"object"}`
	if *out.Content != want {
		t.Errorf("exported %s", *out.Content)
	}
}

func TestPolicyHasRevisions(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "r")
	put := func(revision *string) (string, error) {
		out, err := c.PutResourcePolicy(t.Context(), &schemas.PutResourcePolicyInput{RegistryName: new("r"), Policy: new(`{"Version":"2012-10-17"}`), RevisionId: revision})
		if err != nil {
			return "", err
		}
		return *out.RevisionId, nil
	}
	first, err := put(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put(new("another")); testenv.ErrorCode(err) != "PreconditionFailedException" {
		t.Errorf("another revision: %v", err)
	}
	if _, err := put(&first); err != nil {
		t.Error(err)
	}
	got, err := c.GetResourcePolicy(t.Context(), &schemas.GetResourcePolicyInput{RegistryName: new("r")})
	if err != nil || *got.Policy != `{"Version":"2012-10-17"}` {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := c.DeleteResourcePolicy(t.Context(), &schemas.DeleteResourcePolicyInput{RegistryName: new("r")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetResourcePolicy(t.Context(), &schemas.GetResourcePolicyInput{RegistryName: new("r")}); testenv.ErrorCode(err) != "NotFoundException" {
		t.Errorf("after it was deleted: %v", err)
	}
}

func TestGetDiscoveredSchemaFitsAllEvents(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	event := func(detail string) string {
		return `{"version":"0","id":"1","source":"shop","detail-type":"Order Placed","account":"1","time":"2026-01-01T00:00:00Z","region":"r","resources":[],"detail":` + detail + `}`
	}
	out, err := c.GetDiscoveredSchema(t.Context(), &schemas.GetDiscoveredSchemaInput{
		Type: types.TypeJSONSchemaDraft4, Events: []string{event(`{"id":"a","n":1}`), event(`{"id":"b"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Definitions map[string]struct{ Required []string }
	}
	if err := json.Unmarshal([]byte(*out.Content), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id"}, doc.Definitions["OrderPlaced"].Required); diff != "" {
		t.Error(diff)
	}
	_, err = c.GetDiscoveredSchema(t.Context(), &schemas.GetDiscoveredSchemaInput{Type: types.TypeOpenApi3, Events: []string{`{}`}})
	if got := testenv.ErrorCode(err); got != "BadRequestException" {
		t.Errorf("no event: %v", err)
	}
}

func TestDiscovererFindsSchemasAndTheirVersions(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	c, events := env.Schemas(), eventbridge.NewFromConfig(env.Config())
	made, err := c.CreateDiscoverer(t.Context(), &schemas.CreateDiscovererInput{SourceArn: new("arn:aws:events:us-east-1:000000000000:event-bus/default")})
	if err != nil {
		t.Fatal(err)
	}
	if *made.DiscovererId != "events-event-bus-default" || made.State != types.DiscovererStateStarted {
		t.Errorf("%+v", made)
	}
	ready := func(want int) {
		t.Helper()
		testenv.Eventually(t, "the bus follows", func() bool {
			out, err := events.ListRules(t.Context(), &eventbridge.ListRulesInput{NamePrefix: new("Schemas-")})
			if err != nil || len(out.Rules) != want {
				return false
			}
			for _, r := range out.Rules {
				targets, err := events.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: r.Name})
				if err != nil || len(targets.Targets) != 1 {
					return false
				}
			}
			return true
		})
	}
	put := func(detail string) {
		t.Helper()
		out, err := events.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []eventstypes.PutEventsRequestEntry{{
			Source: new("shop"), DetailType: new("Order Placed"), Detail: &detail,
		}}})
		if err != nil || out.FailedEntryCount != 0 {
			t.Fatalf("%+v %v", out, err)
		}
	}
	count := func() int64 {
		out, err := c.ListSchemas(t.Context(), &schemas.ListSchemasInput{RegistryName: new("discovered-schemas"), SchemaNamePrefix: new("shop@OrderPlaced")})
		if err != nil || len(out.Schemas) == 0 {
			return 0
		}
		return *out.Schemas[0].VersionCount
	}
	ready(1)
	put(`{"id":"a"}`)
	testenv.Eventually(t, "the schema is found", func() bool { return count() == 1 })
	put(`{"id":"b"}`)
	put(`{"id":"b","gift":true}`)
	testenv.Eventually(t, "another version is found", func() bool { return count() == 2 })
	out, err := c.DescribeSchema(t.Context(), &schemas.DescribeSchemaInput{RegistryName: new("discovered-schemas"), SchemaName: new("shop@OrderPlaced")})
	if err != nil || !strings.Contains(*out.Content, `"gift"`) || out.Type == nil || *out.Type != "OpenApi3" {
		t.Errorf("%+v %v", out, err)
	}
	if _, err := c.StopDiscoverer(t.Context(), &schemas.StopDiscovererInput{DiscovererId: made.DiscovererId}); err != nil {
		t.Fatal(err)
	}
	ready(0)
	if _, err := c.StartDiscoverer(t.Context(), &schemas.StartDiscovererInput{DiscovererId: made.DiscovererId}); err != nil {
		t.Fatal(err)
	}
	ready(1)
	if _, err := c.DeleteDiscoverer(t.Context(), &schemas.DeleteDiscovererInput{DiscovererId: made.DiscovererId}); err != nil {
		t.Fatal(err)
	}
	ready(0)
}

func TestDiscovererNeedsItsBus(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	for _, arn := range []string{"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:events:us-east-1:000000000000:event-bus/nope"} {
		_, err := c.CreateDiscoverer(t.Context(), &schemas.CreateDiscovererInput{SourceArn: &arn})
		if got := testenv.ErrorCode(err); got != "BadRequestException" {
			t.Errorf("%s: %v", arn, err)
		}
	}
}

func TestTagsOfEachKind(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	registry(t, c, "r")
	create(t, c, "r", "s", openAPI)
	for _, resource := range []string{"registry/r", "schema/r/s", "registry/discovered-schemas"} {
		arn := "arn:aws:schemas:us-east-1:000000000000:" + resource
		if _, err := c.TagResource(t.Context(), &schemas.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2"}}); err != nil {
			t.Fatalf("%s: %v", resource, err)
		}
		if _, err := c.UntagResource(t.Context(), &schemas.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a"}}); err != nil {
			t.Fatalf("%s: %v", resource, err)
		}
		out, err := c.ListTagsForResource(t.Context(), &schemas.ListTagsForResourceInput{ResourceArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"b": "2"}, out.Tags); diff != "" {
			t.Errorf("%s: %s", resource, diff)
		}
	}
}

func TestCodeBindings(t *testing.T) {
	t.Parallel()
	c := newEnv(t).Schemas()
	ctx := t.Context()
	registry(t, c, "r")
	create(t, c, "r", "s", openAPI)
	_, err := c.GetCodeBindingSource(ctx, &schemas.GetCodeBindingSourceInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Go1")})
	if code := testenv.ErrorCode(err); code != "NotFoundException" {
		t.Errorf("before it was put: %v", err)
	}
	if _, err := c.PutCodeBinding(ctx, &schemas.PutCodeBindingInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Cobol")}); testenv.ErrorCode(err) != "BadRequestException" {
		t.Errorf("a language that is none: %v", err)
	}
	put, err := c.PutCodeBinding(ctx, &schemas.PutCodeBindingInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Go1")})
	if err != nil {
		t.Fatal(err)
	}
	is, err := c.DescribeCodeBinding(ctx, &schemas.DescribeCodeBindingInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Go1")})
	if err != nil || is.Status != "CREATE_COMPLETE" || *is.SchemaVersion != "1" || !is.CreationDate.Equal(*put.CreationDate) {
		t.Errorf("%+v %v", is, err)
	}
	source, err := c.GetCodeBindingSource(ctx, &schemas.GetCodeBindingSourceInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Go1"), SchemaVersion: new("1")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := zip.NewReader(bytes.NewReader(source.Body), int64(len(source.Body))); err != nil {
		t.Error(err)
	}
	if _, err := c.DeleteSchema(ctx, &schemas.DeleteSchemaInput{RegistryName: new("r"), SchemaName: new("s")}); err != nil {
		t.Fatal(err)
	}
	create(t, c, "r", "s", openAPI)
	_, err = c.DescribeCodeBinding(ctx, &schemas.DescribeCodeBindingInput{RegistryName: new("r"), SchemaName: new("s"), Language: new("Go1")})
	if code := testenv.ErrorCode(err); code != "NotFoundException" {
		t.Errorf("after its schema went: %v", err)
	}
}

// The default bus is told of each schema and version, whoever made it.
func TestSchemasTellTheDefaultBus(t *testing.T) {
	t.Parallel()
	env := testenv.New(t, schemassvc.Registration(), eventssvc.Registration(), sqssvc.Registration())
	c, events, ctx := env.Schemas(), env.EventBridge(), t.Context()
	queue, err := env.SQS().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: new("q")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.PutRule(ctx, &eventbridge.PutRuleInput{Name: new("r"), EventPattern: new(`{"source":["aws.schemas"]}`)}); err != nil {
		t.Fatal(err)
	}
	_, err = events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: new("r"), Targets: []eventstypes.Target{{Id: new("a"), Arn: new("arn:aws:sqs:us-east-1:000000000000:q")}}})
	if err != nil {
		t.Fatal(err)
	}
	registry(t, c, "r")
	if _, err := c.CreateSchema(ctx, &schemas.CreateSchemaInput{RegistryName: new("r"), SchemaName: new("s"), Type: "OpenApi3", Content: new(openAPI)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateSchema(ctx, &schemas.UpdateSchemaInput{RegistryName: new("r"), SchemaName: new("s"), Content: new(openAPI + " ")}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) < 3 {
		out, err := env.SQS().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10})
		if err != nil || len(out.Messages) == 0 {
			t.Fatalf("%d events: %v", len(got), err)
		}
		for _, m := range out.Messages {
			var e struct {
				Kind      string `json:"detail-type"`
				Resources []string
				Detail    struct {
					RegistryName, SchemaName, SchemaType, Version string
					CreationDate                                  time.Time
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil || e.Detail.CreationDate.IsZero() {
				t.Fatalf("%v in %s", err, *m.Body)
			}
			got = append(got, fmt.Sprint(e.Kind, e.Resources, e.Detail.RegistryName, " ", e.Detail.SchemaName, " ", e.Detail.SchemaType, " ", e.Detail.Version))
		}
	}
	slices.Sort(got)
	const of = "[arn:aws:schemas:us-east-1:000000000000:schema/r/s]r s OpenApi3 "
	want := []string{"Schema Created" + of + "1", "Schema Version Created" + of + "1", "Schema Version Created" + of + "2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
