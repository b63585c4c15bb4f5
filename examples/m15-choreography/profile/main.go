// Command profile saves the profile of each customer who signs up. Saving twice
// saves the same, so a message that comes twice does no harm.
package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(app{dynamodb.NewFromConfig(cfg)}.handle)
}

type app struct{ tables *dynamodb.Client }

func (a app) handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	var failed events.SQSEventResponse
	for _, message := range batch.Records {
		if err := a.save(ctx, message.Body); err != nil {
			failed.BatchItemFailures = append(failed.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	return failed, nil
}

// save writes the profile unless it is there.
func (a app) save(ctx context.Context, event string) error {
	var customer struct{ ID, Name, Email string }
	if err := json.Unmarshal([]byte(event), &customer); err != nil {
		return err
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	_, err := a.tables.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                aws.String(os.Getenv("TABLE")),
		Key:                      map[string]types.AttributeValue{"id": text(customer.ID)},
		UpdateExpression:         aws.String("SET #name = :name, email = :email, #at = if_not_exists(#at, :at)"),
		ExpressionAttributeNames: map[string]string{"#name": "name", "#at": "at"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":name": text(customer.Name), ":email": text(customer.Email),
			":at": text(time.Now().UTC().Format(time.RFC3339Nano)),
		},
	})
	return err
}
