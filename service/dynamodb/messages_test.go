package dynamodb_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// key and definition are short ways to write key schemas.
func key(name string, kind types.KeyType) types.KeySchemaElement {
	return types.KeySchemaElement{AttributeName: &name, KeyType: kind}
}

func definition(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
}

// TestCreateTableRefusesInAWSsWords: the messages are those that AWS gives.
func TestCreateTableRefusesInAWSsWords(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	all := &types.Projection{ProjectionType: types.ProjectionTypeAll}
	base := func(change func(in *sdk.CreateTableInput)) *sdk.CreateTableInput {
		in := keyed("tab", "S")
		change(in)
		return in
	}
	tests := map[string]struct {
		in   *sdk.CreateTableInput
		want string
	}{
		"short name":      {base(func(in *sdk.CreateTableInput) { in.TableName = aws.String("ab") }), "TableName must be at least 3 characters long and at most 255 characters long"},
		"range undefined": {base(func(in *sdk.CreateTableInput) { in.AttributeDefinitions = in.AttributeDefinitions[:1] }), "Invalid KeySchema: Some index key attribute have no definition"},
		"hash undefined": {base(func(in *sdk.CreateTableInput) {
			in.KeySchema, in.AttributeDefinitions = in.KeySchema[:1], []types.AttributeDefinition{definition("other", "S")}
		}), "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: [other]"},
		"same name":      {base(func(in *sdk.CreateTableInput) { in.KeySchema[1] = key("pk", "RANGE") }), "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
		"first is range": {base(func(in *sdk.CreateTableInput) { in.KeySchema[0].KeyType = "RANGE" }), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
		"second is hash": {base(func(in *sdk.CreateTableInput) { in.KeySchema[1].KeyType = "HASH" }), "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
		"unused": {base(func(in *sdk.CreateTableInput) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, definition("x", "S"))
		}), "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"},
		"no throughput": {base(func(in *sdk.CreateTableInput) { in.BillingMode = types.BillingModeProvisioned }), "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"},
		"both": {base(func(in *sdk.CreateTableInput) {
			in.ProvisionedThroughput = &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}
		}), "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
		"local, no range": {withLocal(keyed("tab", ""), all), "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"},
		"local, other hash": {func() *sdk.CreateTableInput {
			in := withLocal(keyed("tab", "S"), all)
			in.LocalSecondaryIndexes[0].KeySchema[0] = key("lsk", "HASH")
			in.LocalSecondaryIndexes[0].KeySchema[1] = key("sk", "RANGE")
			return in
		}(), "One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: local. index hash key: lsk, table hash key: pk"},
		"projection null": {withGlobal(keyed("tab", "S"), &types.Projection{}), "One or more parameter values were invalid: Unknown ProjectionType: null"},
		"non-keys of all": {withGlobal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeAll, NonKeyAttributes: []string{"a"}}), "One or more parameter values were invalid: ProjectionType is ALL, but NonKeyAttributes is specified"},
		"index twice": {func() *sdk.CreateTableInput {
			in := withGlobal(keyed("tab", "S"), all)
			in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, in.GlobalSecondaryIndexes[0])
			return in
		}(), "One or more parameter values were invalid: Duplicate index name: global"},
		"empty indexes": {base(func(in *sdk.CreateTableInput) { in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{} }), "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.CreateTable(t.Context(), tt.in)
			refused(t, err, "ValidationException", tt.want)
		})
	}
}

// TestItemsAreRefusedInAWSsWords: the messages of the operations on one item.
func TestItemsAreRefusedInAWSsWords(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	create(t, c, withGlobal(keyed("tab", "S"), &types.Projection{ProjectionType: types.ProjectionTypeAll}))
	ctx := t.Context()
	tab := aws.String("tab")
	put := func(it map[string]types.AttributeValue) func() error {
		return func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: tab, Item: it})
			return err
		}
	}
	with := func(name string, v types.AttributeValue) map[string]types.AttributeValue {
		it := item("pk", "a", "sk", "b")
		it[name] = v
		return it
	}
	get := func(k map[string]types.AttributeValue) func() error {
		return func() error {
			_, err := c.GetItem(ctx, &sdk.GetItemInput{TableName: tab, Key: k})
			return err
		}
	}
	update := func(change func(in *sdk.UpdateItemInput)) func() error {
		return func() error {
			in := &sdk.UpdateItemInput{TableName: tab, Key: item("pk", "a", "sk", "b")}
			change(in)
			_, err := c.UpdateItem(ctx, in)
			return err
		}
	}
	big := &types.AttributeValueMemberS{Value: strings.Repeat("x", 400<<10)}
	var deep types.AttributeValue = &types.AttributeValueMemberS{Value: "bottom"}
	for range 33 {
		deep = &types.AttributeValueMemberL{Value: []types.AttributeValue{deep}}
	}
	tests := map[string]struct {
		do   func() error
		want string
	}{
		"key missing":        {put(item("pk", "a")), "One or more parameter values were invalid: Missing the key sk in the item"},
		"key type":           {put(item("pk", "a", "sk", "5")), "One or more parameter values were invalid: Type mismatch for key sk expected: S actual: N"},
		"key empty":          {put(item("pk", "", "sk", "b")), "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		"hash too long":      {put(item("pk", strings.Repeat("a", 2049), "sk", "b")), "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		"range too long":     {put(item("pk", "a", "sk", strings.Repeat("a", 1025))), "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
		"index key type":     {put(with("gpk", text("5"))), "One or more parameter values were invalid: Type mismatch for Index Key gpk Expected: S Actual: N IndexName: global"},
		"index key empty":    {put(with("gpk", text(""))), "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: gpk"},
		"too large":          {put(with("x", big)), "Item size has exceeded the maximum allowed size"},
		"too deep":           {put(with("x", deep)), "Nesting Levels have exceeded supported limits"},
		"number":             {put(with("x", &types.AttributeValueMemberN{Value: "one"})), "The parameter cannot be converted to a numeric value: one"},
		"39 digits":          {put(with("x", text("123456789012345678901234567890123456789"))), "Attempting to store more than 38 significant digits in a Number"},
		"overflow":           {put(with("x", text("1e126"))), "Number overflow. Attempting to store a number with magnitude larger than supported range"},
		"underflow":          {put(with("x", text("1e-131"))), "Number underflow. Attempting to store a number with magnitude smaller than supported range"},
		"empty set":          {put(with("x", &types.AttributeValueMemberSS{Value: []string{}})), "One or more parameter values were invalid: An string set  may not be empty"},
		"set twice":          {put(with("x", &types.AttributeValueMemberSS{Value: []string{"a", "a"}})), "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
		"number set twice":   {put(with("x", &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}})), "Input collection contains duplicates"},
		"binary set twice":   {put(with("x", &types.AttributeValueMemberBS{Value: [][]byte{[]byte("b"), []byte("b")}})), "One or more parameter values were invalid: Input collection [Yg==, Yg==]of type BS contains duplicates."},
		"null false":         {put(with("x", &types.AttributeValueMemberNULL{Value: false})), "One or more parameter values were invalid: Null attribute value types must have the value of true"},
		"key of get":         {get(item("pk", "a")), "The provided key element does not match the schema"},
		"more than the key":  {get(item("pk", "a", "sk", "b", "x", "c")), "The provided key element does not match the schema"},
		"type of key of get": {get(item("pk", "a", "sk", "5")), "The provided key element does not match the schema"},
		"update of key": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeValues = aws.String("SET pk = :v"), item(":v", "x")
		}), "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"},
		"update of index key": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeValues = aws.String("SET gpk = :v"), item(":v", "5")
		}), "The update expression attempted to update the secondary index key to unsupported type"},
		"update too large": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeValues = aws.String("SET x = :v"), map[string]types.AttributeValue{":v": big}
		}), "Item size to update has exceeded the maximum allowed size"},
		"both forms": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.AttributeUpdates = aws.String("SET x = y"), map[string]types.AttributeValueUpdate{"a": {}}
		}), "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"},
		"names without": {
			update(func(in *sdk.UpdateItemInput) { in.ExpressionAttributeNames = map[string]string{"#a": "a"} }),
			"ExpressionAttributeNames can only be specified when using expressions",
		},
		"values without": {
			update(func(in *sdk.UpdateItemInput) { in.ExpressionAttributeValues = item(":a", "a") }),
			"ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null",
		},
		"name's form": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeNames = aws.String("REMOVE x"), map[string]string{"a": "a"}
		}), `ExpressionAttributeNames contains invalid key: Syntax error; key: "a"`},
		"value's content": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeValues = aws.String("SET x = :v"), map[string]types.AttributeValue{":v": &types.AttributeValueMemberNS{Value: []string{}}}
		}), "ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: An number set  may not be empty for key :v"},
		"names unused": {update(func(in *sdk.UpdateItemInput) {
			in.UpdateExpression, in.ExpressionAttributeNames = aws.String("REMOVE x"), map[string]string{"#a": "a"}
		}), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"},
		"expected": {func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: tab, Item: item("pk", "a", "sk", "b"), Expected: map[string]types.ExpectedAttributeValue{"x": {}}})
			return err
		}, "One or more parameter values were invalid: Value must be provided when Exists is null for Attribute: x"},
		"return values": {func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: tab, Item: item("pk", "a", "sk", "b"), ReturnValues: types.ReturnValueAllNew})
			return err
		}, "ReturnValues can only be ALL_OLD or NONE"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { refused(t, tt.do(), "ValidationException", tt.want) })
	}
}

// TestQueriesAreRefusedInAWSsWords: the messages of Query and Scan.
func TestQueriesAreRefusedInAWSsWords(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	keysOnly := &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	create(t, c, withGlobal(keyed("tab", "S"), keysOnly))
	create(t, c, keyed("hash", ""))
	values := item(":a", "a", ":b", "b", ":n", "1")
	tests := map[string]struct {
		in   sdk.QueryInput
		use  string // the values that the expressions use
		want string
	}{
		"no condition":     {sdk.QueryInput{}, "", "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."},
		"no hash":          {sdk.QueryInput{KeyConditionExpression: aws.String("sk = :a")}, ":a", "Query condition missed key schema element: pk"},
		"not the range":    {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a AND x = :b")}, ":a :b", "Query condition missed key schema element: sk"},
		"hash by range":    {sdk.QueryInput{KeyConditionExpression: aws.String("pk > :a")}, ":a", "Query key condition not supported"},
		"type":             {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :n")}, ":n", "One or more parameter values were invalid: Condition parameter type does not match schema type"},
		"filter on key":    {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), FilterExpression: aws.String("sk = :b")}, ":a :b", "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		"no such index":    {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), IndexName: aws.String("nope")}, ":a", "The table does not have the specified index: nope"},
		"consistent":       {sdk.QueryInput{KeyConditionExpression: aws.String("gpk = :a"), IndexName: aws.String("global"), ConsistentRead: aws.Bool(true)}, ":a", "Consistent reads are not supported on global secondary indexes"},
		"all of an index":  {sdk.QueryInput{KeyConditionExpression: aws.String("gpk = :a"), IndexName: aws.String("global"), Select: types.SelectAllAttributes}, ":a", "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL"},
		"not projected":    {sdk.QueryInput{KeyConditionExpression: aws.String("gpk = :a"), IndexName: aws.String("global"), ProjectionExpression: aws.String("x, pk")}, ":a", "One or more parameter values were invalid: Global secondary index global does not project [x]"},
		"projected, table": {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), Select: types.SelectAllProjectedAttributes}, ":a", "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
		"count and names":  {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), Select: types.SelectCount, ProjectionExpression: aws.String("x")}, ":a", "Cannot specify the ProjectionExpression when choosing to get only the Count"},
		"specific, no names": {
			sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), Select: types.SelectSpecificAttributes},
			":a",
			"Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
		},
		"start too short":   {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), ExclusiveStartKey: item("pk", "a")}, ":a", "The provided starting key is invalid"},
		"start of a type":   {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), ExclusiveStartKey: item("pk", "a", "sk", "1")}, ":a", "The provided starting key is invalid: The provided key element does not match the schema"},
		"start outside":     {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), ExclusiveStartKey: item("pk", "b", "sk", "b")}, ":a", "The provided starting key is outside query boundaries based on provided conditions"},
		"start not in them": {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a AND sk > :b"), ExclusiveStartKey: item("pk", "a", "sk", "a")}, ":a :b", "The provided starting key does not match the range key predicate"},
		"nested key":        {sdk.QueryInput{KeyConditionExpression: aws.String("pk = :a"), ProjectionExpression: aws.String("pk.x")}, ":a", "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: key: pk"},
		"hash table":        {sdk.QueryInput{TableName: aws.String("hash"), KeyConditionExpression: aws.String("pk = :a AND sk = :b")}, ":a :b", "Query key condition not supported"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.in.TableName == nil {
				tt.in.TableName = aws.String("tab")
			}
			for _, v := range strings.Fields(tt.use) {
				if tt.in.ExpressionAttributeValues == nil {
					tt.in.ExpressionAttributeValues = map[string]types.AttributeValue{}
				}
				tt.in.ExpressionAttributeValues[v] = values[v]
			}
			_, err := c.Query(t.Context(), &tt.in)
			refused(t, err, "ValidationException", tt.want)
		})
	}
	_, err := c.Scan(t.Context(), &sdk.ScanInput{TableName: aws.String("tab"), Segment: aws.Int32(1)})
	refused(t, err, "ValidationException", "The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	_, err = c.Scan(t.Context(), &sdk.ScanInput{TableName: aws.String("tab"), Segment: aws.Int32(2), TotalSegments: aws.Int32(2)})
	refused(t, err, "ValidationException", "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2")
}

// TestWhatIsNotThereIsNotFound: each operation's own words for a missing table.
func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	_, c := start(t)
	ctx, name := t.Context(), aws.String("nope")
	_, err := c.GetItem(ctx, &sdk.GetItemInput{TableName: name, Key: item("pk", "a")})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found")
	_, err = c.Query(ctx, &sdk.QueryInput{TableName: name, KeyConditionExpression: aws.String("pk = :a"), ExpressionAttributeValues: item(":a", "a")})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found")
	_, err = c.DescribeTable(ctx, &sdk.DescribeTableInput{TableName: name})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found: Table: nope not found")
	_, err = c.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: name})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found: Table: nope not found")
	_, err = c.UpdateTable(ctx, &sdk.UpdateTableInput{TableName: name, DeletionProtectionEnabled: aws.Bool(true)})
	refused(t, err, "ResourceNotFoundException", "Requested resource not found: Table: nope not found")
	_, err = c.DescribeContinuousBackups(ctx, &sdk.DescribeContinuousBackupsInput{TableName: name})
	refused(t, err, "TableNotFoundException", "Table not found: nope")
	_, err = c.CreateBackup(ctx, &sdk.CreateBackupInput{TableName: name, BackupName: aws.String("backup")})
	if got := err.Error(); !strings.Contains(got, "NotImplemented") {
		t.Error(got)
	}
}
