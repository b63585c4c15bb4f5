package xray

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

const (
	defaultRule     = "Default"
	defaultPriority = 10000 // behind all that can be asked for
	maxRules        = 25
)

// rule is a sampling rule's row.
type rule struct {
	Name, ResourceARN, ServiceName, ServiceType, Host, Method, Path string

	Priority, Reservoir int32
	Rate                float64
	Attributes          map[string]string      `cbor:",omitempty"`
	Boost               *api.SamplingRateBoost `cbor:",omitempty"`
	Tags                map[string]string      `cbor:",omitempty"`
	Created, Modified   time.Time
}

// theDefault is the rule that is always there.
func theDefault() rule {
	return rule{
		Name: defaultRule, ResourceARN: "*", ServiceName: "*", ServiceType: "*", Host: "*", Method: "*", Path: "*",
		Priority: defaultPriority, Reservoir: 1, Rate: 0.05, Created: time.Unix(0, 0), Modified: time.Unix(0, 0),
	}
}

// shape is the rule in the API's form.
func (r *rule) shape(h home) *api.SamplingRuleRecord {
	attributes := r.Attributes
	if attributes == nil {
		attributes = map[string]string{}
	}
	return &api.SamplingRuleRecord{
		SamplingRule: &api.SamplingRule{
			RuleName: &r.Name, RuleARN: new(h.arnOf("sampling-rule/" + r.Name)), ResourceARN: r.ResourceARN, Priority: r.Priority,
			FixedRate: r.Rate, ReservoirSize: r.Reservoir, ServiceName: r.ServiceName, ServiceType: r.ServiceType, Host: r.Host,
			HTTPMethod: r.Method, URLPath: r.Path, Version: 1, Attributes: attributes, SamplingRateBoost: r.Boost,
		},
		CreatedAt: &r.Created, ModifiedAt: &r.Modified,
	}
}

// loadRule reads a rule that must be there.
func loadRule(tx *kv.Tx, h home, name string) (rule, error) {
	r, ok, err := kv.Get[rule](tx, h.ruleKey(name))
	switch {
	case err != nil:
		return r, fmt.Errorf("load sampling rule: %w", err)
	case !ok && name == defaultRule:
		return theDefault(), nil
	case !ok:
		return r, invalid("Sampling rule does not exist.")
	}
	return r, nil
}

// putRule writes a rule, and that there was a change.
func putRule(tx *kv.Tx, h home, r rule) error {
	if err := kv.Put(tx, h.rulesChangedKey(), r.Modified); err != nil {
		return err
	}
	return kv.Put(tx, h.ruleKey(r.Name), r)
}

// ruleNamed is the name of the rule that a request is about.
func ruleNamed(h home, name, arn *string) (string, error) {
	if (wire.Value(name) == "") == (wire.Value(arn) == "") {
		return "", invalid("Specify either RuleName or RuleARN, but not both.")
	}
	if wire.Value(name) != "" {
		return *name, nil
	}
	out, ok := strings.CutPrefix(*arn, h.arnOf("sampling-rule/"))
	if !ok {
		return "", invalid("Invalid sampling rule ARN.")
	}
	return out, nil
}

// CreateSamplingRule makes a sampling rule.
//
// Spec: X-Ray API Reference, CreateSamplingRule.
func (s *Service) CreateSamplingRule(ctx context.Context, in *api.CreateSamplingRuleInput) (*api.CreateSamplingRuleOutput, error) {
	h, now, from := homeOf(ctx), s.now(), in.SamplingRule
	if from.Version != 1 {
		return nil, invalid("Invalid sampling rule version.")
	}
	if wire.Value(from.RuleARN) != "" {
		return nil, invalid("The ARN of a new sampling rule cannot be given.")
	}
	name, err := ruleNamed(h, from.RuleName, nil)
	if err != nil {
		return nil, err
	}
	r := rule{
		Name: name, ResourceARN: from.ResourceARN, ServiceName: from.ServiceName, ServiceType: from.ServiceType, Host: from.Host,
		Method: from.HTTPMethod, Path: from.URLPath, Priority: from.Priority, Reservoir: from.ReservoirSize, Rate: from.FixedRate,
		Attributes: from.Attributes, Boost: from.SamplingRateBoost, Created: now, Modified: now,
	}
	if r.Tags, err = withTags(nil, in.Tags, h.arnOf("sampling-rule/"+name)); err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		all, err := loadRules(tx, h)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o rule) bool { return o.Name == r.Name }) {
			return invalid("Sampling rule already exists.")
		}
		if len(all)-1 >= maxRules {
			return &api.RuleLimitExceededException{Message: "You have reached the maximum number of sampling rules."}
		}
		return putRule(tx, h, r)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateSamplingRuleOutput{SamplingRuleRecord: r.shape(h)}, nil
}

// UpdateSamplingRule changes a rule; the default one in rate and reservoir only.
//
// Spec: X-Ray API Reference, UpdateSamplingRule.
func (s *Service) UpdateSamplingRule(ctx context.Context, in *api.UpdateSamplingRuleInput) (*api.UpdateSamplingRuleOutput, error) {
	h, now, with := homeOf(ctx), s.now(), in.SamplingRuleUpdate
	name, err := ruleNamed(h, with.RuleName, with.RuleARN)
	if err != nil {
		return nil, err
	}
	var r rule
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if r, err = loadRule(tx, h, name); err != nil {
			return err
		}
		old := r
		r.apply(with)
		if name == defaultRule {
			fixed := theDefault()
			fixed.Rate, fixed.Reservoir, fixed.Tags, fixed.Created, fixed.Modified = r.Rate, r.Reservoir, old.Tags, old.Created, old.Modified
			if r.Priority != fixed.Priority || r.criteria() != fixed.criteria() || len(r.Attributes) > 0 {
				return invalid("Only the fixed rate and the reservoir size of the default rule can be changed.")
			}
		}
		r.Modified = now
		return putRule(tx, h, r)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateSamplingRuleOutput{SamplingRuleRecord: r.shape(h)}, nil
}

// criteria are what a rule matches requests by.
func (r *rule) criteria() [6]string {
	return [6]string{r.ResourceARN, r.ServiceName, r.ServiceType, r.Host, r.Method, r.Path}
}

// apply takes over what an update says.
func (r *rule) apply(with *api.SamplingRuleUpdate) {
	for to, from := range map[*string]*string{
		&r.ResourceARN: with.ResourceARN, &r.ServiceName: with.ServiceName, &r.ServiceType: with.ServiceType,
		&r.Host: with.Host, &r.Method: with.HTTPMethod, &r.Path: with.URLPath,
	} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*int32]*int32{&r.Priority: with.Priority, &r.Reservoir: with.ReservoirSize} {
		if from != nil {
			*to = *from
		}
	}
	if with.FixedRate != nil {
		r.Rate = *with.FixedRate
	}
	if with.Attributes != nil {
		r.Attributes = with.Attributes
	}
	if with.SamplingRateBoost != nil {
		r.Boost = with.SamplingRateBoost
	}
}

// DeleteSamplingRule removes a rule.
//
// Spec: X-Ray API Reference, DeleteSamplingRule.
func (s *Service) DeleteSamplingRule(ctx context.Context, in *api.DeleteSamplingRuleInput) (*api.DeleteSamplingRuleOutput, error) {
	h, now := homeOf(ctx), s.now()
	name, err := ruleNamed(h, in.RuleName, in.RuleARN)
	if err != nil {
		return nil, err
	}
	if name == defaultRule {
		return nil, invalid("The default sampling rule cannot be deleted.")
	}
	var r rule
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if r, err = loadRule(tx, h, name); err != nil {
			return err
		}
		if err := kv.Put(tx, h.rulesChangedKey(), now); err != nil {
			return err
		}
		if err := tx.DeleteRange(kv.Prefix(h.key("rc", name))); err != nil {
			return err
		}
		return tx.Delete(h.ruleKey(name))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteSamplingRuleOutput{SamplingRuleRecord: r.shape(h)}, nil
}

// loadRules reads all rules, by priority.
func loadRules(tx *kv.Tx, h home) ([]rule, error) {
	d, err := loadRule(tx, h, defaultRule)
	if err != nil {
		return nil, err
	}
	all := []rule{d}
	for row, err := range kv.Scan[rule](tx, kv.Prefix(h.key("r"))) {
		if err != nil {
			return nil, fmt.Errorf("load sampling rules: %w", err)
		}
		if row.Value.Name != defaultRule {
			all = append(all, row.Value)
		}
	}
	slices.SortFunc(all, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
	})
	return all, nil
}

// GetSamplingRules returns all rules, in the order in which they are tried.
//
// Spec: X-Ray API Reference, GetSamplingRules.
func (s *Service) GetSamplingRules(ctx context.Context, in *api.GetSamplingRulesInput) (*api.GetSamplingRulesOutput, error) {
	if wire.Value(in.NextToken) != "" {
		return nil, invalid("Invalid NextToken.")
	}
	h := homeOf(ctx)
	out := &api.GetSamplingRulesOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		all, err := loadRules(tx, h)
		out.SamplingRuleRecords = nil
		for _, r := range all {
			out.SamplingRuleRecords = append(out.SamplingRuleRecords, *r.shape(h))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
