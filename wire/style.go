package wire

import (
	"strconv"
	"strings"
)

// style is how a service tells of invalid input. Most do it with the words of
// AWS's common framework; a few have their own, and check more by themselves.
type style struct {
	code        string
	queryCode   string
	constraints bool // hold lengths, ranges, patterns and enums, too
	words       func(style, []violation) *APIError
}

func (s style) fault(faults []violation) *APIError { return s.words(s, faults) }

// styleOf is the table of services whose validation differs from their
// protocol's.
func styleOf(svc *Service) style {
	switch svc.ID {
	case "sqs": // checks the rest in the service: each fault has a code of its own
		return style{code: "MissingParameter", words: missingParameter}
	case "s3":
		return style{code: "InvalidArgument", words: missingArgument}
	case "sns":
		return style{code: "InvalidParameter", constraints: true, words: invalidParameter}
	case "logs":
		return style{code: "InvalidParameterException", constraints: true, words: frameworkWords}
	case "apigateway", "apigatewayv2", "sesv2":
		return style{code: "BadRequestException", constraints: true, words: frameworkWords}
	case "ecr":
		return style{code: "InvalidParameterException", constraints: true, words: invalidAt}
	case "cloudwatch":
		return style{code: "ValidationError", constraints: true, words: frameworkWords}
	}
	if len(svc.Protocols) > 0 && (svc.Protocols[0] == Query || svc.Protocols[0] == EC2Query) {
		return style{code: "ValidationError", constraints: true, words: frameworkWords}
	}
	return style{code: "ValidationException", queryCode: "ValidationError", constraints: true, words: frameworkWords}
}

// frameworkWords joins all faults into the one sentence that most services
// answer.
func frameworkWords(s style, faults []violation) *APIError {
	var b strings.Builder
	b.WriteString(strconv.Itoa(len(faults)))
	if len(faults) == 1 {
		b.WriteString(" validation error detected: ")
	} else {
		b.WriteString(" validation errors detected: ")
	}
	b.WriteString(joinFaults(faults))
	return &APIError{Code: s.code, QueryCode: s.queryCode, Message: b.String()}
}

func joinFaults(faults []violation) string {
	var b strings.Builder
	for i, f := range faults {
		if i > 0 {
			b.WriteString("; ")
		}
		value := "'" + f.value + "'"
		if f.null {
			value = "null"
		}
		b.WriteString("Value " + value + " at '" + f.path + "' failed to satisfy constraint: " + f.constraint)
	}
	return b.String()
}

// missingParameter is SQS's: one parameter at a time.
func missingParameter(s style, faults []violation) *APIError {
	return &APIError{Code: s.code, Message: "The request must contain the parameter " + faults[0].field.Name + "."}
}

// missingArgument is S3's: a document without what it needs is malformed, and
// one that is not there at all has an error of its own.
func missingArgument(s style, faults []violation) *APIError {
	f := faults[0]
	switch {
	case strings.Contains(f.path, "."):
		return &APIError{Code: "MalformedXML", Message: "The XML you provided was not well-formed or did not validate against our published schema"}
	case f.field.Location == Body:
		return &APIError{Code: "MissingRequestBodyError", Message: "Request Body is empty"}
	}
	return &APIError{
		Code: s.code, Message: "Missing required argument " + f.field.Name + ".",
		Fields: map[string]string{"ArgumentName": f.field.Name, "ArgumentValue": "null"},
	}
}

// invalidParameter is SNS's: the framework's words under its own code.
func invalidParameter(s style, faults []violation) *APIError {
	return &APIError{Code: s.code, Message: "Invalid parameter: " + faults[0].field.Name + " Reason: " + joinFaults(faults[:1])}
}

// invalidAt is ECR's: one parameter at a time, and the framework's constraints
// in fewer words.
func invalidAt(s style, faults []violation) *APIError {
	constraint := strings.TrimPrefix(faults[0].constraint, "Member ")
	if pattern, ok := strings.CutPrefix(constraint, "must satisfy regular expression pattern: "); ok {
		constraint = "must satisfy regular expression '" + pattern + "'"
	}
	return &APIError{Code: s.code, Message: "Invalid parameter at '" + faults[0].path + "' failed to satisfy constraint: '" + constraint + "'"}
}
