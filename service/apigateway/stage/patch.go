package stage

import (
	"maps"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
)

// places are those that an update of a stage may name, in AWS's own spelling.
const places = "/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, " +
	"/accessLogSettings/destinationArn, /accessLogSettings/format, " +
	"/{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
	"/{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, " +
	"/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, /{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, " +
	"/*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, " +
	"/*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, /*/*/caching/unauthorizedCacheControlHeaderStrategy, " +
	"/variables/{variable_name}, /tracingEnabled"

// Patch updates a stage.
func Patch(st *api.Stage, operations []api.PatchOperation) error {
	p := patcher{st}
	rules := append(p.rules(), p.canaryRules()...)
	for i, op := range operations {
		if err := rules.ApplyOr(p.setting, operations[i:i+1]); err != nil {
			return err
		}
		if c := st.CanarySettings; c != nil && op.Path != nil {
			completeCanary(st, c)
		}
	}
	Complete(st)
	return Check(st)
}

// patcher updates a stage.
type patcher struct{ st *api.Stage }

// rules are the places of a stage itself. Those of its settings by method are as
// many as its methods, and are what no rule takes.
func (p patcher) rules() patch.Rules {
	st := p.st
	deployment := patch.Text("/deploymentId", &st.DeploymentId).Fixed()
	deployment.Copy = func(_ []string, from string) error {
		if c := st.CanarySettings; c != nil && from == "/canarySettings/deploymentId" {
			st.DeploymentId = c.DeploymentId
			return nil
		}
		return errCopy(from)
	}
	variables := patch.Rule{Path: "/variables", Copy: func(_ []string, from string) error {
		if c := st.CanarySettings; c != nil && from == "/canarySettings/stageVariableOverrides" {
			if st.Variables == nil && len(c.StageVariableOverrides) > 0 {
				st.Variables = make(map[string]string)
			}
			maps.Copy(st.Variables, c.StageVariableOverrides)
			return nil
		}
		return errCopy(from)
	}}
	return patch.Rules{
		deployment, variables, patch.Map("/variables/{name}", &st.Variables),
		patch.Text("/description", &st.Description), patch.Text("/clientCertificateId", &st.ClientCertificateId),
		patch.Text("/documentationVersion", &st.DocumentationVersion), patch.Text("/cacheClusterSize", &st.CacheClusterSize).Fixed(),
		patch.Bool("/cacheClusterEnabled", func(b bool) { st.CacheClusterEnabled = &b }),
		patch.Bool("/tracingEnabled", func(b bool) { st.TracingEnabled = &b }),
		p.accessLog("/accessLogSettings/destinationArn", func(l *api.AccessLogSettings) **string { return &l.DestinationArn }),
		p.accessLog("/accessLogSettings/format", func(l *api.AccessLogSettings) **string { return &l.Format }),
		{Path: "/accessLogSettings", Remove: func([]string, *string) error { st.AccessLogSettings = nil; return nil }},
	}
}

// errCopy is the answer to a copy from elsewhere than the canary.
func errCopy(from string) error {
	return fault.BadRequest("Invalid copy operation with path: %s", from)
}

// accessLog is the rule for a member of the access log's settings.
func (p patcher) accessLog(path string, member func(*api.AccessLogSettings) **string) patch.Rule {
	return patch.Rule{
		Path: path,
		Replace: func(_ []string, v string) error {
			if p.st.AccessLogSettings == nil {
				p.st.AccessLogSettings = &api.AccessLogSettings{}
			}
			*member(p.st.AccessLogSettings) = &v
			return nil
		},
		Remove: func([]string, *string) error {
			if l := p.st.AccessLogSettings; l != nil {
				if *member(l) = nil; l.DestinationArn == nil && l.Format == nil {
					p.st.AccessLogSettings = nil
				}
			}
			return nil
		},
	}
}

// canaryRules are the places of a stage's canary, which is there as soon as one of
// them is replaced.
func (p patcher) canaryRules() patch.Rules {
	return patch.Rules{
		{Path: "/canarySettings", Remove: func([]string, *string) error { p.st.CanarySettings = nil; return nil }},
		patch.Replace("/canarySettings/deploymentId", func(v string) error { p.canary().DeploymentId = &v; return nil }),
		patch.Float("/canarySettings/percentTraffic", func(f float64) { p.canary().PercentTraffic = &f }),
		patch.Bool("/canarySettings/useStageCache", func(b bool) { p.canary().UseStageCache = &b }),
		{
			Path: "/canarySettings/stageVariableOverrides/{name}",
			Replace: func(at []string, v string) error {
				c := p.canary()
				if c.StageVariableOverrides == nil {
					c.StageVariableOverrides = make(map[string]string)
				}
				c.StageVariableOverrides[at[0]] = v
				return nil
			},
			Remove: func(at []string, _ *string) error {
				if c := p.st.CanarySettings; c != nil {
					if delete(c.StageVariableOverrides, at[0]); len(c.StageVariableOverrides) == 0 {
						c.StageVariableOverrides = nil
					}
				}
				return nil
			},
		},
	}
}

// canary is the stage's canary; a new one where it had none.
func (p patcher) canary() *api.CanarySettings {
	if p.st.CanarySettings == nil {
		p.st.CanarySettings = &api.CanarySettings{}
	}
	return p.st.CanarySettings
}

// setting does an operation about the settings of a method, or refuses it. It is
// a patch.Refuse.
func (p patcher) setting(op api.PatchOperation, _ []string) error {
	path := ""
	if op.Path != nil {
		path = *op.Path
	}
	switch *op.Op {
	case api.OpReplace:
		return p.replaceSetting(path, op.Value)
	case api.OpRemove:
		key := strings.TrimPrefix(path, "/")
		if _, ok := p.st.MethodSettings[key]; !ok {
			return fault.BadRequest("Cannot remove method setting %s because there is no method setting for this method ", key)
		}
		delete(p.st.MethodSettings, key)
		return nil
	}
	return fault.BadRequest("Invalid %s operation with path: %s", *op.Op, path)
}

// replaceSetting changes one setting of a method. path is the method's key, and
// the setting's two names.
func (p patcher) replaceSetting(path string, v *string) error {
	names := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(names) < 4 || v == nil {
		return fault.BadRequest("Invalid method setting path: %s. Must be one of: [%s]", path, places)
	}
	cut := len(names) - 2
	key, name := strings.Join(names[:cut], "/"), "/"+strings.Join(names[cut:], "/")
	setting, ok := p.st.MethodSettings[key]
	if !ok {
		setting = p.firstSetting(key)
	}
	refuse := func(api.PatchOperation, []string) error {
		return fault.BadRequest("Invalid method setting path: %s. Must be one of: [%s]", path, places)
	}
	op := api.PatchOperation{Op: new(api.OpReplace), Path: &name, Value: v}
	if err := settingRules(&setting).ApplyOr(refuse, []api.PatchOperation{op}); err != nil {
		return err
	}
	if p.st.MethodSettings == nil {
		p.st.MethodSettings = make(map[string]api.MethodSetting)
	}
	p.st.MethodSettings[key] = setting
	return nil
}

// firstSetting is what holds for a method before anything of it is set: what holds
// for all of them, but that only answers to GET are kept unless it is said.
func (p patcher) firstSetting(key string) api.MethodSetting {
	setting, ok := p.st.MethodSettings["*/*"]
	if !ok {
		return DefaultSetting()
	}
	if !strings.HasSuffix(key, "/GET") {
		setting.CachingEnabled = new(false)
	}
	return setting
}
