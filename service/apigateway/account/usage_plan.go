package account

import (
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/service/rows"
	"maru.dev/maru/wire"
)

// The limits of usage plans.
const (
	maxPlans       = 300 // of an account in a region
	maxPlansOfAKey = 10
)

// usagePlans are an account's usage plans.
func usagePlans() rows.Table[api.UsagePlan] {
	return record.Table[api.UsagePlan]("plan", "Invalid Usage Plan ID specified")
}

// members are the API keys in usage plans, below the plan's id.
func members() rows.Table[member] {
	return record.Table[member]("plankey", "Invalid API Key identifier specified")
}

// member is an API key in a usage plan.
type member struct{ Key string }

// checkPlan holds a usage plan against the rules.
func (s *Service) checkPlan(tx *kv.Tx, at service.Home, p *api.UsagePlan) error {
	if wire.Value(p.Name) == "" {
		return fault.BadRequest("Usage Plan name cannot be empty")
	}
	if err := checkThrottle(p.Throttle); err != nil {
		return err
	}
	if err := checkQuota(p.Quota); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, st := range p.ApiStages {
		if st.ApiId == nil || st.Stage == nil || *st.ApiId == "" || *st.Stage == "" {
			return fault.BadRequest("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", wire.Value(st.ApiId), wire.Value(st.Stage), wire.Value(p.Name))
		}
		there, err := s.apis.HasStage(tx, at, *st.ApiId, *st.Stage)
		switch name := stageName(&st); {
		case err != nil:
			return err
		case !there:
			return fault.BadRequest("API Stage not found: %s", name)
		case seen[name]:
			return fault.BadRequest("Duplicate API Stage specified: %s", name)
		default:
			seen[name] = true
		}
		for _, t := range st.Throttle {
			if err := checkThrottle(&t); err != nil {
				return err
			}
		}
	}
	return record.CheckTags(p.Tags)
}

// checkThrottle checks rates.
func checkThrottle(t *api.ThrottleSettings) error {
	switch {
	case t == nil:
	case t.BurstLimit != nil && *t.BurstLimit < 0:
		return fault.BadRequest("Usage Plan throttle burst limit must be a positive number")
	case t.RateLimit != nil && !(*t.RateLimit >= 0):
		return fault.BadRequest("Usage Plan throttle rate limit must be a positive number")
	}
	return nil
}

// checkQuota checks how much may be asked in which period.
func checkQuota(q *api.QuotaSettings) error {
	if q == nil {
		return nil
	}
	offset := wire.Value(q.Offset)
	switch period := wire.Value(q.Period); {
	case q.Limit == nil || *q.Limit < 0:
		return fault.BadRequest("Usage Plan quota limit must be a positive number")
	case period == "":
		return fault.BadRequest("Usage Plan quota period is required")
	case !slices.Contains([]string{api.QuotaPeriodTypeDay, api.QuotaPeriodTypeWeek, api.QuotaPeriodTypeMonth}, period):
		return fault.BadRequest("Invalid quota period specified: %s. Must be one of: [DAY, WEEK, MONTH]", period)
	case period == api.QuotaPeriodTypeDay && offset != 0:
		return fault.BadRequest("Usage Plan quota offset must be zero in the DAY period")
	case period == api.QuotaPeriodTypeWeek && (offset < 0 || offset > 6):
		return fault.BadRequest("Usage Plan quota offset must be between zero and six inclusive in the WEEK period")
	case period == api.QuotaPeriodTypeMonth && (offset < 0 || offset > 27):
		return fault.BadRequest("Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period")
	}
	return nil
}

// stageName is a plan's stage as messages and patches have it: "api:stage".
func stageName(st *api.ApiStage) string {
	return wire.Value(st.ApiId) + ":" + wire.Value(st.Stage)
}

// findStage finds a stage of a plan by its name; -1 where there is none.
func findStage(p *api.UsagePlan, name string) int {
	return slices.IndexFunc(p.ApiStages, func(st api.ApiStage) bool { return stageName(&st) == name })
}

// checkApart refuses a plan for an API key that is in another plan with one of
// its stages: requests there could not tell which is meant.
func checkApart(tx *kv.Tx, at service.Home, p *api.UsagePlan, keyID string, others []string) error {
	for _, id := range others {
		if id == *p.Id {
			continue
		}
		other, err := usagePlans().Need(tx, at, id)
		if err != nil {
			return err
		}
		for _, st := range p.ApiStages {
			if name := stageName(&st); findStage(&other, name) >= 0 {
				return fault.Conflict("Usage Plan %s cannot be added because API Key %s cannot reference multiple Usage Plans with the same API stage: %s", *p.Id, keyID, name)
			}
		}
	}
	return nil
}

// Forget takes what is no longer there out of the usage plans and API keys that
// name it: a stage, or all stages of an API where stage is "".
func Forget(tx *kv.Tx, at service.Home, apiID, stage string) error {
	plans, err := usagePlans().All(tx, at)
	if err != nil {
		return err
	}
	for _, p := range plans {
		left := slices.DeleteFunc(slices.Clone(p.ApiStages), func(st api.ApiStage) bool {
			return *st.ApiId == apiID && (stage == "" || *st.Stage == stage)
		})
		if len(left) == len(p.ApiStages) {
			continue
		}
		p.ApiStages = left
		if err := usagePlans().Put(tx, p, at, *p.Id); err != nil {
			return err
		}
	}
	all, err := keys().All(tx, at)
	if err != nil {
		return err
	}
	for _, k := range all {
		left := slices.DeleteFunc(slices.Clone(k.StageKeys), func(s string) bool {
			return s == apiID+"/"+stage || stage == "" && strings.HasPrefix(s, apiID+"/")
		})
		if len(left) == len(k.StageKeys) {
			continue
		}
		k.StageKeys = left
		if err := keys().Put(tx, k, at, *k.Id); err != nil {
			return err
		}
	}
	return nil
}
