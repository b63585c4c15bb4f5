package compute

import (
	"slices"
	"strconv"
	"strings"
)

// markerName is the variable by which a process that outlived maru is known.
const markerName = "MARU_ENVIRONMENT"

// environ makes the whole environment of a function's process: nothing of
// maru's own environment is in it. The user's variables come first, so that
// reserved names win.
//
// Spec: Lambda Developer Guide, Defined runtime environment variables.
func (e *environment) environ(p Prepared, at layout, cmd runtimeCommand) []string {
	f := e.fn
	env := map[string]string{
		"LANG":            "en_US.UTF-8",
		"TZ":              ":UTC",
		"PATH":            searchPath(at, cmd),
		"LD_LIBRARY_PATH": at.taskRoot + ":" + at.taskRoot + "/lib:" + at.opt + "/lib",
		"HOME":            at.tmp,
		"TMPDIR":          at.tmp,
	}
	for k, v := range f.Environment {
		env[k] = v
	}
	reserved := map[string]string{
		"_HANDLER":                        f.Handler,
		"AWS_REGION":                      f.Region,
		"AWS_DEFAULT_REGION":              f.Region,
		"AWS_ACCESS_KEY_ID":               p.Credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":           p.Credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN":               p.Credentials.SessionToken,
		"AWS_EXECUTION_ENV":               "AWS_Lambda_" + f.Runtime,
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     f.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_LOG_GROUP_NAME":       f.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      e.stream.Name,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  initializationType(f),
		"AWS_LAMBDA_RUNTIME_API":          e.address(),
		"AWS_LAMBDA_LOG_FORMAT":           "Text",
		"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":         f.XRayDaemon,
		"LAMBDA_TASK_ROOT":                at.taskRoot,
		"LAMBDA_RUNTIME_DIR":              at.runtimeDir,
		markerName:                        e.dir,
	}
	if f.JSONLogs {
		reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
		reserved["AWS_LAMBDA_LOG_LEVEL"] = f.AppLogLevel
	}
	if _, own := env["AWS_ENDPOINT_URL"]; !own && f.Endpoint != "" {
		env["AWS_ENDPOINT_URL"] = f.Endpoint
	}
	cmd.family.variables(env, at)
	for k, v := range reserved {
		if v != "" {
			env[k] = v
		}
	}
	out := make([]string, 0, len(env))
	for k, v := range env {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return out
}

// searchPath is PATH as AWS sets it, with where the interpreter is.
func searchPath(at layout, cmd runtimeCommand) string {
	parts := []string{"/usr/local/bin", "/usr/bin", "/bin", at.opt + "/bin"}
	if cmd.dir != "" {
		parts = append([]string{cmd.dir}, parts...)
	}
	return strings.Join(parts, ":")
}

// initializationType tells a function why its environment was started.
func initializationType(f *Function) string {
	if f.Provisioned {
		return "provisioned-concurrency"
	}
	return "on-demand"
}
