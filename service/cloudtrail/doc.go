// Package cloudtrail is AWS CloudTrail: each call of an operation is recorded as
// AWS writes it, can be looked up for 90 days, and is delivered by trails to
// buckets, log groups, topics and the default event bus. Package record below
// writes the records, package selector tells which events a trail wants, package
// history keeps what can be looked up.
//
// # How calls become events
//
// The door tells Audit of each call before its caller has the answer. What wrote
// something is committed there, in a transaction of its own that shares its sync
// with others: whoever has been answered finds the record after a crash. What
// only read is buffered for half a second at most, and for longer by nobody: when
// the buffer is full the caller's own call writes. Data events cost two looks
// into maps unless a trail selects them; then they are as the others.
//
// # Storage
//
// Under (account, region, "cloudtrail"):
//
//	e, b, i, y  → the event history (package history)
//	x           → a task looks for old events of this home
//
// Under (account, "", "cloudtrail"), since an event is held against the trails
// of all regions:
//
//	t region name              → trail
//	p lane version id          → record that waits for delivery
//	a lane                     → a task will deliver what waits
//	b lane                     → the delivery that is under way
//	s lane                     → status: when and how the last deliveries went
//	f lane time key            → log file that no digest has yet
//	d lane                     → the chain of digests
//
// where a lane is a trail's id, the region of the events, and the place they go
// to. Under ("", region, "cloudtrail"):
//
//	k from                     → key pair that signs digests
//
// # Invariants
//
// While a home's history has events of their own rows that are new, a task folds
// them. A record waits in a lane if and only if the trail selected the event when it was
// written, and whenever one waits the lane is armed. The name of a log file, and
// what is in it, are fixed before it is made, so that a delivery that is made
// again makes the same file. A file's row for the digest is written with the
// removal of its records.
//
// # Limits
//
// As in AWS: five trails a region, five basic selectors with 250 resources, 500
// values in advanced ones, 50 tags, pages of 50 events. A log file has up to
// 5,000 events, and is made ten seconds after the first of them (Interval).
//
// # Differences from AWS
//
//   - Events can be looked up, and reach buckets and buses, within seconds.
//   - A call that cannot be decoded has no parameters in its record, and none if
//     it is of data. A call across accounts is recorded in the caller's account.
//   - Calls that CloudFormation and other services make on their own account have
//     the service as their identity, not the user on whose behalf they act.
//   - What CloudTrail itself does is not recorded, so that a trail that selects
//     data events of its own bucket comes to rest.
//   - KmsKeyId is kept and shown, and encrypts nothing.
//   - Insights are kept and shown, and not computed: there are never any.
//   - Organizations, and CloudTrail Lake (event data stores, channels, queries,
//     dashboards, imports), are not there.
//   - Log lines may be delivered to a log group twice after a crash.
//   - Digests are made for each region from which there were log files, and for
//     the trail's own; not for regions where nothing happened.
//   - Deliveries are refused if the bucket's policy does not let CloudTrail, in
//     developer mode, too: so is every trail that is made or changed.
package cloudtrail
