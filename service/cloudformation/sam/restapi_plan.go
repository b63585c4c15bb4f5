package sam

import (
	"maps"
	"slices"
)

// sharedPlan is the usage plan that APIs of a template have in common.
type sharedPlan struct {
	apis       []any // ids, which it waits for
	stages     []any // of the plan
	keyStages  []any // of its key
	conditions []string
}

// planProperties are the members of UsagePlan that pass to the usage plan.
var planProperties = []string{"Description", "Quota", "Tags", "Throttle", "UsagePlanName"}

// usagePlan gives the API a plan with a key, of its own or shared.
func (a *restAPI) usagePlan(t *transform) {
	v := a.auth["UsagePlan"]
	if v == nil {
		return
	}
	plan := asMap(v)
	if plan == nil {
		t.fail(a.id, "'UsagePlan' must be a dictionary")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(plan)) {
		if name != "CreateUsagePlan" && !slices.Contains(planProperties, name) {
			t.fail(a.id, "Invalid property for 'UsagePlan'")
			return
		}
	}
	props := pick(plan, planProperties...)
	a.propagate(props)
	stage := map[string]any{"ApiId": ref(a.id), "Stage": ref(a.stage)}
	keyStage := map[string]any{"RestApiId": ref(a.id), "StageName": ref(a.stage)}
	switch plan["CreateUsagePlan"] {
	case nil:
		t.fail(a.id, "'CreateUsagePlan' is a required field for UsagePlan.")
	case "NONE":
	case "PER_API":
		props["ApiStages"] = []any{stage}
		a.emitPlan(t, a.source, a.id, []any{a.id}, props, []any{keyStage})
	case "SHARED":
		s := &t.shared
		s.apis, s.stages, s.keyStages = append(s.apis, a.id), append(s.stages, stage), append(s.keyStages, keyStage)
		condition, _ := a.res["Condition"].(string)
		s.conditions = append(s.conditions, condition)
		r := &source{id: "Serverless", res: map[string]any{}}
		if c := t.either("SharedUsagePlanCondition", slices.Clone(s.conditions)); c != "" {
			r.res["Condition"] = c
		} else {
			delete(t.conditions, "SharedUsagePlanCondition")
		}
		props["ApiStages"] = slices.Clone(s.stages)
		a.emitPlan(t, r, r.id, slices.Clone(s.apis), props, slices.Clone(s.keyStages))
	default:
		t.fail(a.id, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].")
	}
}

// emitPlan emits a plan, its key, and the key's place in it, each after the one
// before. Their ids begin with prefix.
func (a *restAPI) emitPlan(t *transform, r *source, prefix string, after []any, props map[string]any, keyStages []any) {
	plan, key, member := prefix+"UsagePlan", prefix+"ApiKey", prefix+"UsagePlanKey"
	t.emit(r, plan, "AWS::ApiGateway::UsagePlan", props)["DependsOn"] = after
	keyProps := map[string]any{"Enabled": true, "StageKeys": keyStages}
	a.propagate(keyProps)
	t.emit(r, key, "AWS::ApiGateway::ApiKey", keyProps)["DependsOn"] = []any{plan}
	t.emit(r, member, "AWS::ApiGateway::UsagePlanKey", map[string]any{
		"KeyId": ref(key), "KeyType": "API_KEY", "UsagePlanId": ref(plan),
	})["DependsOn"] = []any{key}
	t.properties[a.id+".UsagePlan"], t.properties[a.id+".ApiKey"], t.properties[a.id+".UsagePlanKey"] = plan, key, member
}
