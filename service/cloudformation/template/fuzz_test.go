package template

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

// Each dynamic reference in a text is looked up once and stands replaced, with all
// around it as it was; what they make together is bounded.
func FuzzDynamic(f *testing.F) {
	for _, text := range []string{
		"{{resolve:ssm:/a/b:3}}", "x-{{resolve:ssm:a}}-{{resolve:secretsmanager:s:SecretString:k}}-y", "{{resolve:ssm}}", "{{resolve:ssm:a", "{{resolve:ssm:a}", "{{resolve::}}", "{{resolve:}}", "{{resolve:ssm:{{resolve:ssm:a}}}}",
		"{{resolve:ssm:a}}}}", "{{ resolve:ssm:a}}", "{{Resolve:ssm:a}}", "{{resolve:ssm:\n}}", "{{{{resolve:ssm:a}}}}", "}}{{", "", "\xff{{resolve:\xff:\xff}}", strings.Repeat("{{resolve:ssm:a}}", 40),
	} {
		f.Add(text, 3)
		f.Add(text, 1<<20)
	}
	reference := regexp.MustCompile(`(?s)\{\{resolve:(.*?)\}\}`)
	f.Fuzz(func(t *testing.T, text string, size int) {
		value := strings.Repeat("v", min(max(0, size), 1<<20)) + "{{resolve:ssm:again}}"
		var asked []string
		e := (&Env{Dynamic: func(_ context.Context, service, reference string) (string, error) {
			asked = append(asked, service+":"+reference)
			return value, nil
		}}).bounded()
		got, err := e.dynamic(t.Context(), text)
		var want []string
		wrong := false
		for _, m := range reference.FindAllStringSubmatch(text, -1) {
			wrong = wrong || !strings.Contains(m[1], ":")
			want = append(want, m[1])
		}
		for _, around := range reference.Split(text, -1) {
			wrong = wrong || strings.Contains(around, resolvePrefix)
		}
		tooMuch := len(want)*(len(value)+callCost) > maxMade
		if (err != nil) != (wrong || tooMuch) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			if len(asked)*(len(value)+callCost) > maxMade+len(value)+callCost {
				t.Errorf("%d values of %d bytes are looked up", len(asked), len(value))
			}
			return
		}
		if strings.Join(asked, "\n") != strings.Join(want, "\n") || got != reference.ReplaceAllLiteralString(text, value) {
			t.Errorf("%q looks up %q", text, asked)
		}
	})
}
