package sam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// globalProperties are the properties that each section of Globals may have.
var globalProperties = map[string][]string{
	"Function": strings.Fields(`Handler Runtime CodeUri DeadLetterQueue Description MemorySize Timeout VpcConfig
		Environment Tags PropagateTags Tracing KmsKeyArn AutoPublishAlias AutoPublishAliasAllProperties Layers
		DeploymentPreference RolePath PermissionsBoundary ReservedConcurrentExecutions ProvisionedConcurrencyConfig
		AssumeRolePolicyDocument EventInvokeConfig FileSystemConfigs CodeSigningConfigArn Architectures SnapStart
		EphemeralStorage FunctionUrlConfig RuntimeManagementConfig LoggingConfig RecursiveLoop SourceKMSKeyArn`),
	"Api": strings.Fields(`Auth Name DefinitionUri CacheClusterEnabled CacheClusterSize MergeDefinitions Variables
		EndpointConfiguration MethodSettings BinaryMediaTypes MinimumCompressionSize Cors GatewayResponses
		AccessLogSetting CanarySetting TracingEnabled OpenApiVersion Domain AlwaysDeploy PropagateTags`),
	"HttpApi": strings.Fields(`Auth AccessLogSettings StageVariables Tags CorsConfiguration DefaultRouteSettings
		Domain RouteSettings FailOnWarnings PropagateTags`),
	"SimpleTable":  {"SSESpecification"},
	"StateMachine": {"PropagateTags"},
	"LayerVersion": {"PublishLambdaVersion"},
}

// readGlobals reads the Globals section: properties by kind of resource.
func readGlobals(v any) (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	if v == nil {
		return out, nil
	}
	sections, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("'Globals' section is invalid. It must be a non-empty dictionary")
	}
	for _, kind := range slices.Sorted(maps.Keys(sections)) {
		allowed, ok := globalProperties[kind]
		if !ok {
			return nil, fmt.Errorf("'Globals' section is invalid. '%s' is not supported. Must be one of the following values - [%s]",
				kind, strings.Join(slices.Sorted(maps.Keys(globalProperties)), ", "))
		}
		props, ok := sections[kind].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("'Globals' section is invalid. Value of '%s' must be a dictionary", kind)
		}
		for _, p := range slices.Sorted(maps.Keys(props)) {
			if !slices.Contains(allowed, p) {
				return nil, fmt.Errorf("'Globals' section is invalid. '%s' is not a supported property of '%s'. Must be one of the following values - [%s]",
					p, kind, strings.Join(allowed, ", "))
			}
		}
		out[kind] = props
	}
	return out, nil
}

// merge lays local over global: maps member by member, lists one after the
// other, anything else replaced. Expressions are not looked into.
func merge(global, local map[string]any) map[string]any {
	out, _ := cloneTree(global).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range local {
		out[k] = mergeValue(out[k], cloneTree(v))
	}
	return out
}

// mergeValue is merge of two values, of which global may be missing.
func mergeValue(global, local any) any {
	if isIntrinsic(global) || isIntrinsic(local) {
		return local
	}
	switch g := global.(type) {
	case map[string]any:
		if l, ok := local.(map[string]any); ok {
			return merge(g, l)
		}
	case []any:
		if l, ok := local.([]any); ok {
			return append(slices.Clone(g), l...)
		}
	}
	return local
}
