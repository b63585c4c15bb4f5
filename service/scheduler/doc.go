// Package scheduler is EventBridge Scheduler: schedules that call an operation
// once or again and again, in any time zone.
//
// # Storage
//
// Under (account, region, "scheduler"):
//
//	g name               → group: its state and tags; "default" has a row only once it is tagged
//	s group name         → record: a schedule
//	p group name edition → counter of invocations under way, where the schedule goes after the last
//	n                    → number of groups that were made, a counter
//
// # Firing
//
// An enabled schedule that is due again has exactly one task of kind
// scheduler.fire, keyed by its ARN, at its next time. The transaction that ends
// it writes the invocation (a task of kind scheduler.invoke, at a time within
// the flexible window) and the task of the time after. So each due time fires
// once, whenever the process dies; what was due while nothing ran fires late,
// as far back as the retry policy's age reaches. A task knows the edition of the
// schedule it was written for, and does nothing for another.
//
// An invocation carries the target as it was when it fired, is retried by the
// schedule's policy, and ends at worst in its dead-letter queue. When all have ended
// and no time follows, a schedule is removed if that is its ActionAfterCompletion.
//
// # Targets
//
// Templated and universal targets are one: a service, an operation and its input
// as JSON, which the platform's Caller runs. Universal targets have no code per
// operation: names and casing are found in the service's model.
//
// # Limits
//
// As in AWS: 500 groups a region, 50 tags a group.
//
// # Differences from AWS
//
//   - Calls are made in the target's role. Whether it is there, and whom it trusts,
//     is not asked; policies of roles are not evaluated yet, so in enforcing mode
//     calls are denied, and become dead letters.
//   - A KMS key is kept and shown; nothing is encrypted with it.
//   - Targets of services that maru does not have are accepted; each invocation
//     then fails and becomes a dead letter with that reason.
//   - A schedule fires on the second, where AWS takes up to a minute.
//   - The number of schedules is not limited.
//   - Deleting a schedule twice with one client token is answered by
//     ResourceNotFoundException the second time.
package scheduler
