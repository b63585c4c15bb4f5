package selector

import (
	"strings"
	"testing"
)

// What a set that is allowed selects is of the kinds that it says it may select,
// and another field in an advanced selector never selects more.
func FuzzSets(f *testing.F) {
	f.Add("eventName", "PutObject", "Data", "arn:aws:s3:::b/", false)
	f.Add("readOnly", "true", "Management", "arn:aws:s3", true)
	f.Fuzz(func(t *testing.T, field, value, kind, resource string, negated bool) {
		restriction := Field{Name: field, Equals: []string{value}}
		if negated {
			restriction = Field{Name: field, NotStartsWith: []string{value}}
		}
		wide := category(kind)
		if kind == "Data" {
			wide = objects(Field{Name: "resources.ARN", StartsWith: []string{resource}})
		}
		narrow := Set{Advanced: []Advanced{{Fields: append(append([]Field{}, wide.Advanced[0].Fields...), restriction)}}}
		basic := Set{Basic: []Basic{{ReadWrite: value, Management: negated, Data: []DataResource{{Type: "AWS::S3::Object", Values: []string{resource}}}}}}
		for name, e := range events() {
			if narrow.Match(e) && !wide.Match(e) {
				t.Errorf("%s is selected by %+v alone", name, restriction)
			}
			for _, set := range []Set{wide, narrow, basic} {
				if set.Check() != "" || !set.Match(e) {
					continue
				}
				if e.Class.Data == "" && !set.Management(e.Class.ReadOnly) || e.Class.Data != "" && !strings.Contains(strings.Join(set.DataTypes(), " "), e.Class.Data) {
					t.Errorf("%s is of no kind that %+v may select", name, set)
				}
			}
		}
	})
}
