// Package growth_test counts what operations read beside little and beside much of
// what is stored: the rates that go with it, `make scale` measures.
package growth_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudwatch"
	"maru.dev/maru/service/dynamodb"
	"maru.dev/maru/service/events"
	"maru.dev/maru/service/s3"
	"maru.dev/maru/service/sns"
	"maru.dev/maru/service/sqs"
	"maru.dev/maru/service/ssm"
	"maru.dev/maru/service/states"
)

// What there is of each thing beside which an operation is made: pages of scans are
// shorter than that. It is made so often in each of a few passes, of which the one
// counts that has read least: what is read ahead, and what goes on beside, is in one
// of them.
const (
	few, many     = 1000, 5000
	times, passes = 20, 3
)

// operation is one that is made beside what is stored; in is JSON, for the i-th time.
type operation struct {
	service, name string
	in            func(i int) string
}

// always is the same input each time.
func always(text string) func(int) string { return func(int) string { return text } }

// numbered is input with a number in it.
func numbered(format string) func(int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// growth is what there may be much of: how it is made, and what is then done.
type growth struct {
	first []operation // once
	fill  operation
	then  []operation
}

// growths are those that there are.
var growths = map[string]*growth{
	"messages": {
		[]operation{{"sqs", "CreateQueue", always(`{"QueueName":"q"}`)}},
		operation{"sqs", "SendMessage", always(`{"QueueUrl":"http://h/000000000000/q","MessageBody":"hello"}`)},
		[]operation{
			{"sqs", "SendMessage", always(`{"QueueUrl":"http://h/000000000000/q","MessageBody":"hello"}`)},
			{"sqs", "ReceiveMessage", always(`{"QueueUrl":"http://h/000000000000/q"}`)},
		},
	},
	"items of a partition": {
		[]operation{{"dynamodb", "CreateTable", always(table)}},
		operation{"dynamodb", "PutItem", numbered(`{"TableName":"table","Item":{"p":{"S":"p"},"s":{"N":"%d"},"g":{"S":"g"}}}`)},
		itemOperations(`"p":{"S":"p"},"s":{"N":"%d"}`, "p"),
	},
	"partitions": {
		[]operation{{"dynamodb", "CreateTable", always(table)}},
		operation{"dynamodb", "PutItem", numbered(`{"TableName":"table","Item":{"p":{"S":"p%d"},"s":{"N":"1"},"g":{"S":"g"}}}`)},
		itemOperations(`"p":{"S":"p%d"},"s":{"N":"1"}`, "p1"),
	},
	"queues": {
		nil,
		operation{"sqs", "CreateQueue", numbered(`{"QueueName":"q%04d"}`)},
		[]operation{
			{"sqs", "SendMessage", numbered(`{"QueueUrl":"http://h/000000000000/q%04d","MessageBody":"hello"}`)},
			{"sqs", "ListQueues", always(`{"MaxResults":10}`)},
			{"sqs", "GetQueueUrl", numbered(`{"QueueName":"q%04d"}`)},
			{"sqs", "CreateQueue", numbered(`{"QueueName":"new%d"}`)},
			{"sqs", "DeleteQueue", numbered(`{"QueueUrl":"http://h/000000000000/q%04d"}`)},
		},
	},
	"topics": {
		nil,
		operation{"sns", "CreateTopic", numbered(`{"Name":"t%d"}`)},
		[]operation{
			{"sns", "Publish", numbered(`{"TopicArn":"arn:aws:sns:us-east-1:000000000000:t%d","Message":"hello"}`)},
			{"sns", "CreateTopic", numbered(`{"Name":"new%d"}`)},
		},
	},
	"rules": {
		nil,
		operation{"events", "PutRule", numbered(`{"Name":"r%d","EventPattern":"{\"source\":[\"s%[1]d\"]}"}`)},
		[]operation{
			{"events", "PutEvents", numbered(`{"Entries":[{"Source":"none%d","DetailType":"t","Detail":"{}"}]}`)},
			{"events", "ListRules", always(`{"Limit":10}`)},
			{"events", "DescribeRule", numbered(`{"Name":"r%d"}`)},
		},
	},
	"executions": {
		[]operation{{"states", "CreateStateMachine", always(`{"name":"m","roleArn":"arn:aws:iam::000000000000:role/r","definition":"{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":86400,\"End\":true}}}"}`)}},
		operation{"states", "StartExecution", numbered(`{"stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m","name":"x%d"}`)},
		[]operation{
			{"states", "StartExecution", numbered(`{"stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m","name":"new%d"}`)},
			{"states", "DescribeExecution", numbered(`{"executionArn":"arn:aws:states:us-east-1:000000000000:execution:m:x%d"}`)},
			{"states", "ListExecutions", always(`{"stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:m","statusFilter":"RUNNING","maxResults":10}`)},
			{"states", "StopExecution", numbered(`{"executionArn":"arn:aws:states:us-east-1:000000000000:execution:m:x%d"}`)},
		},
	},
	"parameters": {
		nil,
		operation{"ssm", "PutParameter", numbered(`{"Name":"/p/%d","Value":"v","Type":"String"}`)},
		[]operation{
			{"ssm", "GetParameter", numbered(`{"Name":"/p/%d"}`)},
			{"ssm", "PutParameter", numbered(`{"Name":"/new/%d","Value":"v","Type":"String"}`)},
			{"ssm", "DescribeParameters", always(`{"MaxResults":10}`)},
			{"ssm", "GetParametersByPath", always(`{"Path":"/p","MaxResults":10}`)},
		},
	},
	"objects": {
		[]operation{{"s3", "CreateBucket", always(`{"Bucket":"bucket"}`)}},
		operation{"s3", "PutObject", numbered(`{"Bucket":"bucket","Key":"k%d"}`)},
		[]operation{
			{"s3", "HeadObject", numbered(`{"Bucket":"bucket","Key":"k%d"}`)},
			{"s3", "ListObjectsV2", always(`{"Bucket":"bucket","MaxKeys":10}`)},
			{"s3", "ListObjectsV2", always(`{"Bucket":"bucket","MaxKeys":10,"Delimiter":"k"}`)},
			{"s3", "DeleteObject", numbered(`{"Bucket":"bucket","Key":"k%d"}`)},
		},
	},
}

// table has an index, which has all items under one key.
const table = `{"TableName":"table","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"s","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"}],"KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"GlobalSecondaryIndexes":[{"IndexName":"idx","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}`

// itemOperations are those on items of a table, of which there is the one with a key
// for each number, and on one of its partitions.
func itemOperations(key, partition string) []operation {
	of := func(format string) func(int) string { return numbered(fmt.Sprintf(format, key)) }
	return []operation{
		{"dynamodb", "GetItem", of(`{"TableName":"table","Key":{%s}}`)},
		{"dynamodb", "PutItem", of(`{"TableName":"table","Item":{%s,"g":{"S":"g"},"n":{"N":"1"}}}`)},
		{"dynamodb", "UpdateItem", of(`{"TableName":"table","Key":{%s},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}}`)},
		{"dynamodb", "TransactWriteItems", of(`{"TransactItems":[{"Put":{"TableName":"table","Item":{%s}}}]}`)},
		{"dynamodb", "Query", always(`{"TableName":"table","Limit":10,"KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"` + partition + `"}}}`)},
		{"dynamodb", "Query", always(`{"TableName":"table","IndexName":"idx","Limit":10,"KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"g"}}}`)},
		{"dynamodb", "Scan", always(`{"TableName":"table","Limit":10}`)},
		{"dynamodb", "DeleteItem", of(`{"TableName":"table","Key":{%s}}`)},
	}
}

// An operation reads as many rows beside much of what is stored as beside little.
func TestOperationsReadNoMoreBesideMuch(t *testing.T) {
	t.Parallel()
	for name, g := range growths {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			little, much := g.rows(t, few), g.rows(t, many)
			for i, op := range g.then {
				t.Logf("%s %s reads %.1f rows, and %.1f", op.service, op.name, little[i], much[i])
				if much[i] > 1.2*little[i]+2 { // of few things it may be known without a look which are not there
					t.Errorf("%s %s reads %.1f rows beside %d, and %.1f beside %d", op.service, op.name, little[i], few, much[i], many)
				}
			}
		})
	}
}

// rows returns how many rows each operation reads beside n of what there is.
func (g *growth) rows(t *testing.T, n int) (each []float64) {
	t.Helper()
	env := testenv.New(t, sqs.Registration(), sns.Registration(), service.Registration{Model: dynamodbapi.Model, New: func(d service.Deps) any { return dynamodb.New(d) }}, events.Registration(), states.Registration(), ssm.Registration(), s3.Registration(), cloudwatch.Registration())
	do := func(op operation, i int) {
		if _, err := env.Caller().CallJSON(env.Context(), op.service, op.name, json.RawMessage(op.in(i))); err != nil {
			t.Fatalf("%s %s: %v", op.service, op.in(i), err)
		}
	}
	for _, op := range g.first {
		do(op, 0)
	}
	for i := range n {
		do(g.fill, i)
	}
	for _, op := range g.then {
		do(op, n-1) // what is used for the first time is read once
		least := math.Inf(1)
		for pass := range passes {
			env.Rest()
			before := env.Store().Stats().RowsRead
			for i := range times {
				do(op, (i*passes+pass)*(n/times/passes))
			}
			env.Rest()
			least = min(least, float64(env.Store().Stats().RowsRead-before)/times)
		}
		each = append(each, least)
	}
	return each
}
