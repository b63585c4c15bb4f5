// Command reservations is a service of the trip: it reserves one kind of thing
// and takes reservations back. Both may be asked for twice and have their
// effect once, since who coordinates repeats what was not answered.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// request is what the coordinator asks for.
type request struct {
	Do   string   `json:"do"` // "reserve" or "cancel"
	Trip string   `json:"trip"`
	Fail []string `json:"fail"` // the kinds that are to be sold out, to see what happens then
}

// response tells the coordinator what is reserved now.
type response struct {
	Reservation string `json:"reservation,omitempty"`
}

// SoldOutError is why nothing could be reserved. The coordinator sees its type's name.
type SoldOutError struct{ Kind string }

func (e SoldOutError) Error() string { return "there is no " + e.Kind + " left" }

type app struct {
	db          *dynamodb.Client
	kind, table string
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(app{dynamodb.NewFromConfig(cfg), os.Getenv("KIND"), os.Getenv("TABLE")}.handle)
}

func (a app) handle(ctx context.Context, r request) (response, error) {
	switch r.Do {
	case "reserve":
		if slices.Contains(r.Fail, a.kind) {
			return response{}, SoldOutError{a.kind}
		}
		return response{a.kind + "-" + r.Trip}, a.reserve(ctx, r.Trip)
	case "cancel":
		return response{}, a.cancel(ctx, r.Trip)
	}
	return response{}, fmt.Errorf("do %q: want reserve or cancel", r.Do)
}

// reserve notes the reservation, unless it is noted. It never undoes a
// cancellation: a late repetition of a request must not bring back what was
// taken back since.
func (a app) reserve(ctx context.Context, trip string) error {
	_, err := a.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(a.table), Key: key(trip),
		UpdateExpression:          aws.String("SET #s = :reserved ADD times :one"),
		ConditionExpression:       aws.String("attribute_not_exists(#s)"),
		ExpressionAttributeNames:  map[string]string{"#s": "status"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":reserved": text("reserved"), ":one": &types.AttributeValueMemberN{Value: "1"}},
	})
	var there *types.ConditionalCheckFailedException
	if errors.As(err, &there) {
		return nil
	}
	return err
}

// cancel takes the trip's reservation back, and notes that there is to be none
// if there never was one.
func (a app) cancel(ctx context.Context, trip string) error {
	_, err := a.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(a.table), Key: key(trip),
		UpdateExpression:          aws.String("SET #s = :cancelled"),
		ExpressionAttributeNames:  map[string]string{"#s": "status"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":cancelled": text("cancelled")},
	})
	return err
}

func key(trip string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"trip": text(trip)}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
