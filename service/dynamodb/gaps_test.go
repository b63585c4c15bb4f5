package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"maru.dev/maru/internal/testenv"
)

// gaps is where the gaps of this service are described.
const gaps = "docs/services/dynamodb.md#known-gaps"

// tableARN is the ARN of the table tab in tests.
const tableARN = "arn:aws:dynamodb:us-east-1:000000000000:table/tab"

// works ends a test of a gap whose operation fails.
func works(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTableCanBeRestoredFromItsBackup(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	put(t, client, "tab", item("pk", "a"))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		backup, err := client.CreateBackup(t.Context(), &sdk.CreateBackupInput{TableName: aws.String("tab"), BackupName: aws.String("b")})
		works(t, err)
		_, err = client.RestoreTableFromBackup(t.Context(), &sdk.RestoreTableFromBackupInput{BackupArn: backup.BackupDetails.BackupArn, TargetTableName: aws.String("again")})
		works(t, err)
		out, err := client.Scan(t.Context(), &sdk.ScanInput{TableName: aws.String("again")})
		works(t, err)
		if out.Count != 1 {
			t.Errorf("%d items", out.Count)
		}
	})
}

func TestTableCanBeRestoredToAPointInTime(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	_, err := client.UpdateContinuousBackups(t.Context(), &sdk.UpdateContinuousBackupsInput{
		TableName: aws.String("tab"), PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
	})
	works(t, err)
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.RestoreTableToPointInTime(t.Context(), &sdk.RestoreTableToPointInTimeInput{
			SourceTableName: aws.String("tab"), TargetTableName: aws.String("again"), UseLatestRestorableTime: aws.Bool(true),
		})
		works(t, err)
	})
}

func TestTableCanBeExportedAndImported(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.ExportTableToPointInTime(t.Context(), &sdk.ExportTableToPointInTimeInput{TableArn: aws.String(tableARN), S3Bucket: aws.String("b")})
		works(t, err)
	})
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.ImportTable(t.Context(), &sdk.ImportTableInput{
			InputFormat: types.InputFormatDynamodbJson, S3BucketSource: &types.S3BucketSource{S3Bucket: aws.String("b")},
			TableCreationParameters: &types.TableCreationParameters{
				TableName: aws.String("new"), KeySchema: keyed("new", "").KeySchema, AttributeDefinitions: keyed("new", "").AttributeDefinitions,
				BillingMode: types.BillingModePayPerRequest,
			},
		})
		works(t, err)
	})
}

func TestTableHasReplicasInOtherRegions(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.UpdateTable(t.Context(), &sdk.UpdateTableInput{
			TableName:      aws.String("tab"),
			ReplicaUpdates: []types.ReplicationGroupUpdate{{Create: &types.CreateReplicationGroupMemberAction{RegionName: aws.String("eu-west-1")}}},
		})
		works(t, err)
		out, err := client.DescribeTable(t.Context(), &sdk.DescribeTableInput{TableName: aws.String("tab")})
		works(t, err)
		if len(out.Table.Replicas) != 1 {
			t.Error("no replica")
		}
	})
}

func TestTableSendsItsChangesToKinesis(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.EnableKinesisStreamingDestination(t.Context(), &sdk.EnableKinesisStreamingDestinationInput{
			TableName: aws.String("tab"), StreamArn: aws.String("arn:aws:kinesis:us-east-1:000000000000:stream/s"),
		})
		works(t, err)
	})
}

func TestTableTellsOfItsContributors(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.UpdateContributorInsights(t.Context(), &sdk.UpdateContributorInsightsInput{
			TableName: aws.String("tab"), ContributorInsightsAction: types.ContributorInsightsActionEnable,
		})
		works(t, err)
	})
}

func TestTablePolicyCanBeChanged(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, keyed("tab", ""))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		_, err := client.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{
			ResourceArn: aws.String(tableARN), Policy: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
		})
		works(t, err)
	})
}

func TestItemCollectionMetricsFollowTheCollectionsSize(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	create(t, client, withLocal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeAll}))
	testenv.KnownGap(t, gaps, func(t testing.TB) {
		out, err := client.PutItem(t.Context(), &sdk.PutItemInput{
			TableName: aws.String("tab"), Item: item("pk", "a", "sk", "b"), ReturnItemCollectionMetrics: types.ReturnItemCollectionMetricsSize,
		})
		works(t, err)
		if r := out.ItemCollectionMetrics.SizeEstimateRangeGB; r[1]-r[0] >= 1 {
			t.Errorf("a small collection is told to be from %v to %v GB", r[0], r[1])
		}
	})
}
