package integrate

import (
	"strings"
	"testing"

	dynamodbapi "maru.dev/maru/api/dynamodb"
	sqsapi "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/wire"
)

// shop is a Caller of two services.
type shop struct{ call.Caller }

// Models are the two.
func (shop) Models() []*wire.Service { return []*wire.Service{sqsapi.Model, dynamodbapi.Model} }

func TestKnownAreTheActionsOfAWS(t *testing.T) {
	t.Parallel()
	i := &Integrations{services: call.Directory{Caller: shop{}}}
	for name, want := range map[string]bool{
		"sqs:sendMessage": true, "sqs:sendMessages": false, "dynamodb:exportTableToPointInTime": true, // though nobody serves it
		"kitchen:makeCoffee": false, "ec2:runInstances": true,
	} {
		service, action, _ := strings.Cut(name, ":")
		if got := i.Known(&asl.Resource{Kind: asl.SDKService, Service: service, Action: action}); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
