package account

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
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

// DomainTags are the tags of the domain name with an ARN, which the second API
// keeps.
func (s *Service) DomainTags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := ask[*second.GetTagsOutput](ctx, s, noDomain, "GetTags", &second.GetTagsInput{ResourceArn: arn})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

// TagDomain adds and removes tags of the domain name with an ARN.
func (s *Service) TagDomain(ctx context.Context, arn string, add map[string]string, remove []string) error {
	if len(add) > 0 {
		if _, err := ask[*second.TagResourceOutput](ctx, s, noDomain, "TagResource", &second.TagResourceInput{ResourceArn: arn, Tags: add}); err != nil {
			return err
		}
	}
	if len(remove) == 0 {
		return nil
	}
	_, err := ask[*second.UntagResourceOutput](ctx, s, noDomain, "UntagResource", &second.UntagResourceInput{ResourceArn: arn, TagKeys: remove})
	return err
}
