package sns

import (
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/service/sns/names"
)

// parseTopic reads a topic's ARN. A topic is reached in its own region only.
func parseTopic(info call.Info, text, parameter string) (topicRef, error) {
	a, err := names.ParseARN(text, parameter)
	if err != nil {
		return topicRef{}, err
	}
	if info.Region != "" && a.Region != info.Region || a.Account == "" || strings.ContainsAny(a.Resource, ":/") {
		return topicRef{}, names.Invalid("%s", parameter)
	}
	return topicRef{names.Home{Account: a.Account, Region: a.Region}, a.Resource}, nil
}

// parseSubscription reads a subscription's ARN.
func parseSubscription(text string) (topicRef, string, error) {
	a, err := names.ParseARN(text, "SubscriptionArn")
	if err != nil {
		return topicRef{}, "", err
	}
	name, id, ok := strings.Cut(a.Resource, ":")
	if !ok || strings.Contains(id, ":") {
		return topicRef{}, "", names.Invalid("SubscriptionId")
	}
	return topicRef{names.Home{Account: a.Account, Region: a.Region}, name}, id, nil
}
