package gateway

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"maru.dev/maru/gateway/invoke"
	"maru.dev/maru/wire"
)

// callService runs the operation of an AWS service that the integration names,
// with its parameters taken from the request, and answers what it returns.
func (g *Gateway) callService(x *exchange, i *integrationPlan) *reply {
	if answer := x.readBody(); answer != nil {
		return answer
	}
	arguments := make(map[string]string, len(i.args))
	for name, v := range i.args {
		if text := v.Eval(x.look); text != "" {
			arguments[name] = text
		}
	}
	region := arguments["Region"]
	if region == "" {
		region = x.api.Region
	}
	delete(arguments, "Region")
	in, err := json.Marshal(serviceInput(i.subtype.Operation, arguments))
	if err != nil {
		return x.fault("integration", err)
	}
	out, err := g.options.Caller.CallJSON(invoke.As(x.r.Context(), x.sourceARN(), "", x.api.Account, region), i.subtype.Service, i.subtype.Operation, in)
	answer := &reply{status: http.StatusOK, body: out}
	if err != nil {
		var known wire.Error
		if !errors.As(err, &known) {
			return x.fault("integration", err)
		}
		x.integrationError = known.Error()
		body, _ := json.Marshal(map[string]string{"__type": known.ErrorCode(), "message": known.ErrorMessage()})
		answer = &reply{status: known.HTTPStatus(), body: body}
	}
	x.integrationStatus = answer.status
	answer.header = http.Header{"Content-Type": {"application/json"}}
	x.applyAnswer(i, answer)
	return answer
}

// serviceInput is an operation's input in its model's member names. Parameters
// come as text; what is no text in the model is turned into what it is.
func serviceInput(operation string, arguments map[string]string) any {
	if operation == "PutEvents" {
		entry := make(map[string]any, len(arguments))
		for name, v := range arguments {
			switch name {
			case "Resources":
				entry[name] = listOf(v)
			default:
				entry[name] = v
			}
		}
		return map[string]any{"Entries": []any{entry}}
	}
	in := make(map[string]any, len(arguments))
	for name, v := range arguments {
		switch name {
		case "DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds":
			if n, err := strconv.Atoi(v); err == nil {
				in[name] = n
				continue
			}
			in[name] = v
		case "MessageAttributes", "MessageSystemAttributes":
			if json.Valid([]byte(v)) {
				in[name] = json.RawMessage(v)
			}
		case "AttributeNames", "MessageAttributeNames":
			in[name] = listOf(v)
		case "StateMachineArn", "ExecutionArn", "Input", "Name", "Cause", "Error", "TraceHeader":
			in[strings.ToLower(name[:1])+name[1:]] = v
		case "Data":
			in[name] = []byte(v)
		default:
			in[name] = v
		}
	}
	return in
}

// listOf reads a list: in JSON, or one value alone.
func listOf(v string) []string {
	var list []string
	if json.Unmarshal([]byte(v), &list) == nil {
		return list
	}
	return []string{v}
}
