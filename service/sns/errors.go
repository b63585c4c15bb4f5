package sns

import (
	"fmt"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
)

// invalid is the error InvalidParameter, in SNS's form.
func invalid(format string, args ...any) error {
	return &api.InvalidParameterException{Message: "Invalid parameter: " + fmt.Sprintf(format, args...)}
}

// notFound is the error NotFound.
func notFound(what string) error {
	return &api.NotFoundException{Message: what + " does not exist"}
}

// parseARN reads an ARN of SNS that stands in a parameter.
func parseARN(text, parameter string) (arn.ARN, error) {
	a, err := arn.Parse(text)
	if err != nil {
		if n := strings.Count(text, ":") + 1; n < 6 {
			return arn.ARN{}, invalid("%s Reason: An ARN must have at least 6 elements, not %d", parameter, n)
		}
		return arn.ARN{}, invalid("%s", parameter)
	}
	if a.Service != "sns" {
		return arn.ARN{}, invalid("%s", parameter)
	}
	return a, nil
}

// parseTopic reads a topic's ARN. A topic is reached in its own region only.
func parseTopic(info call.Info, text, parameter string) (topicRef, error) {
	a, err := parseARN(text, parameter)
	if err != nil {
		return topicRef{}, err
	}
	if info.Region != "" && a.Region != info.Region || a.Account == "" || strings.ContainsAny(a.Resource, ":/") {
		return topicRef{}, invalid("%s", parameter)
	}
	return topicRef{home{a.Account, a.Region}, a.Resource}, nil
}

// parseSubscription reads a subscription's ARN.
func parseSubscription(text string) (topicRef, string, error) {
	a, err := parseARN(text, "SubscriptionArn")
	if err != nil {
		return topicRef{}, "", err
	}
	name, id, ok := strings.Cut(a.Resource, ":")
	if !ok || strings.Contains(id, ":") {
		return topicRef{}, "", invalid("SubscriptionId")
	}
	return topicRef{home{a.Account, a.Region}, name}, id, nil
}
