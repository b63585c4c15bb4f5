// Command notes is a microservice of one function: notes in a table, over HTTP.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// note is what a client sees and the table keeps.
type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

type (
	request  = events.APIGatewayV2HTTPRequest
	response = events.APIGatewayV2HTTPResponse
)

type app struct {
	db    *dynamodb.Client
	table *string
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(app{dynamodb.NewFromConfig(cfg), aws.String(os.Getenv("TABLE"))}.handle)
}

func (a app) handle(ctx context.Context, req request) (response, error) {
	id := req.PathParameters["id"]
	switch req.RouteKey {
	case "GET /notes":
		return a.list(ctx)
	case "GET /notes/{id}":
		return a.get(ctx, id)
	case "PUT /notes/{id}":
		return a.put(ctx, id, bodyOf(req))
	case "DELETE /notes/{id}":
		return a.remove(ctx, id)
	}
	return reply(http.StatusNotFound, map[string]string{"message": "no such route"})
}

func (a app) list(ctx context.Context) (response, error) {
	notes := []note{}
	pages := dynamodb.NewScanPaginator(a.db, &dynamodb.ScanInput{TableName: a.table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return response{}, err
		}
		for _, item := range page.Items {
			notes = append(notes, fromItem(item))
		}
	}
	return reply(http.StatusOK, notes)
}

func (a app) get(ctx context.Context, id string) (response, error) {
	out, err := a.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: a.table, Key: key(id), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return response{}, err
	}
	if out.Item == nil {
		return reply(http.StatusNotFound, map[string]string{"message": "no such note"})
	}
	return reply(http.StatusOK, fromItem(out.Item))
}

func (a app) put(ctx context.Context, id string, body []byte) (response, error) {
	var n note
	if err := json.Unmarshal(body, &n); err != nil || n.Text == "" {
		return reply(http.StatusBadRequest, map[string]string{"message": `want {"text": …}`})
	}
	n.ID = id
	item := key(id)
	item["text"] = &types.AttributeValueMemberS{Value: n.Text}
	if _, err := a.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: a.table, Item: item}); err != nil {
		return response{}, err
	}
	return reply(http.StatusOK, n)
}

func (a app) remove(ctx context.Context, id string) (response, error) {
	_, err := a.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: a.table, Key: key(id), ConditionExpression: aws.String("attribute_exists(id)"),
	})
	var missing *types.ConditionalCheckFailedException
	if errors.As(err, &missing) {
		return reply(http.StatusNotFound, map[string]string{"message": "no such note"})
	}
	return response{StatusCode: http.StatusNoContent}, err
}

// bodyOf is the request's body. The gateway encodes one that does not say it is
// text, as curl's -d does not by itself.
func bodyOf(req request) []byte {
	if !req.IsBase64Encoded {
		return []byte(req.Body)
	}
	body, err := base64.StdEncoding.DecodeString(req.Body)
	if err != nil {
		return nil
	}
	return body
}

func key(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}

func fromItem(item map[string]types.AttributeValue) (n note) {
	if v, ok := item["id"].(*types.AttributeValueMemberS); ok {
		n.ID = v.Value
	}
	if v, ok := item["text"].(*types.AttributeValueMemberS); ok {
		n.Text = v.Value
	}
	return n
}

func reply(status int, body any) (response, error) {
	text, err := json.Marshal(body)
	return response{StatusCode: status, Headers: map[string]string{"content-type": "application/json"}, Body: string(text)}, err
}
