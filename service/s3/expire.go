package s3

import (
	"context"
	"fmt"
	"math"
	"time"

	api "maru.dev/maru/api/s3"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/task"
	"maru.dev/maru/wire"
)

// expireKind is the kind of the task that carries out a bucket's lifecycle rules
// each midnight (UTC), which is when AWS says that things expire.
const expireKind = "s3.lifecycle"

// expireStep is how many rows one transaction looks at.
const expireStep = 500

// expiring names a bucket with lifecycle rules.
type expiring struct{ Account, Region, Name, ID string }

// expireNightly has a bucket's rules carried out from the next midnight on.
func (s *Service) expireNightly(tx *kv.Tx, b *bucket) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: expireKind, Owner: b.arn(), Key: b.ID, Due: midnight(s.Clock.Now()), Account: b.Account, Region: b.Region,
		Policy: task.Policy{MaxAttempts: math.MaxInt32}, Body: expiring{b.Account, b.Region, b.Name, b.ID},
	})
	if err != nil {
		return fmt.Errorf("plan expiry: %w", err)
	}
	return nil
}

// midnight is the next one after a moment.
func midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
}

// due is when something of a given age in days expires: at the midnight that
// follows.
func due(from time.Time, days int32) time.Time {
	at := from.UTC().AddDate(0, 0, int(days))
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return at
	}
	return midnight(at)
}

// runExpiry carries out a bucket's rules, folder by folder and step by step. What
// a crash leaves undone is found again.
func (s *Service) runExpiry(ctx context.Context, run *task.Run) error {
	var e expiring
	if err := run.Decode(&e); err != nil {
		return task.Dead(err)
	}
	ctx = call.As(ctx, "s3.amazonaws.com", "arn:aws:s3:::"+e.Name, e.Account, e.Region)
	for _, folder := range []string{"o", "m", "v", "u"} {
		last := expired{}
		for more := true; more; {
			var ended bool
			random := s.IDs.Bytes(versionBytes - 8)
			err := s.Store.Update(ctx, func(tx *kv.Tx) error {
				b, rules, err := s.rulesOf(tx, e)
				if ended = b == nil; err != nil || ended {
					return err
				}
				x := expiry{s: s, ctx: ctx, tx: tx, b: b, rules: rules, now: s.Clock.Now(), random: random, last: last}
				more, err = x.step(folder)
				if err == nil {
					last = x.last
				}
				return err
			})
			switch {
			case err != nil:
				return fmt.Errorf("expire objects: %w", err)
			case ended:
				return nil
			}
		}
	}
	return task.Again(midnight(s.Clock.Now()))
}

// rulesOf reads a bucket and its enabled rules; no bucket when there is no more
// to be done for it.
func (s *Service) rulesOf(tx *kv.Tx, e expiring) (*bucket, []api.LifecycleRule, error) {
	b, ok, err := s.buckets.Get(tx, bucketKey(e.Name))
	if err != nil || !ok || b.ID != e.ID {
		return nil, nil, err
	}
	c, ok, err := kv.Get[lifecycle](tx, b.settingKey(settingLifecycle))
	if err != nil || !ok {
		return nil, nil, err
	}
	var enabled []api.LifecycleRule
	for _, r := range c.Rules {
		if r.Status == "Enabled" {
			enabled = append(enabled, r)
		}
	}
	return b, enabled, nil
}

// expired is where a step has left off: the row, and what has to be known of the
// versions before the next one.
type expired struct {
	at    kv.Key
	key   string    // of that row
	newer int32     // how many versions of key that are not current are newer than the next
	since time.Time // when the next version of key ceased to be current
}

// expiry is one step of carrying out rules.
type expiry struct {
	s      *Service
	ctx    context.Context
	tx     *kv.Tx
	b      *bucket
	rules  []api.LifecycleRule
	now    time.Time
	random []byte
	last   expired
}

// step looks at the next rows of a folder, and tells whether there are more.
func (x *expiry) step(folder string) (more bool, err error) {
	rows := kv.Prefix(x.b.key(folder))
	if x.last.at != nil {
		rows = rows.After(x.last.at)
	}
	rows.Limit = expireStep
	n := 0
	for row, err := range x.tx.Scan(rows) {
		if err != nil {
			return false, wrapLoad(err)
		}
		n++
		if err := x.look(folder, row.Key); err != nil {
			return false, err
		}
		x.last.at = row.Key
	}
	return n == expireStep, nil
}

// look carries out the rules on one row.
func (x *expiry) look(folder string, at kv.Key) error {
	var key string
	if err := at.Scan(keyPart, &key); err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	if folder == "u" {
		return x.upload(at, key)
	}
	o, ok, err := kv.Get[object](x.tx, at)
	if err != nil || !ok {
		return wrapLoad(err)
	}
	switch folder {
	case "o":
		return x.object(key, &o)
	case "m":
		return x.marker(key, &o)
	default:
		return x.earlier(key, &o)
	}
}

// object lets a current version expire.
func (x *expiry) object(key string, o *object) error {
	if at, _, ok := expiresAt(x.rules, key, o); !ok || x.now.Before(at) {
		return nil
	}
	_, err := x.s.delete(x.ctx, x.tx, x.b, &deletion{key: key, random: x.random, expired: true}, x.now)
	return err
}

// marker removes a delete marker behind which nothing is hidden any more.
func (x *expiry) marker(key string, o *object) error {
	for i := range x.rules {
		r := &x.rules[i]
		e := r.Expiration
		if e == nil || !covered(r, key, nil) {
			continue
		}
		asked := e.ExpiredObjectDeleteMarker != nil && *e.ExpiredObjectDeleteMarker
		aged := e.Days != nil && !x.now.Before(due(o.Modified, *e.Days)) || e.Date != nil && !x.now.Before(*e.Date)
		if !asked && !aged {
			continue
		}
		rest := kv.Prefix(x.b.key("v", key))
		rest.Limit = 1
		for _, err := range x.tx.Scan(rest) {
			return wrapLoad(err) // it still hides something
		}
		return x.remove(key, o, true)
	}
	return nil
}

// earlier lets a version that is not current expire. Its age counts from when
// the next newer one came.
func (x *expiry) earlier(key string, o *object) error {
	if key != x.last.key {
		cur, err := current(x.tx, x.b, key)
		if err != nil || cur == nil {
			return err
		}
		x.last.key, x.last.newer, x.last.since = key, 0, seqTime(cur.Seq)
	}
	since, newer := x.last.since, x.last.newer
	x.last.since, x.last.newer = seqTime(o.Seq), newer+1
	for i := range x.rules {
		r := &x.rules[i]
		e := r.NoncurrentVersionExpiration
		if e == nil || !covered(r, key, o) || e.NewerNoncurrentVersions != nil && newer < *e.NewerNoncurrentVersions {
			continue
		}
		if e.NoncurrentDays != nil && !x.now.Before(due(since, *e.NoncurrentDays)) {
			return x.remove(key, o, false)
		}
	}
	return nil
}

// remove deletes a version for good, and tells of it.
func (x *expiry) remove(key string, o *object, isCurrent bool) error {
	if err := x.s.remove(x.tx, x.b, key, o, isCurrent); err != nil {
		return err
	}
	return x.s.emit(x.ctx, x.tx, x.b, event{name: "LifecycleExpiration:Delete", key: key, object: o})
}

// upload ends an upload that nobody has completed.
func (x *expiry) upload(at kv.Key, key string) error {
	u, ok, err := kv.Get[upload](x.tx, at)
	if err != nil || !ok {
		return err
	}
	for i := range x.rules {
		r := &x.rules[i]
		a := r.AbortIncompleteMultipartUpload
		if a == nil || a.DaysAfterInitiation == nil || !covered(r, key, nil) || x.now.Before(due(u.Initiated, *a.DaysAfterInitiation)) {
			continue
		}
		if err := x.tx.Delete(at); err != nil {
			return err
		}
		return x.s.release(x.tx, x.b, u.ID, x.now)
	}
	return nil
}

// seqTime is when a version was made.
func seqTime(seq uint64) time.Time { return time.Unix(0, int64(seq)) }

// expiresAt tells when a current version expires first, and by which rule.
func expiresAt(rules []api.LifecycleRule, key string, o *object) (at time.Time, rule string, ok bool) {
	for i := range rules {
		r := &rules[i]
		e := r.Expiration
		if r.Status != "Enabled" || e == nil || e.Days == nil && e.Date == nil || !covered(r, key, o) {
			continue
		}
		var when time.Time
		if e.Days != nil {
			when = due(o.Modified, *e.Days)
		} else {
			when = *e.Date
		}
		if !ok || when.Before(at) {
			at, rule, ok = when, wire.Value(r.ID), true
		}
	}
	return at, rule, ok
}

// covered tells whether a rule is about a key, and about the object that it has;
// rules that ask for tags or sizes are about objects alone.
func covered(r *api.LifecycleRule, key string, o *object) bool {
	f := filterOf(r)
	if len(key) < len(f.prefix) || key[:len(f.prefix)] != f.prefix {
		return false
	}
	if len(f.tags) == 0 && f.larger == nil && f.smaller == nil {
		return true
	}
	if o == nil || o.Marker || f.larger != nil && o.Size <= *f.larger || f.smaller != nil && o.Size >= *f.smaller {
		return false
	}
	for _, want := range f.tags {
		if !hasTag(o.Tags, want) {
			return false
		}
	}
	return true
}

// hasTag tells whether a tag is among others.
func hasTag(tags []api.Tag, want api.Tag) bool {
	for _, t := range tags {
		if t == want {
			return true
		}
	}
	return false
}

// lifecycleFilter is what a rule is about, in whichever form it was said.
type lifecycleFilter struct {
	prefix          string
	tags            []api.Tag
	larger, smaller *int64
}

// filterOf reads a rule's filter.
func filterOf(r *api.LifecycleRule) (f lifecycleFilter) {
	switch {
	case r.Filter == nil:
		f.prefix = wire.Value(r.Prefix)
	case r.Filter.And != nil:
		a := r.Filter.And
		f = lifecycleFilter{wire.Value(a.Prefix), a.Tags, a.ObjectSizeGreaterThan, a.ObjectSizeLessThan}
	default:
		f = lifecycleFilter{prefix: wire.Value(r.Filter.Prefix), larger: r.Filter.ObjectSizeGreaterThan, smaller: r.Filter.ObjectSizeLessThan}
		if r.Filter.Tag != nil {
			f.tags = []api.Tag{*r.Filter.Tag}
		}
	}
	return f
}

// expirationHeader tells who reads an object when it will go; nil when it stays.
func expirationHeader(tx *kv.Tx, b *bucket, key string, o *object) (*string, error) {
	if !b.Expires {
		return nil, nil //nolint:nilnil // most buckets have no rules
	}
	c, _, err := kv.Get[lifecycle](tx, b.settingKey(settingLifecycle))
	if err != nil {
		return nil, fmt.Errorf("load lifecycle: %w", err)
	}
	at, rule, ok := expiresAt(c.Rules, key, o)
	if !ok {
		return nil, nil //nolint:nilnil // as above
	}
	return new(fmt.Sprintf("expiry-date=%q, rule-id=%q", at.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), rule)), nil
}
