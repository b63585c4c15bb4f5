package cloudtrail

import (
	"context"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/cloudtrail/history"
)

// upgradeRows is how many events are moved in a transaction.
const upgradeRows = 256

// Upgrade implements service.Upgrader: events of folders before format 4, which
// have a row each and one for each of their attributes, move into blocks.
func (s *Service) Upgrade(ctx context.Context, from int) error {
	if from > 3 {
		return nil
	}
	err := service.RewriteHomes(ctx, s.Store, func(tx *kv.Tx, at service.Home) (more bool, err error) {
		return moveEvents(tx, home{at.Account, at.Region})
	})
	if err != nil {
		return fmt.Errorf("move events of the history: %w", err)
	}
	return nil
}

// moveEvents moves the oldest events of a home that stand under "h", by time and
// ID, and tells whether there may be more. Their index, which led to their own
// places, is replaced by that of their blocks.
func moveEvents(tx *kv.Tx, h home) (more bool, err error) {
	r := kv.Prefix(h.key("h"))
	r.Limit = upgradeRows
	var events []history.Event
	for row, err := range kv.Scan[history.Event](tx, r) {
		if err != nil {
			return false, err
		}
		e := row.Value
		if err := row.Key.Scan(4, &e.Nanos, &e.ID); err != nil {
			return false, err
		}
		if err := tx.Delete(row.Key); err != nil {
			return false, err
		}
		events = append(events, e)
	}
	if err := h.history().Unindex(tx, events); err != nil {
		return false, err
	}
	return len(events) == upgradeRows, h.history().Pack(tx, events)
}
