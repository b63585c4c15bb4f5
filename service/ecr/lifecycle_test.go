package ecr

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rule writes a rule of a lifecycle policy.
func rule(priority int, selection, action string) string {
	return fmt.Sprintf(`{"rulePriority":%d,"selection":{%s},"action":{%s}}`, priority, selection, action)
}

func TestLifecyclePoliciesAreChecked(t *testing.T) {
	t.Parallel()
	const (
		count    = `"countType":"imageCountMoreThan","countNumber":5`
		untagged = `"tagStatus":"untagged",` + count
		anyImage = `"tagStatus":"any",` + count
		expire   = `"type":"expire"`
		archive  = `"type":"transition","targetStorageClass":"archive"`
	)
	many := strings.TrimSuffix(strings.Repeat("{},", maxRules+1), ",")
	tests := map[string]struct {
		rules string
		want  string // part of the complaint; "" is none
	}{
		"untagged":            {rule(1, untagged, expire), ""},
		"prefixes":            {rule(1, `"tagStatus":"tagged","tagPrefixList":["v"],`+count, expire), ""},
		"patterns":            {rule(1, `"tagStatus":"tagged","tagPatternList":["*a*b*c*"],`+count, expire), ""},
		"days":                {rule(1, `"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":1`, expire), ""},
		"any comes last":      {rule(9, anyImage, expire) + "," + rule(2, untagged, expire), ""},
		"archived":            {rule(1, untagged, archive) + "," + rule(2, `"storageClass":"archive","tagStatus":"untagged","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90`, expire), ""},
		"no rules":            {"", "1 to 50 rules"},
		"too many rules":      {many, "1 to 50 rules"},
		"nothing in a rule":   {"{}", `(["action","rulePriority","selection"])`},
		"no action":           {`{"rulePriority":1,"selection":{` + untagged + `}}`, `(["action"])`},
		"unknown member":      {`{"priority":1}`, "Could not map policyString"},
		"priority of zero":    {rule(0, untagged, expire), "minimum: 1, found: 0"},
		"priority twice":      {rule(1, untagged, expire) + "," + rule(1, anyImage, expire), "unique"},
		"any before another":  {rule(1, anyImage, expire) + "," + rule(2, untagged, expire), "highest rulePriority"},
		"untagged twice":      {rule(1, untagged, expire) + "," + rule(2, untagged, expire), "only one rule"},
		"tag status":          {rule(1, `"tagStatus":"some",`+count, expire), `"some"`},
		"count type":          {rule(1, `"tagStatus":"any","countType":"size","countNumber":1`, expire), `"size"`},
		"no number":           {rule(1, `"tagStatus":"any","countType":"imageCountMoreThan"`, expire), "countNumber"},
		"number of zero":      {rule(1, `"tagStatus":"any","countType":"imageCountMoreThan","countNumber":0`, expire), "found: 0"},
		"no unit":             {rule(1, `"tagStatus":"any","countType":"sinceImagePushed","countNumber":1`, expire), "countUnit must be days"},
		"unit of a count":     {rule(1, untagged+`,"countUnit":"days"`, expire), "countUnit must not"},
		"tagged as what":      {rule(1, `"tagStatus":"tagged",`+count, expire), "must be set where tagStatus is tagged"},
		"untagged with tags":  {rule(1, untagged+`,"tagPrefixList":["v"]`, expire), "where tagStatus is untagged"},
		"patterns, prefixes":  {rule(1, `"tagStatus":"tagged","tagPrefixList":["v"],"tagPatternList":["v"],`+count, expire), "together"},
		"too many wildcards":  {rule(1, `"tagStatus":"tagged","tagPatternList":["*a*b*c*d*"],`+count, expire), "wildcards"},
		"storage class":       {rule(1, untagged+`,"storageClass":"cold"`, expire), `"cold"`},
		"never transitioned":  {rule(1, `"tagStatus":"any","countType":"sinceImageTransitioned","countUnit":"days","countNumber":1`, expire), "storageClass must be archive"},
		"action":              {rule(1, untagged, `"type":"keep"`), `"keep"`},
		"expire to a class":   {rule(1, untagged, `"type":"expire","targetStorageClass":"archive"`), "must not be set where the action is expire"},
		"transition to where": {rule(1, untagged, `"type":"transition"`), "must be archive where the action"},
		"archive an archived": {rule(1, untagged+`,"storageClass":"archive"`, archive), "cannot be transitioned"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := checkLifecycle(`{"rules":[` + tt.rules + `]}`)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestLifecyclePoliciesAreDocuments(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"no JSON":     "rules",
		"a list":      "[]",
		"two":         `{"rules":[]} {"rules":[]}`,
		"a bracket":   goodLifecycle + "]",
		"nothing":     `{}`,
		"other names": `{"rule":[]}`,
		"a number":    `{"rules":1}`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := checkLifecycle(text); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func FuzzCheckLifecycle(f *testing.F) {
	f.Add(goodLifecycle)
	f.Add(`{"rules":[{}]}`)
	f.Add(`{"rules":[{"rulePriority":1,"selection":null,"action":{}}]}`)
	f.Add(goodLifecycle + "}")
	f.Fuzz(func(t *testing.T, text string) {
		if checkLifecycle(text) == nil && !json.Valid([]byte(text)) {
			t.Errorf("%q is accepted, and is no JSON", text)
		}
	})
}
