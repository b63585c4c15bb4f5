package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"maru.dev/maru/internal/testenv"
)

func TestATableLivesAndDies(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx := t.Context()
	in := withGlobal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeAll})
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage}
	in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
	in.DeletionProtectionEnabled = aws.Bool(true)
	out, err := c.CreateTable(ctx, in)
	if err != nil || out.TableDescription.TableStatus != types.TableStatusCreating {
		t.Fatal(out, err)
	}
	if _, err := c.CreateTable(ctx, in); testenv.ErrorCode(err) != "ResourceInUseException" || testenv.ErrorMessage(err) != "Table already exists: tab" {
		t.Error(err)
	}
	if err := sdk.NewTableExistsWaiter(c).Wait(ctx, &sdk.DescribeTableInput{TableName: aws.String("tab")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	put(t, c, "tab", item("pk", "abc", "sk", "def", "gpk", "g", "gsk", "1"))
	d, err := c.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: aws.String("arn:aws:dynamodb:us-east-1:000000000000:table/tab")})
	if err != nil {
		t.Fatal(err)
	}
	table := d.Table
	if *table.ItemCount != 1 || *table.TableSizeBytes != 5+5+4+5 || *table.GlobalSecondaryIndexes[0].ItemCount != 1 ||
		*table.TableArn != "arn:aws:dynamodb:us-east-1:000000000000:table/tab" ||
		!strings.HasPrefix(*table.LatestStreamArn, *table.TableArn+"/stream/2") || table.BillingModeSummary.BillingMode != types.BillingModePayPerRequest {
		t.Errorf("%+v", table)
	}
	_, err = c.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: aws.String("tab")})
	refused(t, err, "ValidationException", "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	if _, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: aws.String("tab"), DeletionProtectionEnabled: aws.Bool(false)}); err != nil {
		t.Fatal(err)
	}
	gone, err := c.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: aws.String("tab")})
	if err != nil || gone.TableDescription.TableStatus != types.TableStatusDeleting {
		t.Fatal(gone, err)
	}
	if err := sdk.NewTableNotExistsWaiter(c).Wait(ctx, &sdk.DescribeTableInput{TableName: aws.String("tab")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	create(t, c, keyed("tab", "S"))
	if got := fetch(t, c, "tab", item("pk", "abc", "sk", "def")); got != nil {
		t.Errorf("an item of the table before: %v", got)
	}
}

func TestListTablesPages(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	for i := range 5 {
		create(t, c, keyed(fmt.Sprint("table", i), ""))
	}
	var names []string
	pages := 0
	for p := sdk.NewListTablesPaginator(c, &sdk.ListTablesInput{Limit: aws.Int32(2)}); p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.TableNames...)
	}
	if pages != 3 || strings.Join(names, " ") != "table0 table1 table2 table3 table4" {
		t.Errorf("%d pages: %v", pages, names)
	}
}

func TestTagsComeAndGo(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx := t.Context()
	create(t, c, keyed("tab", ""))
	arn := aws.String("arn:aws:dynamodb:us-east-1:000000000000:table/tab")
	var tags []types.Tag
	for i := range 12 {
		tags = append(tags, types.Tag{Key: aws.String(fmt.Sprintf("k%02d", i)), Value: aws.String("v")})
	}
	if _, err := c.TagResource(ctx, &sdk.TagResourceInput{ResourceArn: arn, Tags: tags}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UntagResource(ctx, &sdk.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"k00"}}); err != nil {
		t.Fatal(err)
	}
	first, err := c.ListTagsOfResource(ctx, &sdk.ListTagsOfResourceInput{ResourceArn: arn})
	if err != nil || len(first.Tags) != 10 || *first.Tags[0].Key != "k01" {
		t.Fatal(first, err)
	}
	second, err := c.ListTagsOfResource(ctx, &sdk.ListTagsOfResourceInput{ResourceArn: arn, NextToken: first.NextToken})
	if err != nil || len(second.Tags) != 1 || second.NextToken != nil {
		t.Fatal(second, err)
	}
}

func TestANewIndexIsFilled(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx, tab := t.Context(), aws.String("tab")
	create(t, c, keyed("tab", "N"))
	for i := range 450 {
		it := item("pk", "a", "sk", fmt.Sprint(i), "gpk", "g", "gsk", fmt.Sprint(i))
		if i%10 == 0 {
			it["gpk"] = text("5") // of another type than the index's: left out
		}
		put(t, c, "tab", it)
	}
	indexed := withGlobal(keyed("tab", "N"), &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly})
	x := indexed.GlobalSecondaryIndexes[0]
	out, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab, AttributeDefinitions: indexed.AttributeDefinitions, GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{
		{Create: &types.CreateGlobalSecondaryIndexAction{IndexName: x.IndexName, KeySchema: x.KeySchema, Projection: x.Projection}},
	}})
	if err != nil || out.TableDescription.GlobalSecondaryIndexes[0].IndexStatus != types.IndexStatusCreating {
		t.Fatal(out, err)
	}
	put(t, c, "tab", item("pk", "b", "sk", "1", "gpk", "g", "gsk", "1000"))
	testenv.Eventually(t, "the index is active", func() bool {
		d, err := c.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: tab})
		return err == nil && d.Table.GlobalSecondaryIndexes[0].IndexStatus == types.IndexStatusActive
	})
	q := &sdk.QueryInput{TableName: tab, IndexName: aws.String("global"), KeyConditionExpression: aws.String("gpk = :g"), ExpressionAttributeValues: item(":g", "g"), Select: types.SelectCount}
	found, err := c.Query(ctx, q)
	if err != nil || found.Count != 406 {
		t.Errorf("%v, %v", found, err)
	}
	d, err := c.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: tab})
	if err != nil || *d.Table.GlobalSecondaryIndexes[0].ItemCount != 406 {
		t.Errorf("%v, %v", d, err)
	}
	del := []types.GlobalSecondaryIndexUpdate{{Delete: &types.DeleteGlobalSecondaryIndexAction{IndexName: aws.String("global")}}}
	gone, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab, GlobalSecondaryIndexUpdates: del})
	if err != nil || gone.TableDescription.GlobalSecondaryIndexes[0].IndexStatus != types.IndexStatusDeleting || len(gone.TableDescription.AttributeDefinitions) != 2 {
		t.Errorf("%v, %v", gone, err)
	}
	_, err = c.Query(ctx, q)
	refused(t, err, "ValidationException", "The table does not have the specified index: global")
}

func TestThroughputAndBillingChange(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx, tab := t.Context(), aws.String("tab")
	create(t, c, keyed("tab", ""))
	_, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab, BillingMode: types.BillingModeProvisioned})
	refused(t, err, "ValidationException", "One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
	five := &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(5), WriteCapacityUnits: aws.Int64(5)}
	out, err := c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab, BillingMode: types.BillingModeProvisioned, ProvisionedThroughput: five})
	if err != nil || *out.TableDescription.ProvisionedThroughput.ReadCapacityUnits != 5 || out.TableDescription.BillingModeSummary.BillingMode != types.BillingModeProvisioned {
		t.Fatal(out, err)
	}
	_, err = c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab, ProvisionedThroughput: five})
	if got := testenv.ErrorMessage(err); !strings.HasPrefix(got, "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 5.") {
		t.Error(got)
	}
	_, err = c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: tab})
	refused(t, err, "ValidationException", "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required")
	limits, err := c.DescribeLimits(ctx, &sdk.DescribeLimitsInput{})
	if err != nil || *limits.TableMaxReadCapacityUnits != 40000 {
		t.Error(limits, err)
	}
}

func TestItemsExpireAndTheStreamSaysWho(t *testing.T) {
	t.Parallel()
	env, c := start(t)
	ctx, tab := t.Context(), aws.String("tab")
	in := withGlobal(keyed("tab", ""), &types.Projection{ProjectionType: types.ProjectionTypeAll})
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewAndOldImages}
	create(t, c, in)
	at := func(d time.Duration) string { return fmt.Sprint(env.Now().Add(d).Unix()) }
	put(t, c, "tab", item("pk", "before", "ttl", at(time.Hour), "gpk", "g", "gsk", "1"))
	spec := &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(true)}
	if _, err := c.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{TableName: tab, TimeToLiveSpecification: spec}); err != nil {
		t.Fatal(err)
	}
	_, err := c.UpdateTimeToLive(ctx, &sdk.UpdateTimeToLiveInput{TableName: tab, TimeToLiveSpecification: spec})
	refused(t, err, "ValidationException", "TimeToLive is already enabled")
	d, err := c.DescribeTimeToLive(ctx, &sdk.DescribeTimeToLiveInput{TableName: tab})
	if err != nil || d.TimeToLiveDescription.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *d.TimeToLiveDescription.AttributeName != "ttl" {
		t.Error(d, err)
	}
	put(t, c, "tab", item("pk", "soon", "ttl", at(time.Hour)))
	put(t, c, "tab", item("pk", "later", "ttl", at(48*time.Hour)))
	put(t, c, "tab", item("pk", "never"))
	put(t, c, "tab", item("pk", "text", "ttl", "soon"))
	put(t, c, "tab", item("pk", "ancient", "ttl", at(-6*365*24*time.Hour)))
	env.Advance(2 * time.Hour)
	left := func() string {
		out, err := c.Scan(ctx, &sdk.ScanInput{TableName: tab})
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, it := range out.Items {
			names[textOf(it["pk"])] = true
		}
		var list []string
		for _, n := range []string{"before", "soon", "later", "never", "text", "ancient"} {
			if names[n] {
				list = append(list, n)
			}
		}
		return strings.Join(list, " ")
	}
	testenv.Eventually(t, "what is due goes", func() bool { return left() == "later never text ancient" })
	expired := 0
	for _, r := range readAll(t, env, latestStream(t, c, "tab")) {
		if r.EventName == "REMOVE" {
			expired++
			if r.UserIdentity == nil || *r.UserIdentity.PrincipalId != "dynamodb.amazonaws.com" || *r.UserIdentity.Type != "Service" {
				t.Errorf("identity %v", r.UserIdentity)
			}
		}
	}
	if expired != 2 {
		t.Errorf("%d expiries in the stream", expired)
	}
}
