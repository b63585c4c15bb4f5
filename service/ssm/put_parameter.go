package ssm

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/pattern/bounded"
	"maru.dev/maru/wire"
)

// maxPattern is how large an AllowedPattern may be with its repetitions written out:
// those of a thousand characters could be matched with a value for minutes.
const maxPattern = 2000

// What a parameter may be, by tier.
const (
	maxStandard      = 4096 // bytes
	maxAdvanced      = 8192
	maxStandardCount = 10_000
	maxAdvancedCount = 100_000
	maxVersions      = 100
)

// PutParameter makes a parameter, or a new version of one.
//
// Spec: Systems Manager API Reference, PutParameter.
func (s *Service) PutParameter(ctx context.Context, in *api.PutParameterInput) (*api.PutParameterOutput, error) {
	h, now := homeOf(ctx), s.Clock.Now()
	overwrite := in.Overwrite != nil && *in.Overwrite
	policies, expires, err := readPolicies(wire.Value(in.Policies), now)
	if err != nil {
		return nil, err
	}
	if err := checkPut(in, overwrite); err != nil {
		return nil, err
	}
	next := version{
		Type: wire.Value(in.Type), Value: in.Value, KeyID: wire.Value(in.KeyId), Description: wire.Value(in.Description),
		Pattern: wire.Value(in.AllowedPattern), DataType: wire.Value(in.DataType), Policies: policies,
		Modified: now, User: call.From(ctx).Principal.ARN,
	}
	var stored version
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, ok, err := kv.Get[parameter](tx, h.parameterKey(in.Name))
		switch {
		case err != nil:
			return fmt.Errorf("load parameter: %w", err)
		case ok && !overwrite:
			return &api.ParameterAlreadyExists{
				Message: "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
			}
		case !ok:
			p = parameter{Name: in.Name, Oldest: 1, Tags: tagMap(in.Tags)}
		}
		stored = next
		if err := stored.follow(&p, ok, wire.Value(in.Tier)); err != nil {
			return err
		}
		if err := s.add(tx, h, p, stored, expires); err != nil {
			return err
		}
		operation := "Create"
		if ok {
			operation = "Update"
		}
		return s.tell(tx, h, p.Name, operation, &stored)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutParameterOutput{Version: &stored.N, Tier: &stored.Tier}, nil
}

// checkPut holds a request against the rules that need no store.
func checkPut(in *api.PutParameterInput, overwrite bool) error {
	if err := checkName(in.Name); err != nil {
		return err
	}
	if in.Value == "" {
		return invalid("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.")
	}
	if overwrite && len(in.Tags) > 0 {
		return invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. " +
			"To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.")
	}
	if len(in.Tags) > maxTags {
		return tooManyTags()
	}
	switch t := wire.Value(in.DataType); t {
	case "", "text", "aws:ec2:image", "aws:ssm:integration":
	default:
		return invalid("The following data type is not supported: %s (Data type names are all lowercase.)", t)
	}
	if in.AllowedPattern != nil {
		pattern, err := bounded.Compile(*in.AllowedPattern, maxPattern)
		if err != nil {
			return &api.InvalidAllowedPatternException{Message: "The request isn't valid. The allowed pattern is not a valid regular expression: " + *in.AllowedPattern}
		}
		if !pattern.MatchString(in.Value) {
			return &api.ParameterPatternMismatchException{
				Message: "Parameter value, cannot be validated against allowedPattern: " + *in.AllowedPattern,
			}
		}
	}
	return nil
}

// follow fills in what a new version takes over from the newest one, and the
// tier that it is to have.
func (v *version) follow(p *parameter, found bool, tier string) error {
	old := p.Newest
	v.N = old.N + 1
	if v.Type == "" {
		if !found {
			return invalid("A parameter type is required when you create a parameter.")
		}
		v.Type = old.Type
	}
	if v.DataType == "" {
		v.DataType = "text"
		if found {
			v.DataType = old.DataType
		}
	}
	switch {
	case v.Type != api.ParameterTypeSecureString && v.KeyID != "":
		return invalid("KeyId can be specified for SecureString parameters only.")
	case v.Type == api.ParameterTypeSecureString && v.KeyID == "":
		v.KeyID = "alias/aws/ssm"
		if old.KeyID != "" {
			v.KeyID = old.KeyID
		}
	}
	return v.chooseTier(old.Tier, tier)
}

// chooseTier decides a version's tier: what was asked for, else what it was, else
// standard. Intelligent tiering takes the advanced one where it is needed.
func (v *version) chooseTier(old, asked string) error {
	needed := len(v.Value) > maxStandard || len(v.Policies) > 0
	switch {
	case asked == api.ParameterTierIntelligentTiering && needed, asked == api.ParameterTierIntelligentTiering && old == api.ParameterTierAdvanced:
		v.Tier = api.ParameterTierAdvanced
	case asked == api.ParameterTierIntelligentTiering:
		v.Tier = api.ParameterTierStandard
	case asked != "":
		v.Tier = asked
	case old != "":
		v.Tier = old
	default:
		v.Tier = api.ParameterTierStandard
	}
	const more = " For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
	switch {
	case old == api.ParameterTierAdvanced && v.Tier == api.ParameterTierStandard:
		return invalid("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier " +
			"to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter." + more)
	case v.Tier == api.ParameterTierStandard && len(v.Value) > maxStandard:
		return invalid("Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, " +
			"upgrade the parameter to use the advanced-parameter tier." + more)
	case v.Tier == api.ParameterTierStandard && len(v.Policies) > 0:
		return invalid("Parameter policies are supported by the advanced-parameter tier only." + more)
	case len(v.Value) > maxAdvanced:
		return invalid("Advanced tier parameters support a maximum parameter value of 8192 characters." + more)
	}
	return nil
}

// add writes a version, and lets go of the oldest when there are too many.
func (s *Service) add(tx *kv.Tx, h home, p parameter, v version, expires time.Time) error {
	if p.Newest.Tier != v.Tier {
		if err := h.recount(tx, p.Newest.Tier, v.Tier); err != nil {
			return err
		}
	}
	p.Labels = maps.Clone(p.Labels)
	if v.N-p.Oldest >= maxVersions {
		for _, labelled := range p.Labels {
			if labelled == p.Oldest {
				return &api.ParameterMaxVersionLimitExceeded{Message: "You attempted to create a new version of " + p.Name +
					" by calling the PutParameter API with the overwrite flag. Version " + strconv.FormatInt(p.Oldest, 10) +
					", the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again."}
			}
		}
		if err := tx.Delete(h.versionKey(p.Name, p.Oldest)); err != nil {
			return err
		}
		p.Oldest++
	}
	p.Newest = v
	if err := kv.Put(tx, h.versionKey(p.Name, v.N), v); err != nil {
		return err
	}
	if err := s.schedule(tx, h, &p, expires); err != nil {
		return err
	}
	return kv.Put(tx, h.parameterKey(p.Name), p)
}

// recount notes that a parameter goes from one tier to another; "" is none.
func (h home) recount(tx *kv.Tx, from, to string) error {
	if from != "" {
		if err := tx.Add(h.counterKey(from), -1); err != nil {
			return err
		}
	}
	n, err := tx.Count(h.counterKey(to))
	if err != nil {
		return err
	}
	limit := int64(maxStandardCount)
	if to == api.ParameterTierAdvanced {
		limit = maxAdvancedCount
	}
	if n >= limit {
		return &api.ParameterLimitExceeded{Message: "You have exceeded the number of parameters for this AWS account. " +
			"Delete one or more parameters and try again."}
	}
	return tx.Add(h.counterKey(to), 1)
}
