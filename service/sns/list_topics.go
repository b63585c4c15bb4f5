package sns

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// ListTopics lists the caller's topics, a hundred to a page.
//
// Spec: SNS API Reference, ListTopics.
func (s *Service) ListTopics(ctx context.Context, in *api.ListTopicsInput) (*api.ListTopicsOutput, error) {
	h := names.HomeOf(call.From(ctx))
	var out *api.ListTopicsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListTopicsOutput{Topics: []api.Topic{}}
		out.NextToken, err = names.Page(tx, h.Key("topic"), in.NextToken, func(row kv.Row[topic]) error {
			var name string
			if err := row.Key.Scan(4, &name); err != nil {
				return fmt.Errorf("read topic key: %w", err)
			}
			out.Topics = append(out.Topics, api.Topic{TopicArn: new(h.Resource(name))})
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
