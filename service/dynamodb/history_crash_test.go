package dynamodb_test

import (
	"context"
	"testing"
	"time"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
)

func TestWhatIsSaidOfTablesSurvivesCrashes(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tbl"
	ctx := testenv.Context(context.Background(), "http://127.0.0.1")
	kvtest.History(t, func(st *kv.Store, h *kvtest.Steps) {
		s := over(st, clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
		h.Did(s.CreateTable(ctx, &api.CreateTableInput{
			TableName: "tbl", BillingMode: new("PAY_PER_REQUEST"), KeySchema: []api.KeySchemaElement{{AttributeName: "pk", KeyType: "HASH"}},
			AttributeDefinitions: []api.AttributeDefinition{{AttributeName: "pk", AttributeType: "S"}},
		}))
		h.Did(s.TagResource(ctx, &api.TagResourceInput{ResourceArn: arn, Tags: []api.Tag{{Key: "a", Value: "b"}}}))
		h.Did(s.UntagResource(ctx, &api.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}}))
		h.Did(s.UpdateContinuousBackups(ctx, &api.UpdateContinuousBackupsInput{TableName: "tbl", PointInTimeRecoverySpecification: &api.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: true}}))
	})
}
