package ssm

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
)

// maxLabels is how many a version may have.
const maxLabels = 10

// labelsOf are a version's labels, in order.
func (p *parameter) labelsOf(n int64) []string {
	labels := []string{}
	for _, label := range slices.Sorted(maps.Keys(p.Labels)) {
		if p.Labels[label] == n {
			labels = append(labels, label)
		}
	}
	return labels
}

// validLabel holds a label against the rules.
func validLabel(label string) bool {
	lower := strings.ToLower(label)
	bad := func(r rune) bool { return r == '/' || foreign(r) }
	return label != "" && !strings.ContainsFunc(label, bad) && (label[0] < '0' || label[0] > '9') &&
		!strings.HasPrefix(lower, "aws") && !strings.HasPrefix(lower, "ssm")
}

// LabelParameterVersion gives labels to a version, the newest unless told
// otherwise, and takes them from whichever had them. Labels that break the
// rules are named and left.
//
// Spec: Systems Manager API Reference, LabelParameterVersion.
func (s *Service) LabelParameterVersion(ctx context.Context, in *api.LabelParameterVersionInput) (*api.LabelParameterVersionOutput, error) {
	out := &api.LabelParameterVersionOutput{}
	err := s.change(ctx, in.Name, func(tx *kv.Tx, h home, p *parameter) error {
		n := p.Newest.N
		if in.ParameterVersion != nil {
			n = *in.ParameterVersion
		}
		if err := hasVersion(tx, h, p, n); err != nil {
			return err
		}
		out.InvalidLabels, out.ParameterVersion = []string{}, &n
		for _, label := range in.Labels {
			if validLabel(label) {
				p.Labels[label] = n
			} else {
				out.InvalidLabels = append(out.InvalidLabels, label)
			}
		}
		if len(p.labelsOf(n)) > maxLabels {
			return &api.ParameterVersionLabelLimitExceeded{
				Message: "A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.",
			}
		}
		if len(out.InvalidLabels) == len(in.Labels) {
			return nil // nothing has changed
		}
		return s.tell(tx, h, p.Name, "LabelParameterVersion", &p.Newest)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UnlabelParameterVersion takes labels from a version. Those that it does not
// have are named.
//
// Spec: Systems Manager API Reference, UnlabelParameterVersion.
func (s *Service) UnlabelParameterVersion(ctx context.Context, in *api.UnlabelParameterVersionInput) (*api.UnlabelParameterVersionOutput, error) {
	out := &api.UnlabelParameterVersionOutput{}
	err := s.change(ctx, in.Name, func(tx *kv.Tx, h home, p *parameter) error {
		if err := hasVersion(tx, h, p, in.ParameterVersion); err != nil {
			return err
		}
		out.InvalidLabels, out.RemovedLabels = []string{}, []string{}
		for _, label := range in.Labels {
			if n, ok := p.Labels[label]; ok && n == in.ParameterVersion {
				delete(p.Labels, label)
				out.RemovedLabels = append(out.RemovedLabels, label)
			} else {
				out.InvalidLabels = append(out.InvalidLabels, label)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// hasVersion checks that a version is there.
func hasVersion(tx *kv.Tx, h home, p *parameter, n int64) error {
	_, ok, err := loadVersion(tx, h, p, n)
	if err == nil && !ok {
		return noVersion(p.Name, strconv.FormatInt(n, 10))
	}
	return err
}

// change reads a parameter, changes its labels or tags and writes it back.
func (s *Service) change(ctx context.Context, name string, how func(tx *kv.Tx, h home, p *parameter) error) error {
	h := homeOf(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, h, name)
		if err != nil {
			return err
		}
		labels, tags := map[string]int64{}, map[string]string{}
		maps.Copy(labels, p.Labels)
		maps.Copy(tags, p.Tags)
		p.Labels, p.Tags = labels, tags
		if err := how(tx, h, &p); err != nil {
			return err
		}
		return kv.Put(tx, h.parameterKey(p.Name), p)
	})
}
