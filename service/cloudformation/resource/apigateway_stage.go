package resource

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// restDeployment is AWS::ApiGateway::Deployment. One with a StageName makes the
// stage or moves it, and takes it along when it goes or names another.
func restDeployment() *Type {
	return &Type{
		Name:       "AWS::ApiGateway::Deployment",
		Properties: "DeploymentCanarySettings! Description RestApiId!* StageDescription StageName",
		Attributes: "DeploymentId",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			id, err := r.createRESTDeployment(ctx)
			if err != nil {
				return Result{}, err
			}
			return deploymentResult(id), r.describeStage(ctx, id, nil)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			p := r.patches()
			p.removable("Description")
			if err := p.send(ctx, r, "UpdateDeployment", obj{"restApiId": r.Props["RestApiId"], "deploymentId": r.ID}); err != nil {
				return Result{}, err
			}
			if !r.changed("StageName", "StageDescription") {
				return deploymentResult(r.ID), nil
			}
			before := object(r.Old["StageDescription"])
			if r.changed("StageName") {
				before = nil
				if err := r.with(r.Old).dropOwnStage(ctx); err != nil {
					return Result{}, err
				}
			}
			return deploymentResult(r.ID), r.describeStage(ctx, r.ID, before)
		},
		Delete: deleteRESTDeployment,
	}
}

// deploymentResult is what a template sees of a deployment.
func deploymentResult(id string) Result {
	return Result{ID: id, Attributes: obj{"DeploymentId": id}}
}

// createRESTDeployment makes the deployment, with its stage, and returns its id.
func (r *Request) createRESTDeployment(ctx context.Context) (string, error) {
	if r.Repeat {
		found, err := r.findREST(ctx, "GetDeployments", pick(r.Props, "RestApiId"), func(d obj) bool {
			return text(d["description"]) == r.str("Description") && !r.Claimed(text(d["id"])) && createdSince(text(d["createdDate"]), r)
		})
		if err != nil || found != nil {
			return text(found["id"]), err
		}
	}
	in := pick(r.Props, "RestApiId", "Description")
	in["canarySettings"] = r.Props["DeploymentCanarySettings"]
	if in["canarySettings"] != nil { // only a stage that is there has a canary
		in["stageName"] = r.Props["StageName"]
	}
	out, err := r.do(ctx, "apigateway", "CreateDeployment", in)
	return text(out["id"]), err
}

// describeStage brings the deployment's stage, if it names one, to what
// StageDescription says, of which it has before already.
func (r *Request) describeStage(ctx context.Context, deployment string, before obj) error {
	if r.str("StageName") == "" || r.Props["DeploymentCanarySettings"] != nil {
		return nil
	}
	props := pickAll(object(r.Props["StageDescription"]))
	props["RestApiId"], props["StageName"], props["DeploymentId"] = r.Props["RestApiId"], r.Props["StageName"], deployment
	props["MethodSettings"] = withOverall(props)
	st := r.with(props)
	st.Tags = nil // a stage that is no resource of the stack has its own tags alone
	if before != nil {
		before = pickAll(before)
		before["DeploymentId"], before["MethodSettings"] = deployment, withOverall(before)
		st.Old = before
		return st.patchStage(ctx)
	}
	st.Old = nil
	return st.createStage(ctx, true)
}

// withOverall are a StageDescription's settings of methods, with those that it
// has for all of them.
func withOverall(description obj) []any {
	settings := slices.Clone(list(description["MethodSettings"]))
	if all := pick(description, slices.Sorted(maps.Keys(settingPlaces))...); len(all) > 0 {
		all["ResourcePath"], all["HttpMethod"] = "/*", "*"
		settings = append([]any{all}, settings...)
	}
	return settings
}

// deleteRESTDeployment removes the deployment, and the stage that it made.
func deleteRESTDeployment(ctx context.Context, r *Request) error {
	if err := r.dropOwnStage(ctx); err != nil {
		return err
	}
	_, err := r.do(ctx, "apigateway", "DeleteDeployment", obj{"restApiId": r.Props["RestApiId"], "deploymentId": r.ID})
	return forget(err)
}

// dropOwnStage removes the stage that the deployment names, if that still serves
// it.
func (r *Request) dropOwnStage(ctx context.Context) error {
	if r.Props["StageName"] == nil {
		return nil
	}
	stage := pick(r.Props, "RestApiId", "StageName")
	st, err := r.do(ctx, "apigateway", "GetStage", stage)
	if err == nil && text(st["deploymentId"]) == r.ID {
		_, err = r.do(ctx, "apigateway", "DeleteStage", stage)
	}
	return forget(err)
}

// restStage is AWS::ApiGateway::Stage. Its id is its name.
func restStage() *Type {
	return &Type{
		Name: "AWS::ApiGateway::Stage",
		Properties: `AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId DeploymentId Description
			DocumentationVersion MethodSettings RestApiId!* StageName! Tags TracingEnabled Variables`,
		Create: func(ctx context.Context, r *Request) (Result, error) {
			if r.Props["StageName"] == nil {
				r.Props = pickAll(r.Props)
				r.Props["StageName"] = "default"
			}
			return Result{ID: r.str("StageName")}, r.createStage(ctx, r.Repeat)
		},
		Update: func(ctx context.Context, r *Request) (Result, error) {
			r.Props = pickAll(r.Props)
			r.Props["StageName"] = r.ID
			return Result{ID: r.ID}, r.patchStage(ctx)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteStage", obj{"restApiId": r.Props["RestApiId"], "stageName": r.ID})
			return forget(err)
		},
	}
}

// createStage makes the stage that the properties describe. One that is there
// already is brought to them, where that may be.
func (r *Request) createStage(ctx context.Context, adopt bool) error {
	in := pick(r.Props, "RestApiId", "StageName", "DeploymentId", "Description", "CacheClusterEnabled", "CacheClusterSize", "Variables",
		"DocumentationVersion", "TracingEnabled")
	in["canarySettings"] = r.Props["CanarySetting"]
	in["tags"] = tagObject(r.allTags())
	_, err := r.do(ctx, "apigateway", "CreateStage", in)
	st := *r
	switch {
	case err == nil:
		st.Old = pickAll(r.Props) // but for what the call does not take
		delete(st.Old, "MethodSettings")
		delete(st.Old, "AccessLogSetting")
		delete(st.Old, "ClientCertificateId")
		st.OldTags = r.Tags
	case adopt && exists(err):
		st.Old, st.OldTags = nil, nil
	default:
		return err
	}
	return st.patchStage(ctx)
}

// patchStage brings a stage from what it was to what the properties say.
func (r *Request) patchStage(ctx context.Context) error {
	p := r.patches()
	p.scalars("DeploymentId", "CacheClusterSize")
	p.removable("Description", "ClientCertificateId", "DocumentationVersion")
	p.scalar("CacheClusterEnabled", "/cacheClusterEnabled", "false")
	p.scalar("TracingEnabled", "/tracingEnabled", "false")
	p.entries("Variables", "/variables")
	p.object("AccessLogSetting", "/accessLogSettings", func(l *patches) {
		l.scalar("DestinationArn", "/accessLogSettings/destinationArn", "")
		l.scalar("Format", "/accessLogSettings/format", "")
	})
	p.object("CanarySetting", "/canarySettings", func(c *patches) {
		c.scalar("DeploymentId", "/canarySettings/deploymentId", "")
		c.scalar("PercentTraffic", "/canarySettings/percentTraffic", "0.0")
		c.scalar("UseStageCache", "/canarySettings/useStageCache", "false")
		c.entries("StageVariableOverrides", "/canarySettings/stageVariableOverrides")
	})
	p.methodSettings()
	if err := p.send(ctx, r, "UpdateStage", pick(r.Props, "RestApiId", "StageName")); err != nil {
		return err
	}
	set, remove := r.tagChanges()
	return r.tagGateway(ctx, "apigateway", "/restapis/"+r.str("RestApiId")+"/stages/"+r.str("StageName"), set, remove)
}

// settingPlaces are where each setting of a method is, below the method.
var settingPlaces = map[string]string{
	"CacheDataEncrypted": "caching/dataEncrypted", "CacheTtlInSeconds": "caching/ttlInSeconds", "CachingEnabled": "caching/enabled",
	"DataTraceEnabled": "logging/dataTrace", "LoggingLevel": "logging/loglevel", "MetricsEnabled": "metrics/enabled",
	"ThrottlingBurstLimit": "throttling/burstLimit", "ThrottlingRateLimit": "throttling/rateLimit",
}

// methodSettings brings the settings of methods up to date. Those of a method
// that has none any more are removed, and so are those of which one is gone, to
// be set again without it.
func (p *patches) methodSettings() {
	before, after := settingsByMethod(p.before["MethodSettings"]), settingsByMethod(p.after["MethodSettings"])
	for _, method := range slices.Sorted(maps.Keys(before)) {
		for name := range settingPlaces {
			if before[method][name] != nil && after[method][name] == nil {
				p.add("remove", method, nil)
				delete(before, method)
				break
			}
		}
	}
	for _, method := range slices.Sorted(maps.Keys(after)) {
		p.within(before[method], after[method], func(s *patches) {
			for _, name := range slices.Sorted(maps.Keys(settingPlaces)) {
				if s.after[name] != nil {
					s.scalar(name, method+"/"+settingPlaces[name], "")
				}
			}
		})
	}
}

// settingsByMethod are settings by the place of their method: /~1pets/GET, or
// /*/* for all.
func settingsByMethod(v any) map[string]obj {
	out := map[string]obj{}
	for _, e := range list(v) {
		s := object(e)
		path, verb := strings.TrimPrefix(text(s["ResourcePath"]), "/"), text(s["HttpMethod"])
		switch {
		case path == "": // the root is only a slash, which begins each other path
			path = "~1"
		case path != "*" && !strings.HasPrefix(path, "~1"):
			path = "~1" + strings.ReplaceAll(path, "/", "~1")
		}
		if verb == "" {
			verb = "*"
		}
		out["/"+path+"/"+verb] = s
	}
	return out
}
