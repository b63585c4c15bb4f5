package logs

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
)

// CreateLogStream makes an empty stream in a group.
//
// Spec: CloudWatch Logs API Reference, CreateLogStream.
func (s *Service) CreateLogStream(ctx context.Context, in *api.CreateLogStreamInput) (*api.CreateLogStreamOutput, error) {
	h := homeOf(ctx)
	st := stream{ID: s.IDs.Hex(16), Name: in.LogStreamName, Created: s.Clock.Now().UnixMilli()}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, in.LogGroupName)
		if err != nil {
			return err
		}
		_, ok, err := tx.Get(h.streamKey(g.ID, st.Name))
		if err != nil {
			return fmt.Errorf("load log stream: %w", err)
		}
		if ok {
			return &api.ResourceAlreadyExistsException{Message: "The specified log stream already exists"}
		}
		if err := tx.Put(h.orderKey(g.ID, &st), nil); err != nil {
			return err
		}
		return kv.Put(tx, h.streamKey(g.ID, st.Name), st)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateLogStreamOutput{}, nil
}
