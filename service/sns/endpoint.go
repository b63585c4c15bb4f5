package sns

import (
	"net/mail"
	"net/url"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/mobile"
	"maru.dev/maru/service/sns/names"
)

// checkEndpoint tells why a protocol's endpoint cannot be subscribed to a topic.
func checkEndpoint(tx *kv.Tx, t *topic, protocol, endpoint string) error {
	if t.fifo() && protocol != "sqs" {
		return names.Invalid("Invalid protocol type: %s", protocol)
	}
	switch protocol {
	case "http", "https":
		return checkURL(protocol, endpoint)
	case "email", "email-json":
		if a, err := mail.ParseAddress(endpoint); err != nil || a.Address != endpoint {
			return names.Invalid("Email address")
		}
	case "sms":
		if !mobile.IsNumber(endpoint) {
			return names.Invalid("Invalid SMS endpoint: %s", endpoint)
		}
	case "sqs":
		a, err := arn.Parse(endpoint)
		if err != nil || a.Service != "sqs" {
			return names.Invalid("SQS endpoint ARN")
		}
		if strings.HasSuffix(a.Resource, fifoSuffix) && !t.fifo() {
			return names.Invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
	case "lambda":
		if a, err := arn.Parse(endpoint); err != nil || a.Service != "lambda" {
			return names.Invalid("Lambda endpoint ARN")
		}
	case "application":
		return mobile.CheckDevice(tx, endpoint)
	case "firehose":
		if a, err := arn.Parse(endpoint); err != nil || a.Service != "firehose" {
			return names.Invalid("Firehose endpoint ARN")
		}
	default:
		return names.Invalid("Amazon SNS does not support this protocol string: %s", protocol)
	}
	return nil
}

// checkURL tells why an address is none of an HTTP(S) protocol.
func checkURL(protocol, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != protocol {
		return names.Invalid("Endpoint must match the specified protocol")
	}
	if u.Host == "" {
		return names.Invalid("Endpoint")
	}
	return nil
}
