package rest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
)

func TestAnswersAreStreamed(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	a := e.restAPI()
	zeroes := strings.Repeat("\x00", 8)
	for name, payload := range map[string]string{
		"full": `{"statusCode":201,"headers":{"X-A":"1","Date":"never"}}|` + zeroes + `one |two`, "plain": "just| text", "failing": "",
	} {
		failed := ""
		if payload == "" {
			failed = "Unhandled"
		}
		e.fn.Says(name, payload, failed)
		uri := strings.Replace(strings.Replace(*functionURI(name), "2015-03-31", "2021-11-15", 1), "/invocations", "/response-streaming-invocations", 1)
		a.method("GET /"+name, &apigateway.PutMethodInput{}, &apigateway.PutIntegrationInput{
			Type: types.IntegrationTypeAwsProxy, Uri: &uri, ResponseTransferMode: types.ResponseTransferModeStream, TimeoutInMillis: aws.Int32(60_000),
		})
	}
	a.deploy("prod")
	got := a.call("GET /full", "")
	got.is(t, 201, "", "one two")
	if got.header.Get("X-A") != "1" || got.header.Get("X-Amzn-Remapped-Date") != "never" {
		t.Errorf("header %v", got.header)
	}
	a.call("GET /plain", "").is(t, 200, "", "just text")
	a.call("GET /failing", "").is(t, 502, "InternalServerErrorException", `{"message":"Internal server error"}`)
}
