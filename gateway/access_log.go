package gateway

import (
	"strconv"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/accesslog"
	"maru.dev/maru/wire"
)

// compileLog makes a stage's access log ready; nil for none.
func compileLog(s *api.AccessLogSettings) *accesslog.Format {
	if s == nil {
		return nil
	}
	return accesslog.Compile(wire.Value(s.DestinationArn), wire.Value(s.Format))
}

// record leaves the line of an exchange that has been answered.
func (x *exchange) record(answer *reply) {
	if x.stage == nil || x.stage.log == nil {
		return
	}
	text := x.stage.log.Line(func(name string) string { return x.logValue(name, answer) })
	to := accesslog.Stream{Group: x.stage.log.Group, Name: x.api.ID + "/" + strings.TrimPrefix(x.stage.StageName, "$")}
	x.g.logs.Add(to, x.g.options.Clock.Now(), text)
}

// logValue is a variable that only access logs know, or any other.
func (x *exchange) logValue(name string, answer *reply) string {
	switch name {
	case "status":
		return strconv.Itoa(answer.status)
	case "responseLength":
		return strconv.FormatInt(x.sent, 10)
	case "responseLatency":
		return strconv.FormatInt(x.g.options.Clock.Now().Sub(x.began).Milliseconds(), 10)
	case "integrationLatency", "integration.latency":
		return strconv.FormatInt(x.integrationLatency.Milliseconds(), 10)
	case "integrationStatus", "integration.integrationStatus", "integration.status":
		if x.integrationStatus == 0 {
			return ""
		}
		return strconv.Itoa(x.integrationStatus)
	case "integrationErrorMessage", "integration.error":
		return x.integrationError
	case "error.message":
		return answer.said
	case "error.messageString":
		if answer.said == "" {
			return ""
		}
		return strconv.Quote(answer.said)
	case "error.responseType":
		return answer.kind()
	}
	return x.contextValue(name)
}
