// Command signup is the front of the example: it takes a customer over HTTP and
// publishes that one has signed up. Who does what about it, it does not know.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// customer is who signs up: the event that the services react to.
type customer struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Email string    `json:"email"`
	At    time.Time `json:"at"`
}

type app struct {
	topic  *sns.Client
	tables *dynamodb.Client
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(app{sns.NewFromConfig(cfg), dynamodb.NewFromConfig(cfg)}.handle)
}

func (a app) handle(ctx context.Context, req events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	if id := req.PathParameters["id"]; id != "" {
		return a.show(ctx, id)
	}
	return a.signUp(ctx, req)
}

// signUp publishes the event. The request's own id names the customer, so that
// a client that repeats a request by its id does not sign up twice.
func (a app) signUp(ctx context.Context, req events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	var c customer
	if err := json.Unmarshal(bodyOf(req), &c); err != nil || c.Name == "" || c.Email == "" {
		return reply(http.StatusBadRequest, map[string]string{"message": "want {\"name\": …, \"email\": …}"})
	}
	if c.ID == "" {
		c.ID = req.RequestContext.RequestID
	}
	c.At = time.Now().UTC()
	event, err := json.Marshal(c)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	_, err = a.topic.Publish(ctx, &sns.PublishInput{
		TopicArn: aws.String(os.Getenv("TOPIC")),
		Message:  aws.String(string(event)),
	})
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	return reply(http.StatusAccepted, c)
}

// bodyOf is the request's body. The gateway encodes one that does not say it is
// text, as curl's -d does not by itself.
func bodyOf(req events.APIGatewayV2HTTPRequest) []byte {
	if !req.IsBase64Encoded {
		return []byte(req.Body)
	}
	body, err := base64.StdEncoding.DecodeString(req.Body)
	if err != nil {
		return nil
	}
	return body
}

// show reads from each service's store what it did for a customer.
func (a app) show(ctx context.Context, id string) (events.APIGatewayV2HTTPResponse, error) {
	done := make(map[string]any)
	for service, table := range map[string]string{
		"profile": os.Getenv("PROFILES"), "mail": os.Getenv("MAILS"), "points": os.Getenv("POINTS"),
	} {
		if table == "" {
			continue
		}
		out, err := a.tables.GetItem(ctx, &dynamodb.GetItemInput{
			TableName:      aws.String(table),
			Key:            map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}},
			ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		if done[service] = nil; out.Item != nil {
			row := make(map[string]string)
			for name, value := range out.Item {
				switch v := value.(type) {
				case *types.AttributeValueMemberS:
					row[name] = v.Value
				case *types.AttributeValueMemberN:
					row[name] = v.Value
				}
			}
			done[service] = row
		}
	}
	return reply(http.StatusOK, done)
}

// reply answers with a JSON body.
func reply(status int, body any) (events.APIGatewayV2HTTPResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayV2HTTPResponse{
		StatusCode: status,
		Headers:    map[string]string{"content-type": "application/json"},
		Body:       string(text),
	}, err
}
