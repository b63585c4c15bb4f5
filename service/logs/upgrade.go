package logs

import (
	"context"
	"errors"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/logs/chunk"
)

// upgradeRows is how many events are moved in a transaction.
const upgradeRows = 2000

// lone is an event as folders of format 1 have it: a row of its own under "e",
// by group, time, version and index, and one without a value under "x", where
// the stream comes behind the group.
type lone struct {
	Name     string `cbor:"n"` // stream name
	Message  string `cbor:"m"`
	Ingested int64  `cbor:"i"`
}

// Upgrade implements service.Upgrader: events of folders of format 1 move into
// chunks.
func (s *Service) Upgrade(ctx context.Context, from int) error {
	if from > 1 {
		return nil
	}
	err := service.RewriteHomes(ctx, s.Store, func(tx *kv.Tx, at service.Home) (more bool, err error) {
		return moveEvents(tx, home{at.Account, at.Region})
	})
	if err != nil {
		return fmt.Errorf("move log events: %w", err)
	}
	return nil
}

// moveEvents moves the next events of a home, all of one stream, and tells
// whether there may be more.
func moveEvents(tx *kv.Tx, h home) (more bool, err error) {
	var of group
	var st stream
	var events []chunk.Event
	var ingested int64
	r := kv.Prefix(h.key("x"))
	r.Limit = upgradeRows
	for row, err := range tx.Scan(r) {
		if err != nil {
			return false, err
		}
		var groupID, streamID string
		var at, index int64
		var version uint64
		if err := row.Key.Scan(4, &groupID, &streamID, &at, &version, &index); err != nil {
			return false, err
		}
		if more && (groupID != of.ID || streamID != st.ID) {
			break
		}
		more = true
		key := h.key("e", groupID, at, version, index)
		e, _, err := kv.Get[lone](tx, key)
		if err != nil {
			return false, err
		}
		of.ID, st.ID, st.Name, ingested = groupID, streamID, e.Name, e.Ingested
		events = append(events, chunk.Event{At: at, Message: e.Message})
		if err := errors.Join(tx.Delete(key), tx.Delete(row.Key)); err != nil {
			return false, err
		}
	}
	return more, putChunks(tx, h, &of, &st, events, ingested)
}
