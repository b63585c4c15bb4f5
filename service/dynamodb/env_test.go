package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	api "maru.dev/maru/api/dynamodb"
	streamsapi "maru.dev/maru/api/dynamodbstreams"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/dynamodbstreams"
)

// registrations are the two services under test.
func registrations() []service.Registration {
	return []service.Registration{
		{Model: api.Model, New: func(d service.Deps) any { return dynamodb.New(d) }},
		{Model: streamsapi.Model, New: func(d service.Deps) any { return dynamodbstreams.New(d) }},
	}
}

// start returns a server and a client of it.
func start(t *testing.T) (*testenv.Env, *sdk.Client) {
	t.Helper()
	env := testenv.New(t, registrations()...)
	return env, env.DynamoDB()
}

// item is a short way to write items of strings (S) and numbers (N: values
// that begin with a digit or a minus sign).
func item(pairs ...string) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = text(pairs[i+1])
	}
	return out
}

// text is one value of item.
func text(s string) types.AttributeValue {
	if s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '-') {
		return &types.AttributeValueMemberN{Value: s}
	}
	return &types.AttributeValueMemberS{Value: s}
}

// textOf is the content of a scalar.
func textOf(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberB:
		return string(v.Value)
	}
	return ""
}

// keyed returns the request for a table with a hash key pk and, unless it is
// "", a range key sk of that type.
func keyed(name, sortType string) *sdk.CreateTableInput {
	in := &sdk.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: "S"}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: "HASH"}},
	}
	if sortType != "" {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeType(sortType)})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("sk"), KeyType: "RANGE"})
	}
	return in
}

// withGlobal adds a global index over gpk (S) and gsk (N).
func withGlobal(in *sdk.CreateTableInput, p *types.Projection) *sdk.CreateTableInput {
	in.AttributeDefinitions = append(in.AttributeDefinitions,
		types.AttributeDefinition{AttributeName: aws.String("gpk"), AttributeType: "S"},
		types.AttributeDefinition{AttributeName: aws.String("gsk"), AttributeType: "N"})
	in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
		IndexName: aws.String("global"), Projection: p,
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("gpk"), KeyType: "HASH"}, {AttributeName: aws.String("gsk"), KeyType: "RANGE"}},
	}}
	return in
}

// withLocal adds a local index over lsk (S).
func withLocal(in *sdk.CreateTableInput, p *types.Projection) *sdk.CreateTableInput {
	in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("lsk"), AttributeType: "S"})
	in.LocalSecondaryIndexes = []types.LocalSecondaryIndex{{
		IndexName: aws.String("local"), Projection: p,
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: "HASH"}, {AttributeName: aws.String("lsk"), KeyType: "RANGE"}},
	}}
	return in
}

// create makes a table.
func create(t *testing.T, c *sdk.Client, in *sdk.CreateTableInput) {
	t.Helper()
	if _, err := c.CreateTable(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// put writes an item.
func put(t *testing.T, c *sdk.Client, table string, it map[string]types.AttributeValue) {
	t.Helper()
	if _, err := c.PutItem(t.Context(), &sdk.PutItemInput{TableName: &table, Item: it}); err != nil {
		t.Fatal(err)
	}
}

// fetch reads an item.
func fetch(t *testing.T, c *sdk.Client, table string, key map[string]types.AttributeValue) map[string]types.AttributeValue {
	t.Helper()
	out, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: &table, Key: key, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// refused checks that an error has the code and the message that AWS gives.
func refused(t *testing.T, err error, code, message string) {
	t.Helper()
	if got := testenv.ErrorCode(err); got != code {
		t.Fatalf("code %q (%v), want %q", got, err, code)
	}
	if got := testenv.ErrorMessage(err); got != message {
		t.Errorf("message\n got %q\nwant %q", got, message)
	}
}
