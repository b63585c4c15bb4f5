package account

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/wire"
)

// UpdateUsagePlan changes a usage plan: its stages, its limits and those of single
// methods.
//
// Spec: API Gateway API Reference, UpdateUsagePlan, PatchOperation.
func (s *Service) UpdateUsagePlan(ctx context.Context, in *api.UpdateUsagePlanInput) (*api.UpdateUsagePlanOutput, error) {
	return change(ctx, s, usagePlans(), in.UsagePlanId, func(tx *kv.Tx, at service.Home, p *api.UsagePlan) error {
		quota, throttle := wire.Value(p.Quota), wire.Value(p.Throttle)
		set := changes{plan: p, quota: &quota, throttle: &throttle}
		if err := set.rules().Apply(methodsInOnePart(in.PatchOperations)); err != nil {
			return err
		}
		set.settle()
		if err := s.checkPlan(tx, at, p); err != nil {
			return err
		}
		return checkMembersApart(tx, at, p)
	})
}

// changes are a usage plan while it is patched. The parts of its quota and its
// throttling are set one by one.
type changes struct {
	plan     *api.UsagePlan
	quota    *api.QuotaSettings
	throttle *api.ThrottleSettings
}

// settle puts a quota and a throttle back if anything of them is set.
func (c *changes) settle() {
	c.plan.Quota, c.plan.Throttle = nil, nil
	if *c.quota != (api.QuotaSettings{}) {
		if c.quota.Offset == nil {
			c.quota.Offset = new(int32(0))
		}
		c.plan.Quota = c.quota
	}
	if *c.throttle != (api.ThrottleSettings{}) {
		c.plan.Throttle = c.throttle
	}
}

// rules are what of a usage plan can be patched.
func (c *changes) rules() patch.Rules {
	p := c.plan
	return append(patch.Rules{
		patch.Text("/name", &p.Name).Fixed(), patch.Text("/description", &p.Description).Fixed(), patch.Text("/productCode", &p.ProductCode),
		patch.Int("/quota/limit", func(n int32) { c.quota.Limit = &n }).Added(),
		patch.Int("/quota/offset", func(n int32) { c.quota.Offset = &n }).Added(),
		patch.Text("/quota/period", &c.quota.Period).Fixed().Added(),
		{Path: "/quota", Remove: func([]string, *string) error { *c.quota = api.QuotaSettings{}; return nil }},
		patch.Float("/throttle/rateLimit", func(f float64) { c.throttle.RateLimit = &f }).Added(),
		patch.Int("/throttle/burstLimit", func(n int32) { c.throttle.BurstLimit = &n }).Added(),
		{Path: "/throttle", Remove: func([]string, *string) error { *c.throttle = api.ThrottleSettings{}; return nil }},
	}, c.stageRules()...)
}

// stageRules are what can be patched of a plan's stages.
func (c *changes) stageRules() patch.Rules {
	return patch.Rules{
		{Path: "/apiStages", Add: c.addStage, Remove: c.removeStage},
		patch.Rule{
			Path: "/apiStages/{apiId:stage}/throttle",
			Replace: func(at []string, v string) error {
				return c.ofStage(at, func(st *api.ApiStage) error { return readMethods(v, &st.Throttle) })
			},
			Remove: func(at []string, _ *string) error {
				return c.ofStage(at, func(st *api.ApiStage) error { st.Throttle = nil; return nil })
			},
		}.Added(),
		{Path: "/apiStages/{apiId:stage}/throttle/{resourcePath}/{httpMethod}", Remove: func(at []string, _ *string) error {
			return c.ofStage(at, func(st *api.ApiStage) error { delete(st.Throttle, methodName(at)); return nil })
		}},
		c.ofMethod("rateLimit", func(t *api.ThrottleSettings) patch.Rule {
			return patch.Float("", func(f float64) { t.RateLimit = &f })
		}),
		c.ofMethod("burstLimit", func(t *api.ThrottleSettings) patch.Rule {
			return patch.Int("", func(n int32) { t.BurstLimit = &n })
		}),
	}
}

// addStage gives a plan the stage that a patch names as "api:stage".
func (c *changes) addStage(_ []string, name string) error {
	apiID, stage, ok := strings.Cut(name, ":")
	if !ok || findStage(c.plan, name) >= 0 {
		return fault.BadRequest("Invalid API Stage specified")
	}
	c.plan.ApiStages = append(c.plan.ApiStages, api.ApiStage{ApiId: &apiID, Stage: &stage})
	return nil
}

// removeStage takes a stage out of a plan.
func (c *changes) removeStage(_ []string, name *string) error {
	i := findStage(c.plan, wire.Value(name))
	if i < 0 {
		return fault.BadRequest("Invalid API Stage specified")
	}
	c.plan.ApiStages = slices.Delete(c.plan.ApiStages, i, i+1)
	return nil
}

// ofStage runs how on the stage that a path names.
func (c *changes) ofStage(at []string, how func(st *api.ApiStage) error) error {
	i := findStage(c.plan, at[0])
	if i < 0 {
		return fault.BadRequest("Invalid API Stage specified")
	}
	return how(&c.plan.ApiStages[i])
}

// ofMethod is the rule for a limit of a single method.
func (c *changes) ofMethod(limit string, rule func(t *api.ThrottleSettings) patch.Rule) patch.Rule {
	return patch.Rule{
		Path: "/apiStages/{apiId:stage}/throttle/{resourcePath}/{httpMethod}/" + limit,
		Replace: func(at []string, v string) error {
			return c.ofStage(at, func(st *api.ApiStage) error {
				if st.Throttle == nil {
					st.Throttle = make(map[string]api.ThrottleSettings)
				}
				t := st.Throttle[methodName(at)]
				err := rule(&t).Replace(nil, v)
				st.Throttle[methodName(at)] = t
				return err
			})
		},
	}.Added()
}

// methodName is how a plan names the method that a path leads to: "/pets/GET".
func methodName(at []string) string { return strings.TrimSuffix(at[1], "/") + "/" + at[2] }

// readMethods reads the limits of all methods of a stage from their JSON.
func readMethods(text string, into *map[string]api.ThrottleSettings) error {
	*into = nil
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fault.BadRequest("Invalid throttle settings specified: %s", text)
	}
	return nil
}

// methodsInOnePart returns operations with the resource's path escaped where it
// stands as it is: ".../throttle//pets/GET/rateLimit" is taken as well as
// ".../throttle/~1pets/GET/rateLimit".
func methodsInOnePart(operations []api.PatchOperation) []api.PatchOperation {
	operations = slices.Clone(operations)
	for i := range operations {
		stage, method, ok := strings.Cut(wire.Value(operations[i].Path), "/throttle/")
		if !ok || !strings.HasPrefix(stage, "/apiStages/") {
			continue
		}
		parts, limit := strings.Split(method, "/"), ""
		if last := parts[len(parts)-1]; last == "rateLimit" || last == "burstLimit" {
			parts, limit = parts[:len(parts)-1], "/"+last
		}
		if len(parts) < 2 {
			continue
		}
		path, verb := strings.Join(parts[:len(parts)-1], "~1"), parts[len(parts)-1]
		operations[i].Path = new(stage + "/throttle/" + path + "/" + verb + limit)
	}
	return operations
}

// checkMembersApart checks for each API key in a plan that it is in no other with
// one of the plan's stages.
func checkMembersApart(tx *kv.Tx, at service.Home, p *api.UsagePlan) error {
	in, err := members().All(tx, at, *p.Id)
	if err != nil {
		return err
	}
	for _, m := range in {
		plans, err := plansOf(tx, at, m.Key)
		if err != nil {
			return err
		}
		if err := checkApart(tx, at, p, m.Key, plans); err != nil {
			return err
		}
	}
	return nil
}
