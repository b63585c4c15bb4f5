package account

import (
	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
)

// Tagged finds what has tags, by its kind as ARNs name it, and its id. ok is
// false for a kind that is none of an account's.
func Tagged(tx *kv.Tx, at service.Home, kind, id string) (t record.Tagged, ok bool, err error) {
	switch kind {
	case "apikeys":
		t, err = record.TagsOf(tx, keys(), func(v *api.ApiKey) *map[string]string { return &v.Tags }, at, id)
	case "usageplans":
		t, err = record.TagsOf(tx, usagePlans(), func(v *api.UsagePlan) *map[string]string { return &v.Tags }, at, id)
	case "clientcertificates":
		t, err = record.TagsOf(tx, certificates(), func(v *certificate) *map[string]string { return &v.Certificate.Tags }, at, id)
	case "vpclinks":
		t, err = record.TagsOf(tx, links(), func(v *api.VpcLink) *map[string]string { return &v.Tags }, at, id)
	default:
		return t, false, nil
	}
	return t, true, err
}
