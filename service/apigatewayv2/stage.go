package apigatewayv2

import (
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxStages is how many stages an API has.
const maxStages = 10

// stageOutput is a stage as an output.
func stageOutput(st api.Stage) *api.GetStageOutput {
	return &api.GetStageOutput{
		AccessLogSettings: st.AccessLogSettings, ApiGatewayManaged: st.ApiGatewayManaged, AutoDeploy: st.AutoDeploy,
		ClientCertificateId: st.ClientCertificateId, CreatedDate: st.CreatedDate, DefaultRouteSettings: st.DefaultRouteSettings,
		DeploymentId: st.DeploymentId, Description: st.Description, LastDeploymentStatusMessage: st.LastDeploymentStatusMessage,
		LastUpdatedDate: st.LastUpdatedDate, RouteSettings: st.RouteSettings, StageName: &st.StageName,
		StageVariables: st.StageVariables, Tags: st.Tags,
	}
}

// checkStage holds a stage against the rules for HTTP APIs.
func checkStage(tx *kv.Tx, h service.Home, apiID string, st *api.Stage) error {
	if !validStageName(st.StageName) {
		return badRequest("Stage name only allows a-zA-Z0-9_- characters")
	}
	if len(wire.Value(st.Description)) > 1024 {
		return badRequest("Description must be at most 1024 characters in length.")
	}
	if st.ClientCertificateId != nil {
		return badRequest("ClientCertificateId is not supported for HTTP APIs")
	}
	if err := checkVariables(st.StageVariables); err != nil {
		return err
	}
	if err := checkAccessLog(st.AccessLogSettings); err != nil {
		return err
	}
	if err := checkRouteSettings(st.DefaultRouteSettings); err != nil {
		return err
	}
	if len(st.RouteSettings) > 0 {
		if err := checkSettingsOfRoutes(tx, h, apiID, st.RouteSettings); err != nil {
			return err
		}
	}
	return checkTags(st.Tags)
}

// checkSettingsOfRoutes checks the settings of single routes, which must be
// there.
func checkSettingsOfRoutes(tx *kv.Tx, h service.Home, apiID string, all map[string]api.RouteSettings) error {
	for key, rs := range all {
		if err := checkRouteSettings(&rs); err != nil {
			return err
		}
		k, err := plan.ParseRouteKey(key)
		known := false
		if err == nil {
			if _, known, err = routeIDs().Get(tx, h, apiID, k.Shape()); err != nil {
				return err
			}
		}
		if !known {
			return &api.NotFoundException{Message: "Unable to find Route by key " + key + " within the provided RouteSettings"}
		}
	}
	return nil
}

// checkRouteSettings checks throttling limits.
func checkRouteSettings(rs *api.RouteSettings) error {
	switch {
	case rs == nil:
		return nil
	case wire.Value(rs.DataTraceEnabled):
		return badRequest("DataTraceEnabled is not supported for HTTP APIs")
	case rs.LoggingLevel != nil:
		return badRequest("Execution logs are not supported on protocolType HTTP")
	case rs.ThrottlingBurstLimit != nil && *rs.ThrottlingBurstLimit < 0:
		return badRequest("Invalid ThrottlingBurstLimit: it must not be negative")
	case rs.ThrottlingRateLimit != nil && !(*rs.ThrottlingRateLimit >= 0):
		return badRequest("Invalid ThrottlingRateLimit: it must not be negative")
	}
	return nil
}

// checkAccessLog checks where access logs go and what their lines hold.
func checkAccessLog(a *api.AccessLogSettings) error {
	if a == nil {
		return nil
	}
	if dest := wire.Value(a.DestinationArn); dest != "" {
		parts := strings.SplitN(dest, ":", 7)
		if len(parts) < 7 || parts[0] != "arn" || parts[2] != "logs" || parts[5] != "log-group" || strings.TrimSuffix(parts[6], ":*") == "" {
			return badRequest("Invalid ARN specified in the request. ARN of a CloudWatch Logs log group is required")
		}
	}
	format := wire.Value(a.Format)
	if format != "" && !strings.Contains(format, "$context.requestId") && !strings.Contains(format, "$context.extendedRequestId") {
		return badRequest("Invalid format, access log format must contain at least $context.requestId")
	}
	if strings.ContainsAny(format, "\r\n") {
		return badRequest("Access Log format must be single line, new line character is allowed only at end of the format")
	}
	if len(format) > 3072 {
		return badRequest("Access log format is too long: at most 3072 characters")
	}
	return nil
}

// validStageName tells what a stage may be called.
func validStageName(name string) bool {
	if name == plan.DefaultStage {
		return true
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return name != "" && len(name) <= 128
}

// checkVariables checks stage variables.
func checkVariables(variables map[string]string) error {
	for name, v := range variables {
		for _, c := range []byte(name) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_') {
				return badRequest("Stage variable name may only contain alphanumeric and underscore characters: %s", name)
			}
		}
		if name == "" || len(name) > 64 || len(v) > 512 {
			return badRequest("Stage variable %s is too long: names have at most 64 characters, values 512", name)
		}
		for _, c := range []byte(v) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~:/?#&=,", c) >= 0) {
				return badRequest("Stage variable value may only contain alphanumeric characters and -._~:/?#&=,")
			}
		}
	}
	return nil
}
