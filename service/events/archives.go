package events

import (
	"context"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
)

const (
	// retainKind is the kind of the tasks that remove what an archive has kept
	// long enough. Each has its archive's ARN as its key.
	retainKind = "events.retain"
	// retainEvery is how often they look.
	retainEvery = time.Hour
	// archivePart is how much of an event one row holds.
	archivePart = 512 << 10
)

func (h home) archiveARN(name string) string { return h.arn("archive/" + name) }

// loadArchive reads an archive.
func loadArchive(tx *kv.Tx, h home, name string) (*archive, error) {
	a, ok, err := kv.Get[archive](tx, h.archiveKey(name))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load archive: %w", err)
	case !ok:
		return nil, notFound("Archive %s does not exist.", name)
	}
	return &a, nil
}

// sourceBus reads the ARN of the bus that an archive is of.
func sourceBus(source string) (busRef, error) {
	a, err := arn.Parse(source)
	name, ok := strings.CutPrefix(a.Resource, "event-bus/")
	if err != nil || a.Service != "events" || !ok || name == "" {
		return busRef{}, invalid("Parameter EventSourceArn is not valid. Reason: Provided Arn is not in correct format.")
	}
	return busRef{home{a.Account, a.Region}, name}, nil
}

// keep adds an event to an archive.
func (s *Service) keep(tx *kv.Tx, a *archive, e *event) error {
	h, text := e.bus.home, e.json()
	key := h.archivedEventKey(a.ID, e.time, e.id)
	for part := 0; len(text) > 0; part++ {
		n := min(archivePart, len(text))
		if err := tx.Put(key.With(part), text[:n]); err != nil {
			return fmt.Errorf("archive event: %w", err)
		}
		text = text[n:]
	}
	if err := tx.Add(h.countKey(a.ID), 1); err != nil {
		return err
	}
	return tx.Add(h.sizeKey(a.ID), int64(len(e.json())))
}

// retain lets an archive's retention run, or stops it.
func (s *Service) retain(tx *kv.Tx, h home, name string, a *archive) error {
	if a.Retention == 0 {
		return s.Tasks.CancelKey(tx, retainKind, h.archiveARN(name))
	}
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: retainKind, Owner: h.archiveARN(name), Key: h.archiveARN(name), Due: s.Clock.Now().Add(retainEvery),
		Account: h.account, Region: h.region, Body: name,
	})
	return err
}

// runRetain removes the events that an archive has kept for its time, a page to
// a transaction.
func (s *Service) runRetain(ctx context.Context, run *task.Run) error {
	var name string
	if err := run.Decode(&name); err != nil {
		return task.Dead(err)
	}
	h, now := home{run.Account, run.Region}, s.Clock.Now()
	for more := true; more; {
		err := s.Store.Update(ctx, func(tx *kv.Tx) error {
			if err := run.Hold(tx); err != nil {
				return err
			}
			more = false
			a, ok, err := kv.Get[archive](tx, h.archiveKey(name))
			if err != nil || !ok || a.Retention == 0 {
				return err
			}
			more, err = h.removeBefore(tx, a.ID, now.AddDate(0, 0, -int(a.Retention)))
			return err
		})
		if err != nil {
			return err
		}
	}
	return task.Again(now.Add(retainEvery))
}

// removeBefore removes a page of an archive's events from before a time, and
// tells whether there are more.
func (h home) removeBefore(tx *kv.Tx, archiveID string, before time.Time) (more bool, err error) {
	old := kv.Prefix(h.archivedKey(archiveID))
	old.To = h.archivedKey(archiveID).With(before)
	old.Limit = 1000
	rows, events, bytes := 0, int64(0), int64(0)
	for row, err := range tx.Scan(old) {
		if err != nil {
			return false, fmt.Errorf("scan archive: %w", err)
		}
		_, _, part, err := archivedPlace(row.Key)
		if err != nil {
			return false, err
		}
		if part == 0 {
			events++
		}
		rows++
		bytes += int64(len(row.Value))
		if err := tx.Delete(row.Key); err != nil {
			return false, err
		}
	}
	if err := tx.Add(h.countKey(archiveID), -events); err != nil {
		return false, err
	}
	return rows == old.Limit, tx.Add(h.sizeKey(archiveID), -bytes)
}

// archivedPlace reads the key of an archived event's row.
func archivedPlace(key kv.Key) (at time.Time, id string, part int64, err error) {
	if err = key.Scan(5, &at, &id, &part); err != nil {
		err = fmt.Errorf("read key of archived event: %w", err)
	}
	return at, id, part, err
}

// archiveName reads the name in an archive's ARN.
func archiveName(source string) (h home, name string, ok bool) {
	a, err := arn.Parse(source)
	if err != nil {
		return home{}, "", false
	}
	name, ok = strings.CutPrefix(a.Resource, "archive/")
	return home{a.Account, a.Region}, name, ok && a.Service == "events" && name != ""
}

// counts are how many events an archive has, and their size.
func (h home) counts(tx *kv.Tx, a *archive) (events, bytes int64, err error) {
	if events, err = tx.Count(h.countKey(a.ID)); err != nil {
		return 0, 0, err
	}
	bytes, err = tx.Count(h.sizeKey(a.ID))
	return events, bytes, err
}

// enabledArchive is the state of every archive: it takes events from the
// transaction that makes it.
const enabledArchive = api.ArchiveStateEnabled
