package sns

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// e164 is a telephone number as text messages are sent to.
var e164 = regexp.MustCompile(`^\+?[1-9][0-9]{1,14}$`)

// checkEndpoint tells why a protocol's endpoint cannot be subscribed to a topic.
func checkEndpoint(tx *kv.Tx, t *topic, protocol, endpoint string) error {
	if t.fifo() && protocol != "sqs" {
		return invalid("Invalid protocol type: %s", protocol)
	}
	switch protocol {
	case "http", "https":
		return checkURL(protocol, endpoint)
	case "email", "email-json":
		if a, err := mail.ParseAddress(endpoint); err != nil || a.Address != endpoint {
			return invalid("Email address")
		}
	case "sms":
		if !e164.MatchString(endpoint) {
			return invalid("Invalid SMS endpoint: %s", endpoint)
		}
	case "sqs":
		a, err := arn.Parse(endpoint)
		if err != nil || a.Service != "sqs" {
			return invalid("SQS endpoint ARN")
		}
		if strings.HasSuffix(a.Resource, fifoSuffix) && !t.fifo() {
			return invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
	case "lambda":
		if a, err := arn.Parse(endpoint); err != nil || a.Service != "lambda" {
			return invalid("Lambda endpoint ARN")
		}
	case "application":
		return checkDevice(tx, endpoint)
	case "firehose":
		if a, err := arn.Parse(endpoint); err != nil || a.Service != "firehose" {
			return invalid("Firehose endpoint ARN")
		}
	default:
		return invalid("Amazon SNS does not support this protocol string: %s", protocol)
	}
	return nil
}

// checkURL tells why an address is none of an HTTP(S) protocol.
func checkURL(protocol, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != protocol {
		return invalid("Endpoint must match the specified protocol")
	}
	if u.Host == "" {
		return invalid("Endpoint")
	}
	return nil
}

// checkDevice tells why an ARN names no platform endpoint.
func checkDevice(tx *kv.Tx, endpoint string) error {
	ref, err := parseDevice(endpoint, "ApplicationEndpoint ARN")
	if err != nil {
		return err
	}
	_, ok, err := kv.Get[device](tx, ref.rowKey())
	if err != nil {
		return err
	}
	if !ok {
		return invalid("Endpoint Reason: Endpoint does not exist for endpoint arn%s", endpoint)
	}
	return nil
}
