package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// DeleteTopic removes a topic with its subscriptions. Messages on their way
// are still delivered. A topic that is not there is no error.
//
// Spec: SNS API Reference, DeleteTopic.
func (s *Service) DeleteTopic(ctx context.Context, in *api.DeleteTopicInput) (*api.DeleteTopicOutput, error) {
	ref, err := parseTopic(call.From(ctx), in.TopicArn, "TopicArn")
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		for _, table := range topicTables() {
			if err := tx.DeleteRange(kv.Prefix(ref.Key(table, ref.name))); err != nil {
				return err
			}
		}
		if err := tx.Delete(ref.seqKey()); err != nil {
			return err
		}
		return tx.Delete(ref.rowKey())
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteTopicOutput{}, nil
}
