package plan

import "strings"

// FunctionARN finds the function in an integration's or authorizer's URI: its
// ARN, bare or within arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<arn>/invocations,
// which may be response-streaming-invocations, too.
// Stage variables may stand in it as ${stageVariables.name}.
func FunctionARN(uri string) (string, bool) {
	if _, rest, ok := strings.Cut(uri, ":lambda:path/"); ok && strings.HasPrefix(uri, "arn:") {
		_, fn, found := strings.Cut(rest, "/functions/")
		fn, closed := strings.CutSuffix(fn, "/invocations")
		if !closed {
			fn, closed = strings.CutSuffix(fn, "/response-streaming-invocations")
		}
		return fn, found && closed && isFunction(fn)
	}
	return uri, isFunction(uri)
}

// isFunction tells a function's ARN.
func isFunction(s string) bool {
	parts := strings.SplitN(s, ":", 8)
	if len(parts) < 7 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" {
		return false
	}
	return parts[3] != "" && parts[4] != "" && parts[6] != ""
}

// Substitute replaces ${stageVariables.name} in s.
func Substitute(s string, variables map[string]string) string {
	if !strings.Contains(s, "${stageVariables.") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${stageVariables.")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${stageVariables." + rest)
			return b.String()
		}
		b.WriteString(variables[name])
		s = after
	}
}
