package golden_test

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streams "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	objects "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"maru.dev/maru/internal/testenv"
)

// song is an item of the table: every type of attribute, and keys of two
// indices.
func song(number string) map[string]ddb.AttributeValue {
	return map[string]ddb.AttributeValue{
		"artist": &ddb.AttributeValueMemberS{Value: "Ärzte"},
		"number": &ddb.AttributeValueMemberN{Value: number},
		"album":  &ddb.AttributeValueMemberS{Value: "album " + number},
		"length": &ddb.AttributeValueMemberN{Value: "-12345678901234567890.000123"},
		"cover":  &ddb.AttributeValueMemberB{Value: []byte{0, 1, 254, 255}},
		"live":   &ddb.AttributeValueMemberBOOL{Value: true},
		"none":   &ddb.AttributeValueMemberNULL{Value: true},
		"tags":   &ddb.AttributeValueMemberSS{Value: []string{"a", "b"}},
		"sizes":  &ddb.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"raw":    &ddb.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"deep": &ddb.AttributeValueMemberM{Value: map[string]ddb.AttributeValue{
			"list": &ddb.AttributeValueMemberL{Value: []ddb.AttributeValue{&ddb.AttributeValueMemberS{Value: ""}, &ddb.AttributeValueMemberM{Value: map[string]ddb.AttributeValue{}}}},
		}},
	}
}

// writeTables makes a table with both kinds of index, a stream and a time to
// live, and a change of an item.
func writeTables(t *testing.T, p *testenv.Proc) {
	t.Helper()
	key := func(hash, sort string) []ddb.KeySchemaElement {
		return []ddb.KeySchemaElement{{AttributeName: &hash, KeyType: ddb.KeyTypeHash}, {AttributeName: &sort, KeyType: ddb.KeyTypeRange}}
	}
	all := &ddb.Projection{ProjectionType: ddb.ProjectionTypeAll}
	_, err := p.DynamoDB().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: new("songs"), BillingMode: ddb.BillingModePayPerRequest, KeySchema: key("artist", "number"),
		AttributeDefinitions: []ddb.AttributeDefinition{
			{AttributeName: new("artist"), AttributeType: ddb.ScalarAttributeTypeS},
			{AttributeName: new("number"), AttributeType: ddb.ScalarAttributeTypeN},
			{AttributeName: new("album"), AttributeType: ddb.ScalarAttributeTypeS},
		},
		GlobalSecondaryIndexes: []ddb.GlobalSecondaryIndex{{IndexName: new("by-album"), KeySchema: key("album", "number"), Projection: all}},
		LocalSecondaryIndexes:  []ddb.LocalSecondaryIndex{{IndexName: new("in-artist"), KeySchema: key("artist", "album"), Projection: all}},
		StreamSpecification:    &ddb.StreamSpecification{StreamEnabled: new(true), StreamViewType: ddb.StreamViewTypeNewAndOldImages},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DynamoDB().UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName: new("songs"), TimeToLiveSpecification: &ddb.TimeToLiveSpecification{AttributeName: new("until"), Enabled: new(true)},
	}); err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"1", "2.5", "-3"} {
		if _, err := p.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new("songs"), Item: song(number)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.DynamoDB().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: new("songs"), Key: songKey("-3")}); err != nil {
		t.Fatal(err)
	}
}

// songKey is the key of a song.
func songKey(number string) map[string]ddb.AttributeValue {
	s := song(number)
	return map[string]ddb.AttributeValue{"artist": s["artist"], "number": s["number"]}
}

// checkTables reads the table by its key, both indices and its stream, and
// changes it.
func checkTables(t *testing.T, p *testenv.Proc) {
	got, err := p.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("songs"), Key: songKey("2.5"), ConsistentRead: new(true)})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(song("2.5"), got.Item) {
		t.Errorf("the item has changed: %#v", got.Item)
	}
	for index, condition := range map[string]string{"by-album": "album = :album", "in-artist": "artist = :artist AND album = :album"} {
		values := map[string]ddb.AttributeValue{":album": &ddb.AttributeValueMemberS{Value: "album 1"}}
		if strings.Contains(condition, ":artist") {
			values[":artist"] = song("1")["artist"]
		}
		out, err := p.DynamoDB().Query(t.Context(), &dynamodb.QueryInput{
			TableName: new("songs"), IndexName: &index, KeyConditionExpression: &condition, ExpressionAttributeValues: values,
		})
		if err != nil || out.Count != 1 {
			t.Errorf("index %s: %v, %v", index, out, err)
		}
	}
	checkStream(t, p)
	if _, err := p.DynamoDB().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: new("songs"), Key: songKey("1"), UpdateExpression: new("SET album = :a REMOVE deep"),
		ExpressionAttributeValues: map[string]ddb.AttributeValue{":a": &ddb.AttributeValueMemberS{Value: "other"}},
	}); err != nil {
		t.Errorf("change an old item: %v", err)
	}
	out, err := p.DynamoDB().Query(t.Context(), &dynamodb.QueryInput{
		TableName: new("songs"), IndexName: new("by-album"), KeyConditionExpression: new("album = :a"),
		ExpressionAttributeValues: map[string]ddb.AttributeValue{":a": &ddb.AttributeValueMemberS{Value: "album 1"}},
	})
	if err != nil || out.Count != 0 {
		t.Errorf("the changed item is still at its old place in the index: %v, %v", out, err)
	}
}

// checkStream reads the stream from its horizon: three puts and a removal.
func checkStream(t *testing.T, p *testenv.Proc) {
	t.Helper()
	table, err := p.DynamoDB().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: new("songs")})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := p.DynamoDBStreams().DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: table.Table.LatestStreamArn})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[streams.OperationType]int{}
	for _, shard := range stream.StreamDescription.Shards {
		at, err := p.DynamoDBStreams().GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
			StreamArn: table.Table.LatestStreamArn, ShardId: shard.ShardId, ShardIteratorType: streams.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			t.Fatal(err)
		}
		records, err := p.DynamoDBStreams().GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: at.ShardIterator})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records.Records {
			seen[r.EventName]++
		}
	}
	if want := map[streams.OperationType]int{"INSERT": 3, "REMOVE": 1}; !cmp.Equal(want, seen) {
		t.Errorf("the stream has %v, want %v", seen, want)
	}
}

// large is an object that is not kept beside its row.
func large() []byte { return bytes.Repeat([]byte("maru keeps what it has acknowledged. "), 40_000) }

// writeObjects makes versions of an object, a large one, and an upload that is
// under way.
func writeObjects(t *testing.T, p *testenv.Proc) {
	t.Helper()
	if _, err := p.S3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("golden")}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.S3().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: new("golden"), VersioningConfiguration: &objects.VersioningConfiguration{Status: objects.BucketVersioningStatusEnabled},
	}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second"} {
		if _, err := p.S3().PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: new("golden"), Key: new("a/versioned ü"), Body: strings.NewReader(text), ContentType: new("text/plain"), Metadata: map[string]string{"who": "me"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.S3().PutObject(t.Context(), &s3.PutObjectInput{Bucket: new("golden"), Key: new("large"), Body: bytes.NewReader(large())}); err != nil {
		t.Fatal(err)
	}
	upload, err := p.S3().CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: new("golden"), Key: new("parts")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.S3().UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: new("golden"), Key: new("parts"), UploadId: upload.UploadId, PartNumber: new(int32(1)), Body: strings.NewReader("the only part"),
	}); err != nil {
		t.Fatal(err)
	}
}

// checkObjects reads all versions and ends the upload.
func checkObjects(t *testing.T, p *testenv.Proc) {
	versions, err := p.S3().ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: new("golden"), Prefix: new("a/")})
	if err != nil || len(versions.Versions) != 2 {
		t.Fatalf("versions: %v, %v", versions, err)
	}
	for i, want := range []string{"second", "first"} {
		expectObject(t, p, "a/versioned ü", versions.Versions[i].VersionId, want)
	}
	expectObject(t, p, "large", nil, string(large()))
	uploads, err := p.S3().ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: new("golden")})
	if err != nil || len(uploads.Uploads) != 1 {
		t.Fatalf("uploads: %v, %v", uploads, err)
	}
	id := uploads.Uploads[0].UploadId
	parts, err := p.S3().ListParts(t.Context(), &s3.ListPartsInput{Bucket: new("golden"), Key: new("parts"), UploadId: id})
	if err != nil || len(parts.Parts) != 1 {
		t.Fatalf("parts: %v, %v", parts, err)
	}
	if _, err := p.S3().CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: new("golden"), Key: new("parts"), UploadId: id,
		MultipartUpload: &objects.CompletedMultipartUpload{Parts: []objects.CompletedPart{{PartNumber: new(int32(1)), ETag: parts.Parts[0].ETag}}},
	}); err != nil {
		t.Fatal(err)
	}
	expectObject(t, p, "parts", nil, "the only part")
}

// expectObject compares an object's content.
func expectObject(t *testing.T, p *testenv.Proc, key string, version *string, want string) {
	t.Helper()
	out, err := p.S3().GetObject(t.Context(), &s3.GetObjectInput{Bucket: new("golden"), Key: &key, VersionId: version})
	if err != nil {
		t.Errorf("%s: %v", key, err)
		return
	}
	defer out.Body.Close()
	if got, err := io.ReadAll(out.Body); err != nil || string(got) != want {
		t.Errorf("%s has %d bytes that are not the %d that were written (%v)", key, len(got), len(want), err)
	}
}
