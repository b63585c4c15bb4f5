package mail

import (
	"context"
	"hash/fnv"
	"time"

	"maru.dev/maru/kv"
)

// What an account may send. maru counts, and does not refuse.
const (
	MaxDaily  = 50_000
	MaxSecond = 14
)

// Statistics go two weeks back, in steps of a quarter of an hour.
const (
	step    = 15 * time.Minute
	history = 14 * 24 * time.Hour
)

// Point is what was sent in one step.
type Point struct {
	At       time.Time
	Attempts int64
}

// countAttempts notes recipients. Now and then, chosen by the time, it forgets
// what is too old to be asked for.
func (h home) countAttempts(tx *kv.Tx, now time.Time, recipients int) error {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(now.String())) // a hash takes everything
	if hash.Sum32()%256 == 0 {
		old := kv.Prefix(h.key("a"))
		old.To = h.attemptsKey(now.Add(-history - step))
		if err := tx.DeleteRange(old); err != nil {
			return err
		}
	}
	return tx.Add(h.attemptsKey(now.Truncate(step)), int64(recipients))
}

// Sent returns the points of the time since, oldest first.
func (b *Box) Sent(ctx context.Context, since time.Duration) (points []Point, err error) {
	h := homeOf(ctx)
	r := kv.Prefix(h.key("a"))
	r.From = h.attemptsKey(b.Clock.Now().Add(-since))
	err = b.Store.View(ctx, func(tx *kv.Tx) error {
		points = nil
		for pair, err := range tx.Scan(r) {
			if err != nil {
				return err
			}
			var p Point
			if err := pair.Key.Scan(4, &p.At); err != nil {
				return err
			}
			if p.Attempts, err = tx.Count(pair.Key); err != nil {
				return err
			}
			points = append(points, p)
		}
		return nil
	})
	return points, err
}

// SentToday is the number of recipients in the last 24 hours, to a quarter of
// an hour.
func (b *Box) SentToday(ctx context.Context) (float64, error) {
	points, err := b.Sent(ctx, 24*time.Hour)
	var sum int64
	for _, p := range points {
		sum += p.Attempts
	}
	return float64(sum), err
}

// Statistics are all points that are kept.
func (b *Box) Statistics(ctx context.Context) ([]Point, error) { return b.Sent(ctx, history) }
