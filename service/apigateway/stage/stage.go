// Package stage holds the rules of a REST API's stages: what they may be given,
// and how they are changed.
package stage

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/arn"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/wire"
)

// What stages and their variables may be called, and what variables hold.
var (
	stageName     = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	variableName  = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)
	variableValue = regexp.MustCompile(`^[A-Za-z0-9 \-._~:/?#&=,@+*()!'%;$\[\]{}|]*$`)
)

// maxVariables is how many variables a stage has.
const maxVariables = 100

// Complete gives a stage what it has where nothing was said. Its cache cluster
// is there as soon as it is asked for.
func Complete(st *api.Stage) {
	st.TracingEnabled = new(wire.Value(st.TracingEnabled))
	st.CacheClusterEnabled = new(wire.Value(st.CacheClusterEnabled))
	st.CacheClusterStatus = new(api.CacheClusterStatusNotAvailable)
	if *st.CacheClusterEnabled {
		st.CacheClusterStatus = new(api.CacheClusterStatusAvailable)
		st.CacheClusterSize = new(wire.Or(st.CacheClusterSize, api.CacheClusterSize05))
	}
	if st.MethodSettings == nil {
		st.MethodSettings = map[string]api.MethodSetting{}
	}
	if c := st.CanarySettings; c != nil {
		completeCanary(st, c)
	}
}

// completeCanary gives a canary what it has where nothing was said.
func completeCanary(st *api.Stage, c *api.CanarySettings) {
	c.DeploymentId = new(wire.Or(c.DeploymentId, *st.DeploymentId))
	c.PercentTraffic = new(wire.Value(c.PercentTraffic))
	c.UseStageCache = new(wire.Value(c.UseStageCache))
}

// Check holds a stage against the rules.
func Check(st *api.Stage) error {
	if !stageName.MatchString(*st.StageName) {
		return fault.BadRequest("Stage name only allows a-zA-Z0-9_-")
	}
	if len(wire.Value(st.Description)) > 1024 {
		return fault.BadRequest("Description must be at most 1024 characters in length")
	}
	if err := checkVariables(st.Variables); err != nil {
		return err
	}
	if c := st.CanarySettings; c != nil {
		if *c.PercentTraffic < 0 || *c.PercentTraffic > 100 {
			return fault.BadRequest("Percent traffic must be between 0.0 and 100.0")
		}
		if err := checkVariables(c.StageVariableOverrides); err != nil {
			return err
		}
	}
	if size := wire.Value(st.CacheClusterSize); size != "" && !slices.Contains([]string{
		api.CacheClusterSize05, api.CacheClusterSize16, api.CacheClusterSize61, api.CacheClusterSize135,
		api.CacheClusterSize284, api.CacheClusterSize582, api.CacheClusterSize118, api.CacheClusterSize237,
	}, size) {
		return fault.BadRequest("Invalid cache cluster size specified. Valid options are 0.5,1.6,6.1,13.5,28.4,58.2,118,237")
	}
	return checkAccessLog(st.AccessLogSettings)
}

// checkVariables holds the variables of a stage against the rules.
func checkVariables(list map[string]string) error {
	if len(list) > maxVariables {
		return fault.BadRequest("Stage variables are limited to %d per stage", maxVariables)
	}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		switch {
		case !variableName.MatchString(name) || len(name) > 64:
			return fault.BadRequest("Stage variable name must consist of at most 64 alphanumeric characters and underscores: %s", name)
		case !variableValue.MatchString(list[name]) || len(list[name]) > 512:
			return fault.BadRequest("Stage variable value for %s contains characters that are not allowed, or more than 512", name)
		}
	}
	return nil
}

// checkAccessLog holds where a stage's access log goes, and its lines, against
// the rules.
func checkAccessLog(a *api.AccessLogSettings) error {
	if a == nil {
		return nil
	}
	to, format := wire.Value(a.DestinationArn), wire.Value(a.Format)
	name, err := arn.Parse(to)
	switch {
	case to != "" && (err != nil || name.Service != "logs" && name.Service != "firehose"):
		return fault.BadRequest("Invalid ARN specified in the request. Access log destination must be a CloudWatch Logs log group or a Firehose delivery stream")
	case strings.Contains(strings.TrimSpace(format), "\n"):
		return fault.BadRequest("Access Log format must be single line, new line character is not allowed in the format")
	case format != "" && !strings.Contains(format, "$context.requestId") && !strings.Contains(format, "$context.extendedRequestId"):
		return fault.BadRequest("AccessLogSettings format must contain $context.requestId or $context.extendedRequestId")
	}
	return nil
}
