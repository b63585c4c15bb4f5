package lambda

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// maxEnvironment is how large the environment's JSON may be.
const maxEnvironment = 4 * 1024

// reservedNames are variables that a function's configuration may not set.
var reservedNames = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
	"AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "TZ",
}

// changes are what a request says of a version's settings; nil fields are left
// as they are.
type changes struct {
	Runtime, Handler, Role, Description *string
	Timeout, Memory                     *int32
	Environment                         *api.Environment
	Layers                              []string
	DeadLetter                          *api.DeadLetterConfig
	Tracing                             *api.TracingConfig
	VPC                                 *api.VpcConfig
	KMSKey                              *string
	FileSystems                         []api.FileSystemConfig
	Ephemeral                           *api.EphemeralStorage
	SnapStart                           *api.SnapStart
	Logging                             *api.LoggingConfig
}

// newSettings are the settings of a function that says nothing.
func newSettings() settings {
	return settings{
		Timeout: 3, Memory: 128, Ephemeral: 512, Tracing: api.TracingModePassThrough,
		SnapStart: api.SnapStartApplyOnNone, LogFormat: api.LogFormatText,
		Architectures: []string{api.ArchitectureX8664},
	}
}

// apply changes v as c says, after checking it. Layers are looked up by
// useLayers, in the transaction.
func (s *Service) apply(v *version, c changes) error {
	set(&v.Description, c.Description)
	set(&v.Role, c.Role)
	set(&v.Handler, c.Handler)
	set(&v.KMSKey, c.KMSKey)
	if c.Runtime != nil {
		if err := s.supports(*c.Runtime); err != nil {
			return err
		}
		v.Runtime = *c.Runtime
	}
	if c.FileSystems != nil {
		v.FileSystems = c.FileSystems
	}
	if c.VPC != nil {
		v.VPC = c.VPC
		if len(c.VPC.SubnetIds)+len(c.VPC.SecurityGroupIds) == 0 {
			v.VPC = nil
		}
	}
	if c.SnapStart != nil {
		v.SnapStart = wire.Or(c.SnapStart.ApplyOn, api.SnapStartApplyOnNone)
	}
	if c.Tracing != nil {
		v.Tracing = wire.Or(c.Tracing.Mode, api.TracingModePassThrough)
	}
	for _, err := range []error{applySizes(v, c), applyEnvironment(v, c.Environment), applyDeadLetter(v, c.DeadLetter), applyLogging(v, c.Logging)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// set copies a value that is given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// supports says whether functions of a runtime can run here.
func (s *Service) supports(runtime string) error {
	if s.poolErr != nil {
		return &api.ServiceException{Type: new("Service"), Message: "Functions cannot run on this host: " + s.poolErr.Error()}
	}
	if err := s.pool.Supports(runtime); err != nil {
		return invalid("The runtime parameter of %s cannot be run on this host: %s", runtime, err.Error())
	}
	return nil
}

// applySizes sets memory, time and storage.
func applySizes(v *version, c changes) error {
	set(&v.Timeout, c.Timeout)
	set(&v.Memory, c.Memory)
	if c.Ephemeral != nil {
		v.Ephemeral = c.Ephemeral.Size
	}
	switch {
	case v.Memory < 128 || v.Memory > 10240:
		return invalid("1 validation error detected: Value '%d' at 'memorySize' failed to satisfy constraint: Member must have value between 128 and 10240", v.Memory)
	case v.Timeout < 1 || v.Timeout > 900:
		return invalid("1 validation error detected: Value '%d' at 'timeout' failed to satisfy constraint: Member must have value between 1 and 900", v.Timeout)
	case v.Ephemeral < 512 || v.Ephemeral > 10240:
		return invalid("1 validation error detected: Value '%d' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value between 512 and 10240", v.Ephemeral)
	}
	return nil
}

// applyEnvironment sets the user's variables.
func applyEnvironment(v *version, e *api.Environment) error {
	if e == nil {
		return nil
	}
	var bad []string
	for name := range e.Variables {
		if slices.Contains(reservedNames, name) {
			bad = append(bad, name)
		}
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(bad, ", "))
	}
	text, err := json.Marshal(e.Variables)
	if err != nil {
		return fmt.Errorf("measure environment: %w", err)
	}
	if len(text) > maxEnvironment {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: %s", text)
	}
	v.Environment, v.HasEnvironment = e.Variables, len(e.Variables) > 0
	return nil
}

// applyDeadLetter sets where failed asynchronous events go.
func applyDeadLetter(v *version, c *api.DeadLetterConfig) error {
	if c == nil {
		return nil
	}
	to := wire.Value(c.TargetArn)
	if to != "" {
		a, err := arn.Parse(to)
		if err != nil || a.Service != "sqs" && a.Service != "sns" {
			return invalid("The provided dead letter target ARN %s is not the ARN of an SQS queue or SNS topic.", to)
		}
	}
	v.DeadLetter = to
	return nil
}

// applyLogging sets form, levels and group of the log.
func applyLogging(v *version, c *api.LoggingConfig) error {
	if c == nil {
		return nil
	}
	set(&v.LogFormat, c.LogFormat)
	set(&v.LogGroup, c.LogGroup)
	if v.LogFormat == api.LogFormatText {
		if c.ApplicationLogLevel != nil || c.SystemLogLevel != nil {
			return invalid("To use ApplicationLogLevel or SystemLogLevel, LogFormat must be JSON.")
		}
		v.AppLogLevel, v.SystemLogLevel = "", ""
		return nil
	}
	v.AppLogLevel = wire.Or(c.ApplicationLogLevel, api.ApplicationLogLevelInfo)
	v.SystemLogLevel = wire.Or(c.SystemLogLevel, api.SystemLogLevelInfo)
	return nil
}

// useLayers sets the layers of a version to the versions that names, ARNs,
// stand for.
func useLayers(tx *kv.Tx, v *version, names []string) error {
	if len(names) > 5 {
		return invalid("Layers: Must be less than or equal to 5")
	}
	v.Layers = nil
	seen := make(map[string]bool)
	for _, name := range names {
		lv, err := loadLayerARN(tx, name)
		if err != nil {
			return err
		}
		if seen[lv.Name] {
			return invalid("Two different versions of the same layer are not allowed to be referenced in the same function. %s", name)
		}
		seen[lv.Name] = true
		v.Layers = append(v.Layers, layerUse{ARN: name, Code: lv.Code})
	}
	return nil
}

// loadLayerARN reads the layer version of an ARN, of whichever account.
func loadLayerARN(tx *kv.Tx, name string) (*layerVersion, error) {
	h, layerName, n, ok := parseLayerARN(name)
	if !ok || n == 0 {
		return nil, invalid("Layer version %s is not the ARN of a layer version.", name)
	}
	lv, found, err := kv.Get[layerVersion](tx, h.layerVersionKey(layerName, n))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load layer: %w", err)
	case !found:
		return nil, invalid("Layer version %s does not exist.", name)
	}
	return &lv, nil
}

// parseLayerARN reads the ARN of a layer or of a layer's version (n is 0 for
// the first).
func parseLayerARN(name string) (h home, layerName string, n uint64, ok bool) {
	a, err := arn.Parse(name)
	if err != nil || a.Service != "lambda" {
		return home{}, "", 0, false
	}
	kind, rest := a.Split()
	layerName, numberText, versioned := strings.Cut(rest, ":")
	if kind != "layer" || layerName == "" {
		return home{}, "", 0, false
	}
	if versioned {
		if n, ok = number(numberText); !ok {
			return home{}, "", 0, false
		}
	}
	return home{a.Account, a.Region}, layerName, n, true
}
