package resource

import (
	"context"
	"maps"
	"slices"
	"strings"

	"maru.dev/maru/pattern/pointer"
)

// restKey is AWS::ApiGateway::ApiKey.
func restKey() *Type {
	return restType("AWS::ApiGateway::ApiKey", restPart{
		noun: "ApiKey", attribute: "APIKeyId", key: "apiKey", tags: "/apikeys/",
		properties: "CustomerId Description Enabled GenerateDistinctId! Name! StageKeys Tags Value!",
		sent:       []string{"CustomerId", "Description", "Enabled", "GenerateDistinctId", "StageKeys", "Value"},
		input:      func(r *Request, in obj) { in["name"] = r.name("Name", naming{max: 255}) },
		same: func(r *Request, f obj) bool {
			return text(f["name"]) == r.name("Name", naming{max: 255}) && createdSince(text(f["createdDate"]), r)
		},
		change: func(_ *Request, p *patches) {
			p.scalars("CustomerId", "Description")
			p.scalar("Enabled", "/enabled", "false")
			p.within(obj{"stages": stageKeys(p.before)}, obj{"stages": stageKeys(p.after)}, func(s *patches) { s.values("stages", "/stages") })
		},
	})
}

// stageKeys are the stages of a key as operations name them: api/stage.
func stageKeys(props obj) (out []any) {
	for _, v := range list(props["StageKeys"]) {
		out = append(out, text(at(v, "RestApiId"))+"/"+text(at(v, "StageName")))
	}
	return out
}

// restPlan is AWS::ApiGateway::UsagePlan.
func restPlan() *Type {
	return restType("AWS::ApiGateway::UsagePlan", restPart{
		noun: "UsagePlan", attribute: "Id", key: "usagePlanId", tags: "/usageplans/",
		properties: "ApiStages Description Quota Tags Throttle UsagePlanName", sent: []string{"ApiStages", "Description", "Quota", "Throttle"},
		input: func(r *Request, in obj) { in["name"] = r.name("UsagePlanName", naming{max: 255}) },
		same: func(r *Request, f obj) bool {
			return text(f["name"]) == r.name("UsagePlanName", naming{max: 255}) && text(f["description"]) == r.str("Description")
		},
		change: changePlan,
		free: func(ctx context.Context, r *Request) error { // a plan with stages is in use
			p := &patches{before: r.Props, after: obj{}}
			p.planStages()
			return p.send(ctx, r, "UpdateUsagePlan", obj{"usagePlanId": r.ID})
		},
	})
}

// changePlan brings a plan up to date.
func changePlan(r *Request, p *patches) {
	p.scalars("Description")
	if r.Props["UsagePlanName"] != nil {
		p.scalar("UsagePlanName", "/name", "")
	}
	p.planStages()
	p.object("Throttle", "/throttle", func(t *patches) { t.throttle("/throttle") })
	p.object("Quota", "/quota", func(q *patches) {
		q.scalar("Limit", "/quota/limit", "0")
		q.scalar("Offset", "/quota/offset", "0")
		q.scalar("Period", "/quota/period", "DAY")
	})
}

// throttle brings limits up to date.
func (p *patches) throttle(path string) {
	p.scalar("BurstLimit", path+"/burstLimit", "0")
	p.scalar("RateLimit", path+"/rateLimit", "0")
}

// planStages brings a plan's stages up to date, with the limits of their
// methods.
func (p *patches) planStages() {
	before, after := planStages(p.before), planStages(p.after)
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[id]; !ok {
			p.add("remove", "/apiStages", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(after)) {
		was, ok := before[id]
		if !ok {
			p.add("add", "/apiStages", id)
		}
		was, is := object(was["Throttle"]), object(after[id]["Throttle"])
		for _, method := range slices.Sorted(maps.Keys(was)) {
			if is[method] == nil {
				p.add("remove", throttlePlace(id, method), nil)
			}
		}
		for _, method := range slices.Sorted(maps.Keys(is)) {
			p.within(object(was[method]), object(is[method]), func(t *patches) { t.throttle(throttlePlace(id, method)) })
		}
	}
}

// throttlePlace is where the limits of a plan for a stage's method are: of
// /pets/GET, say.
func throttlePlace(stage, method string) string {
	i := strings.LastIndex(method, "/")
	if i < 0 {
		return "/apiStages/" + stage + "/throttle/" + pointer.Escape(method)
	}
	path := method[:i]
	if path == "" {
		path = "/"
	}
	return "/apiStages/" + stage + "/throttle/" + pointer.Escape(path) + "/" + method[i+1:]
}

// planStages are a plan's stages as operations name them: api:stage.
func planStages(props obj) map[string]obj {
	out := map[string]obj{}
	for _, v := range list(props["ApiStages"]) {
		out[text(at(v, "ApiId"))+":"+text(at(v, "Stage"))] = object(v)
	}
	return out
}

// restPlanKey is AWS::ApiGateway::UsagePlanKey: an API key in a plan.
func restPlanKey() *Type {
	return &Type{
		Name: "AWS::ApiGateway::UsagePlanKey", Properties: "KeyId!* KeyType!* UsagePlanId!*", Attributes: "Id",
		Create: func(ctx context.Context, r *Request) (Result, error) {
			_, err := r.do(ctx, "apigateway", "CreateUsagePlanKey", pick(r.Props, "KeyId", "KeyType", "UsagePlanId"))
			id := r.str("KeyId") + ":" + r.str("UsagePlanId")
			return Result{ID: id, Attributes: obj{"Id": id}}, r.adopt(err)
		},
		Delete: func(ctx context.Context, r *Request) error {
			_, err := r.do(ctx, "apigateway", "DeleteUsagePlanKey", pick(r.Props, "KeyId", "UsagePlanId"))
			return forget(err)
		},
	}
}

// restCertificate is AWS::ApiGateway::ClientCertificate.
func restCertificate() *Type {
	return restType("AWS::ApiGateway::ClientCertificate", restPart{
		noun: "ClientCertificate", create: "GenerateClientCertificate", attribute: "ClientCertificateId", key: "clientCertificateId",
		id: "clientCertificateId", tags: "/clientcertificates/", properties: "Description Tags", sent: []string{"Description"},
		same: func(r *Request, f obj) bool {
			return text(f["description"]) == r.str("Description") && createdSince(text(f["createdDate"]), r)
		},
		change: func(_ *Request, p *patches) { p.scalars("Description") },
	})
}

// restLink is AWS::ApiGateway::VpcLink.
func restLink() *Type {
	t := restType("AWS::ApiGateway::VpcLink", restPart{
		noun: "VpcLink", attribute: "VpcLinkId", key: "vpcLinkId", tags: "/vpclinks/",
		properties: "Description Name* Tags TargetArns!*", sent: []string{"Description", "Name", "TargetArns"},
		same:   func(r *Request, f obj) bool { return sameName(r, f) && Equal(f["targetArns"], r.Props["TargetArns"]) },
		change: func(_ *Request, p *patches) { p.scalars("Description", "Name") },
	})
	t.Ready = func(ctx context.Context, r *Request) (Result, bool, error) {
		out, err := r.do(ctx, "apigateway", "GetVpcLink", obj{"vpcLinkId": r.ID})
		return Result{ID: r.ID, Attributes: obj{"VpcLinkId": r.ID}}, text(out["status"]) == "AVAILABLE", err
	}
	t.Gone = func(ctx context.Context, r *Request) (bool, error) {
		_, err := r.do(ctx, "apigateway", "GetVpcLink", obj{"vpcLinkId": r.ID})
		return gone(err), forget(err)
	}
	return t
}

// restAccount is AWS::ApiGateway::Account: the role in which API Gateway writes
// logs, which stays when the resource goes.
func restAccount() *Type {
	put := func(ctx context.Context, r *Request) (Result, error) {
		p := r.patches()
		p.scalar("CloudWatchRoleArn", "/cloudwatchRoleArn", "")
		err := p.send(ctx, r, "UpdateAccount", nil)
		id := r.ID
		if id == "" {
			id = r.madeName(naming{max: 64})
		}
		return Result{ID: id, Attributes: obj{"Id": id}}, err
	}
	return &Type{
		Name: "AWS::ApiGateway::Account", Properties: "CloudWatchRoleArn", Attributes: "Id", Create: put, Update: put,
		Delete: func(context.Context, *Request) error { return nil },
	}
}
