// Package sns is SNS: topics, their subscriptions, and messages on their way.
//
// A publish decides in its own transaction who receives the message and writes
// one delivery task for each (see package task), so that what was acknowledged
// arrives, or ends in the subscription's dead-letter queue, whatever crashes.
// Up to inlineFanOut subscriptions are served in the publish's transaction; for
// more, it writes a task that serves the rest page by page, each page in a
// transaction with the next page's task.
//
// # Rows
//
// All begin with account, region, "sns".
//
//	topic name                         → topic
//	sub topic id                       → subscription
//	end topic protocol endpoint        → id          one subscription an endpoint
//	token topic token                  → id          confirmations under way
//	count topic which                  counter       "confirmed", "pending", "deleted"
//	seq topic                          → number      last sequence number (FIFO)
//	dedup topic scope id               → receipt     messages of the last five minutes (FIFO)
//	dedupage topic until scope id      → (empty)     when a dedup row may go
//	fanout task                        → id          last subscription that a fan-out task served
//	app platform name                  → application
//	device platform name id            → device      platform endpoints
//	devtoken platform name token       → id
//	sms                                → attributes
//	optedout number                    → time
//	sandbox number                     → sandbox number
//
// And, for all accounts, "" "" "sns" "signing" → the key that signs messages.
//
// # Packages below
//
// filter matches messages against filter policies; retry reads delivery
// policies; signing keeps the key that signs; mobile has the operations for
// telephones; names has ARNs, keys and the errors that all of them share.
//
// # Invariants
//
// A subscription's rows sub and end, its token while it is pending, and its
// counters are written together. A message of a FIFO topic has the next number
// of its topic, and deliveries of a message group to one subscription run one
// after another in that order (the lane of subscription and group).
//
// # Differences from AWS
//
// Signing certificates are served by maru (see Certificate), not by
// sns.<region>.amazonaws.com, and are signed by nobody else. E-mail, text
// messages and mobile push end in the outbox. Deleting a topic deletes its
// subscriptions at once. Numbers of messages and of topics are not throttled. A
// subscription that was ended by its link is listed as pending for the two days
// in which its HTTP(S) endpoint may take it up again. Topic policies count where
// keys are proved (maru serve; see Service.Accesses).
//
// Known gaps. Stored without effect: KmsMasterKeyId, the delivery-status
// feedback attributes, TracingConfig, throttlePolicy of delivery policies, data
// protection policies.
// Refused with 501: ArchivePolicy and ReplayPolicy. A firehose subscription is
// accepted; its deliveries go to its dead-letter queue until maru has Firehose.
package sns
