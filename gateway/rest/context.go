package rest

import (
	"strconv"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// context is $context, as templates, parameters and access logs see it.
func (x *exchange) context() map[string]any {
	c := map[string]any{
		"requestId": x.id, "extendedRequestId": x.extended, "httpMethod": x.r.Method, "protocol": x.r.Proto, "path": x.fullPath(),
		"requestTime": x.began.UTC().Format(event.TimeForm), "requestTimeEpoch": x.began.UnixMilli(),
		"identity": x.identity(), "xrayTraceId": x.traceID(),
		"accountId": x.api.Account, "apiId": x.api.ID, "domainName": x.at.DomainName(x.r, x.api.Region), "domainPrefix": x.at.DomainPrefix(x.r, x.api.Region),
	}
	if x.at.BasePath != "" {
		c["customDomain"] = map[string]any{"basePathMatched": x.at.BasePath}
	}
	if x.stage != nil {
		c["stage"], c["deploymentId"], c["isCanaryRequest"] = *x.stage.StageName, x.deployment.ID, strconv.FormatBool(x.canary)
	}
	if x.method != nil {
		c["resourceId"], c["resourcePath"] = x.method.resource.ID, x.method.resource.Path
		if name := wire.Value(x.method.OperationName); name != "" {
			c["operationName"] = name
		}
	}
	if a := x.caller.authorizer(); a != nil {
		c["authorizer"] = a
	}
	return c
}

// identity is $context.identity.
func (x *exchange) identity() map[string]any {
	i := map[string]any{"sourceIp": x.info.SourceIP, "userAgent": x.r.UserAgent()}
	if x.caller.keyID != "" {
		i["apiKey"], i["apiKeyId"] = x.caller.keyValue, x.caller.keyID
	}
	if who := x.caller.iam; who != nil {
		i["accessKey"], i["accountId"], i["caller"], i["user"], i["userArn"] = who.AccessKey, who.AccountID, who.CallerID, who.UserID, who.UserARN
	}
	return i
}

// traceID is the trace that the request belongs to: the header's Root.
func (x *exchange) traceID() string {
	t, _ := telemetry.ParseTrace(x.info.TraceID)
	return t.Root
}
