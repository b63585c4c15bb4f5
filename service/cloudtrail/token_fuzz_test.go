package cloudtrail

import (
	"encoding/base64"
	"testing"
	"time"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/service/cloudtrail/history"
)

// A token of LookupEvents goes on with the request that it is of, or is refused.
func FuzzReadToken(f *testing.F) {
	end := time.Unix(1_700_000_000, 0)
	in := &api.LookupEventsInput{LookupAttributes: []api.LookupAttribute{{AttributeKey: "Username", AttributeValue: "u"}}, EndTime: &end}
	other := &api.LookupEventsInput{EndTime: &end}
	out, err := page([]history.Event{{Place: history.Place{ID: "a", Nanos: 1}}, {Place: history.Place{ID: "b"}}}, 1, in)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(*out.NextToken)
	for _, text := range []string{`{"s":-1,"i":"\u0000","f":"` + asked(in) + `"}`, `{"s":1e30,"f":"` + asked(in) + `"}`, `{"f":"` + asked(other) + `"}`, `null`, `[]`, ``} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(text)))
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, err := readToken(token, in)
		if err != nil {
			return
		}
		if got.For != asked(in) {
			t.Errorf("%q is %+v", token, got)
		}
		if _, err := readToken(token, other); err == nil {
			t.Errorf("%q is another request's, too", token)
		}
	})
}
