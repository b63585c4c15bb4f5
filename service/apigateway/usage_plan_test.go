package apigateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	rest "maru.dev/maru/api/apigateway"
	"maru.dev/maru/clock"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/internal/testenv"
	"maru.dev/maru/service/apigateway"
)

// stagesOf is an API's stage prod as a usage plan names it.
func stagesOf(api *string) []types.ApiStage {
	return []types.ApiStage{{ApiId: api, Stage: aws.String("prod")}}
}

// join puts an API key into a usage plan.
func (w *world) join(plan, key *string) (*sdk.CreateUsagePlanKeyOutput, error) {
	w.t.Helper()
	return w.CreateUsagePlanKey(w.t.Context(), &sdk.CreateUsagePlanKeyInput{UsagePlanId: plan, KeyId: key, KeyType: aws.String("API_KEY")})
}

func TestUpdateUsagePlanPatchesEveryPlace(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.deployed()
	id := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("p")}))(t).Id
	patch := func(ops ...types.PatchOperation) *sdk.UpdateUsagePlanOutput {
		t.Helper()
		return must(w.UpdateUsagePlan(t.Context(), &sdk.UpdateUsagePlanInput{UsagePlanId: id, PatchOperations: ops}))(t)
	}
	name := *api + ":prod"
	got := patch(
		op("replace", "/name", "n"), op("replace", "/description", "d"), op("replace", "/productCode", "c"),
		op("add", "/apiStages", name),
		op("add", "/quota/limit", "10"), op("add", "/quota/period", "WEEK"), op("add", "/quota/offset", "1"),
		op("add", "/throttle/rateLimit", "1.5"), op("replace", "/throttle/burstLimit", "3"),
		op("replace", "/apiStages/"+name+"/throttle/~1pets~1{id}/GET/rateLimit", "7"),
		op("add", "/apiStages/"+name+"/throttle//pets/GET/burstLimit", "8"),
	)
	want := &sdk.UpdateUsagePlanOutput{
		Id: id, Name: aws.String("n"), Description: aws.String("d"), ProductCode: aws.String("c"),
		Quota:    &types.QuotaSettings{Limit: 10, Offset: 1, Period: types.QuotaPeriodTypeWeek},
		Throttle: &types.ThrottleSettings{RateLimit: 1.5, BurstLimit: 3},
		ApiStages: []types.ApiStage{{ApiId: api, Stage: aws.String("prod"), Throttle: map[string]types.ThrottleSettings{
			"/pets/{id}/GET": {RateLimit: 7}, "/pets/GET": {BurstLimit: 8},
		}}},
	}
	same := cmp.Options{
		cmpopts.IgnoreUnexported(sdk.UpdateUsagePlanOutput{}, types.QuotaSettings{}, types.ThrottleSettings{}, types.ApiStage{}),
		cmpopts.IgnoreFields(sdk.UpdateUsagePlanOutput{}, "ResultMetadata"),
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Error(diff)
	}
	got = patch(op("remove", "/apiStages/"+name+"/throttle/~1pets/GET", ""), op("remove", "/quota", ""), op("remove", "/throttle", ""), op("remove", "/productCode", ""))
	if got.Quota != nil || got.Throttle != nil || got.ProductCode != nil || len(got.ApiStages[0].Throttle) != 1 {
		t.Errorf("after removals %+v", got)
	}
	got = patch(op("replace", "/apiStages/"+name+"/throttle", `{"/a/GET":{"rateLimit":1}}`))
	if got.ApiStages[0].Throttle["/a/GET"].RateLimit != 1 || len(got.ApiStages[0].Throttle) != 1 {
		t.Errorf("limits of all methods %+v", got.ApiStages[0].Throttle)
	}
	_, err := w.DeleteUsagePlan(t.Context(), &sdk.DeleteUsagePlanInput{UsagePlanId: id})
	refused(t, err, "BadRequestException", "Cannot delete Usage Plan "+*id+" because there are API Stages associated with it, including "+name)
	patch(op("remove", "/apiStages", name))
	must(w.DeleteUsagePlan(t.Context(), &sdk.DeleteUsagePlanInput{UsagePlanId: id}))(t)
	_, err = w.GetUsagePlan(t.Context(), &sdk.GetUsagePlanInput{UsagePlanId: id})
	refused(t, err, "NotFoundException", "Invalid Usage Plan ID specified")
}

func TestUsagePlansRefuseWhatAWSDoes(t *testing.T) {
	t.Parallel()
	w := start(t)
	quota := func(limit, offset int32, period types.QuotaPeriodType) sdk.CreateUsagePlanInput {
		return sdk.CreateUsagePlanInput{Name: aws.String("p"), Quota: &types.QuotaSettings{Limit: limit, Offset: offset, Period: period}}
	}
	tests := map[string]struct {
		in      sdk.CreateUsagePlanInput
		message string
	}{
		"no name":  {sdk.CreateUsagePlanInput{Name: aws.String("")}, "Usage Plan name cannot be empty"},
		"no stage": {sdk.CreateUsagePlanInput{Name: aws.String("p"), ApiStages: stagesOf(aws.String("nowhere"))}, "API Stage not found: nowhere:prod"},
		"negative": {quota(-1, 0, "DAY"), "Usage Plan quota limit must be a positive number"},
		"day":      {quota(1, 1, "DAY"), "Usage Plan quota offset must be zero in the DAY period"},
		"week":     {quota(1, 7, "WEEK"), "Usage Plan quota offset must be between zero and six inclusive in the WEEK period"},
		"month":    {quota(1, 28, "MONTH"), "Usage Plan quota offset must be between zero and 27 inclusive in the MONTH period"},
		"rate":     {sdk.CreateUsagePlanInput{Name: aws.String("p"), Throttle: &types.ThrottleSettings{RateLimit: -1}}, "Usage Plan throttle rate limit must be a positive number"},
		"burst":    {sdk.CreateUsagePlanInput{Name: aws.String("p"), Throttle: &types.ThrottleSettings{BurstLimit: -1}}, "Usage Plan throttle burst limit must be a positive number"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.CreateUsagePlan(t.Context(), &tt.in)
			refused(t, err, "BadRequestException", tt.message)
		})
	}
}

func TestAnAPIKeyIsInOnePlanOfAStage(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.deployed()
	first := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("a"), ApiStages: stagesOf(api)}))(t).Id
	second := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("b"), ApiStages: stagesOf(api)}))(t).Id
	third := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("c")}))(t).Id
	key := w.newKey("k", valueOf("k"))
	joined := must(w.join(first, key))(t)
	if *joined.Type != "API_KEY" || *joined.Value != valueOf("k") || *joined.Name != "k" {
		t.Errorf("joined %+v", joined)
	}
	clash := func(plan *string) string {
		return "Usage Plan " + *plan + " cannot be added because API Key " + *key + " cannot reference multiple Usage Plans with the same API stage: " + *api + ":prod"
	}
	_, err := w.join(second, key)
	refused(t, err, "ConflictException", clash(second))
	must(w.join(third, key))(t)
	_, err = w.UpdateUsagePlan(t.Context(), &sdk.UpdateUsagePlanInput{UsagePlanId: third, PatchOperations: []types.PatchOperation{op("add", "/apiStages", *api+":prod")}})
	refused(t, err, "ConflictException", clash(third))
	if plans := must(w.GetUsagePlans(t.Context(), &sdk.GetUsagePlansInput{KeyId: key}))(t).Items; len(plans) != 2 {
		t.Errorf("plans of the key: %+v", plans)
	}
	must(w.DeleteUsagePlanKey(t.Context(), &sdk.DeleteUsagePlanKeyInput{UsagePlanId: first, KeyId: key}))(t)
	must(w.join(second, key))(t)
	_, err = w.GetUsagePlanKey(t.Context(), &sdk.GetUsagePlanKeyInput{UsagePlanId: first, KeyId: key})
	refused(t, err, "NotFoundException", "Invalid API Key identifier specified")
	must(w.DeleteApiKey(t.Context(), &sdk.DeleteApiKeyInput{ApiKey: key}))(t)
	if in := must(w.GetUsagePlanKeys(t.Context(), &sdk.GetUsagePlanKeysInput{UsagePlanId: second}))(t).Items; len(in) != 0 {
		t.Errorf("a key that is gone is in a plan: %+v", in)
	}
}

// A stage that is deleted is in no usage plan any more, so that the plan can be
// deleted, too.
func TestAStageThatGoesLeavesItsUsagePlans(t *testing.T) {
	t.Parallel()
	w := start(t)
	api, _ := w.deployed()
	id := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("a"), ApiStages: stagesOf(api)}))(t).Id
	must(w.DeleteStage(t.Context(), &sdk.DeleteStageInput{RestApiId: api, StageName: aws.String("prod")}))(t)
	if p := must(w.GetUsagePlan(t.Context(), &sdk.GetUsagePlanInput{UsagePlanId: id}))(t); len(p.ApiStages) != 0 {
		t.Errorf("stages %+v", p.ApiStages)
	}
	must(w.DeleteUsagePlan(t.Context(), &sdk.DeleteUsagePlanInput{UsagePlanId: id}))(t)
}

// A request is let in by a key that is in a plan with its stage, and by no other.
func TestAGatewayFindsAKeyByItsValueInThePlanOfTheStage(t *testing.T) {
	t.Parallel()
	w := start(t)
	s := apigateway.New(w.e.Deps())
	api, _ := w.deployed()
	a := &plan.API{ID: *api, Account: testenv.Account, Region: testenv.Region}
	find := func(stage, value string) (plan.Key, bool) {
		t.Helper()
		k, ok, err := s.Key(t.Context(), a, stage, value)
		if err != nil {
			t.Fatal(err)
		}
		return k, ok
	}
	id := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("a"), ApiStages: stagesOf(api), Quota: &types.QuotaSettings{Limit: 5, Period: "DAY"}}))(t).Id
	key := w.newKey("k", valueOf("k"))
	if _, ok := find("prod", valueOf("k")); ok {
		t.Error("a key without a plan is let in")
	}
	must(w.join(id, key))(t)
	k, ok := find("prod", valueOf("k"))
	if !ok || k.ID != *key || k.Name != "k" || !k.Enabled || *k.Plan.Id != *id || *k.Plan.Quota.Limit != 5 {
		t.Errorf("found %+v, %t", k, ok)
	}
	for _, other := range [][2]string{{"test", valueOf("k")}, {"prod", valueOf("x")}, {"prod", *key}} {
		if _, ok := find(other[0], other[1]); ok {
			t.Errorf("%v is let in", other)
		}
	}
	must(w.UpdateApiKey(t.Context(), &sdk.UpdateApiKeyInput{ApiKey: key, PatchOperations: []types.PatchOperation{op("replace", "/enabled", "false")}}))(t)
	if k, _ := find("prod", valueOf("k")); k.Enabled {
		t.Error("a key that was disabled is let in")
	}
	must(w.UpdateUsagePlan(t.Context(), &sdk.UpdateUsagePlanInput{UsagePlanId: id, PatchOperations: []types.PatchOperation{op("remove", "/apiStages", *api+":prod")}}))(t)
	if _, ok := find("prod", valueOf("k")); ok {
		t.Error("a key is let in by a plan without the stage")
	}
}

func TestQuotasCountByTheirPeriod(t *testing.T) {
	t.Parallel()
	// A Wednesday.
	now := clock.NewFake(time.Date(2026, 4, 15, 12, 0, 0, 0, time.UTC))
	today := now.Now().Truncate(24 * time.Hour)
	e := testenv.NewWith(t, testenv.Options{Clock: now}, apigateway.Registration())
	w := &world{Client: e.APIGateway(), t: t, e: e}
	s := apigateway.New(w.e.Deps())
	a := &plan.API{Account: testenv.Account, Region: testenv.Region}
	tests := map[string]struct {
		period types.QuotaPeriodType
		offset int32
		days   int // of the period, before today
	}{
		"a day":                          {"DAY", 0, 0},
		"a week from Sunday":             {"WEEK", 0, 3},
		"a week from Wednesday":          {"WEEK", 3, 0},
		"a week from Thursday":           {"WEEK", 4, 6},
		"a month":                        {"MONTH", 0, 14},
		"a month from the 15th":          {"MONTH", 14, 0},
		"a month from the 16th of March": {"MONTH", 15, 30},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("p"), Quota: &types.QuotaSettings{Limit: 100, Offset: tt.offset, Period: tt.period}}))(t).Id
			key := w.newKey("k", valueOf(strings.ReplaceAll(name, " ", "-")))
			must(w.join(id, key))(t)
			spent := map[plan.Spent]int64{}
			for i := range 40 {
				spent[plan.Spent{Plan: *id, Key: *key, Day: today.AddDate(0, 0, -i)}] = 1
			}
			if err := s.Spend(t.Context(), a, spent); err != nil {
				t.Fatal(err)
			}
			if err := s.Spend(t.Context(), a, map[plan.Spent]int64{{Plan: *id, Key: *key, Day: today}: 2}); err != nil {
				t.Fatal(err)
			}
			want := int64(tt.days + 1 + 2)
			n, err := s.Spent(t.Context(), a, keyOf(t, w, id, key))
			if err != nil || n != want {
				t.Errorf("spent %d, %v; want %d", n, err, want)
			}
			usage := must(w.GetUsage(t.Context(), &sdk.GetUsageInput{UsagePlanId: id, KeyId: key, StartDate: aws.String("2026-04-14"), EndDate: aws.String("2026-04-20")}))(t)
			log := usage.Items[*key]
			if len(log) != 2 || log[0][0] != 1 || !cmp.Equal(log[1], []int64{3, 100 - want}) {
				t.Errorf("usage %v", log)
			}
			out := must(w.UpdateUsage(t.Context(), &sdk.UpdateUsageInput{UsagePlanId: id, KeyId: key, PatchOperations: []types.PatchOperation{op("replace", "/remaining", "150")}}))(t)
			if got := out.Items[*key]; len(got) != 1 || !cmp.Equal(got[0], []int64{3, 150}) || *out.StartDate != "2026-04-15" {
				t.Errorf("after the grant %v from %s", got, *out.StartDate)
			}
			if n, err := s.Spent(t.Context(), a, keyOf(t, w, id, key)); err != nil || n != -50 {
				t.Errorf("after the grant %d are spent, %v", n, err)
			}
		})
	}
}

// keyOf is an API key as gateways have it.
func keyOf(t *testing.T, w *world, planID, key *string) plan.Key {
	t.Helper()
	p := must(w.GetUsagePlan(t.Context(), &sdk.GetUsagePlanInput{UsagePlanId: planID}))(t)
	k := plan.Key{ID: *key}
	k.Plan.Id = planID
	k.Plan.Quota = &rest.QuotaSettings{Limit: &p.Quota.Limit, Offset: &p.Quota.Offset, Period: aws.String(string(p.Quota.Period))}
	return k
}

func TestGetUsageRefusesDaysThatAreNone(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := must(w.CreateUsagePlan(t.Context(), &sdk.CreateUsagePlanInput{Name: aws.String("p")}))(t).Id
	tests := map[string][3]string{
		"start":    {"x", "2026-01-01", "Invalid start date specified: x. Must be of the format yyyy-MM-dd"},
		"end":      {"2026-01-01", "2026-02-30", "Invalid end date specified: 2026-02-30. Must be of the format yyyy-MM-dd"},
		"order":    {"2026-01-02", "2026-01-01", "Start date must not be after end date"},
		"too long": {"2025-01-01", "2026-01-01", "Date range must not exceed 90 days"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.GetUsage(t.Context(), &sdk.GetUsageInput{UsagePlanId: id, StartDate: &tt[0], EndDate: &tt[1]})
			refused(t, err, "BadRequestException", tt[2])
		})
	}
	out := must(w.GetUsage(t.Context(), &sdk.GetUsageInput{UsagePlanId: id, StartDate: aws.String("2026-01-01"), EndDate: aws.String("2026-01-02")}))(t)
	if len(out.Items) != 0 {
		t.Errorf("a plan without keys has %v", out.Items)
	}
	_, err := w.UpdateUsage(t.Context(), &sdk.UpdateUsageInput{UsagePlanId: id, KeyId: aws.String("k")})
	refused(t, err, "NotFoundException", "Invalid API Key identifier specified")
}
