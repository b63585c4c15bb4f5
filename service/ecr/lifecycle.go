package ecr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The limits of lifecycle policies.
const (
	maxRules    = 50
	maxPatterns = 4 // stars in one pattern of tags
)

// lifecycleRule is a rule of a lifecycle policy. What is optional and absent is
// nil or empty.
type lifecycleRule struct {
	RulePriority *int               `json:"rulePriority"`
	Description  string             `json:"description"`
	Selection    *lifecycleSelector `json:"selection"`
	Action       *lifecycleAction   `json:"action"`
}

// lifecycleSelector says which images a rule is about.
type lifecycleSelector struct {
	TagStatus      string   `json:"tagStatus"`
	TagPatternList []string `json:"tagPatternList"`
	TagPrefixList  []string `json:"tagPrefixList"`
	StorageClass   string   `json:"storageClass"`
	CountType      string   `json:"countType"`
	CountUnit      string   `json:"countUnit"`
	CountNumber    *int     `json:"countNumber"`
}

// lifecycleAction says what becomes of them.
type lifecycleAction struct {
	Type               string `json:"type"`
	TargetStorageClass string `json:"targetStorageClass"`
}

// checkLifecycle refuses what is no lifecycle policy.
//
// Spec: Amazon ECR User Guide, Lifecycle policy properties.
func checkLifecycle(text string) error {
	var p struct {
		Rules []lifecycleRule `json:"rules"`
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(&p)
	if _, behind := dec.Token(); err != nil || !errors.Is(behind, io.EOF) {
		return badLifecycle("Could not map policyString into LifecyclePolicy.")
	}
	switch {
	case p.Rules == nil:
		return badLifecycle(`object has missing required properties (["rules"])`)
	case len(p.Rules) == 0 || len(p.Rules) > maxRules:
		return badLifecycle("a lifecycle policy has 1 to %d rules, found %d", maxRules, len(p.Rules))
	}
	for i := range p.Rules {
		if err := p.Rules[i].check(); err != nil {
			return err
		}
	}
	return checkOrder(p.Rules)
}

// badLifecycle is the answer to a text that is no lifecycle policy.
func badLifecycle(format string, args ...any) error {
	return invalid("LifecyclePolicyText", "Lifecycle policy validation failure: %s", fmt.Sprintf(format, args...))
}

// check refuses a rule that is none by itself.
func (r *lifecycleRule) check() error {
	var absent []string
	for _, p := range []struct {
		name string
		here bool
	}{{"action", r.Action != nil}, {"rulePriority", r.RulePriority != nil}, {"selection", r.Selection != nil}} {
		if !p.here {
			absent = append(absent, `"`+p.name+`"`)
		}
	}
	if len(absent) > 0 {
		return badLifecycle("object has missing required properties ([%s])", strings.Join(absent, ","))
	}
	if *r.RulePriority < 1 {
		return badLifecycle("numeric instance is lower than the required minimum (minimum: 1, found: %d)", *r.RulePriority)
	}
	if err := r.Selection.check(); err != nil {
		return err
	}
	return r.Action.check(r.Selection)
}

// check refuses a selection that is none.
func (s *lifecycleSelector) check() error {
	if err := oneOf(s.TagStatus, "any", "tagged", "untagged"); err != nil {
		return err
	}
	if err := oneOf(s.CountType, "imageCountMoreThan", "sinceImagePulled", "sinceImagePushed", "sinceImageTransitioned"); err != nil {
		return err
	}
	since := strings.HasPrefix(s.CountType, "since")
	patterns, prefixes := len(s.TagPatternList) > 0, len(s.TagPrefixList) > 0
	switch {
	case s.CountNumber == nil:
		return badLifecycle(`object has missing required properties (["countNumber"])`)
	case *s.CountNumber < 1:
		return badLifecycle("numeric instance is lower than the required minimum (minimum: 1, found: %d)", *s.CountNumber)
	case since && s.CountUnit != "days":
		return badLifecycle("countUnit must be days where countType is %s", s.CountType)
	case !since && s.CountUnit != "":
		return badLifecycle("countUnit must not be set where countType is %s", s.CountType)
	case patterns && prefixes:
		return badLifecycle("tagPatternList and tagPrefixList must not be set together")
	case s.TagStatus == "tagged" && !patterns && !prefixes:
		return badLifecycle("tagPatternList or tagPrefixList must be set where tagStatus is tagged")
	case s.TagStatus != "tagged" && (patterns || prefixes):
		return badLifecycle("tagPatternList and tagPrefixList must not be set where tagStatus is %s", s.TagStatus)
	}
	for _, pattern := range s.TagPatternList {
		if strings.Count(pattern, "*") > maxPatterns {
			return badLifecycle("a pattern of tags can have at most %d wildcards (*)", maxPatterns)
		}
	}
	return s.checkClass()
}

// checkClass refuses a storage class that cannot be counted so.
func (s *lifecycleSelector) checkClass() error {
	if s.StorageClass == "" {
		s.StorageClass = "standard"
	}
	if err := oneOf(s.StorageClass, "archive", "standard"); err != nil {
		return err
	}
	if moved := s.CountType == "sinceImageTransitioned"; moved && s.StorageClass != "archive" {
		return badLifecycle("storageClass must be archive where countType is sinceImageTransitioned")
	}
	return nil
}

// check refuses an action that is none, or cannot be taken on what is selected.
func (a *lifecycleAction) check(on *lifecycleSelector) error {
	if err := oneOf(a.Type, "expire", "transition"); err != nil {
		return err
	}
	switch {
	case a.Type == "expire" && a.TargetStorageClass != "":
		return badLifecycle("targetStorageClass must not be set where the action is expire")
	case a.Type == "transition" && a.TargetStorageClass != "archive":
		return badLifecycle("targetStorageClass must be archive where the action is transition")
	case a.Type == "transition" && on.StorageClass == "archive":
		return badLifecycle("images of storageClass archive cannot be transitioned")
	}
	return nil
}

// oneOf refuses a value that is none of those allowed.
func oneOf(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return badLifecycle(`instance value (%q) not found in enum (possible values: ["%s"])`, value, strings.Join(allowed, `","`))
}

// checkOrder refuses rules that cannot be told apart: each has a priority of its
// own, and within a storage class one is of untagged images and one, the last,
// of any.
func checkOrder(rules []lifecycleRule) error {
	priorities := make(map[int]bool, len(rules))
	last := make(map[string]int)
	sole := make(map[string]bool)
	for i := range rules {
		r := &rules[i]
		if priorities[*r.RulePriority] {
			return badLifecycle("rulePriority must be unique, found %d twice", *r.RulePriority)
		}
		priorities[*r.RulePriority] = true
		class, status := r.Selection.StorageClass, r.Selection.TagStatus
		last[class] = max(last[class], *r.RulePriority)
		if status == "tagged" {
			continue
		}
		if sole[class+" "+status] {
			return badLifecycle("only one rule can have tagStatus %s", status)
		}
		sole[class+" "+status] = true
	}
	for i := range rules {
		if r := &rules[i]; r.Selection.TagStatus == "any" && *r.RulePriority != last[r.Selection.StorageClass] {
			return badLifecycle("the rule with tagStatus any must have the highest rulePriority")
		}
	}
	return nil
}
