// Package events implements EventBridge: event buses, rules by pattern and by
// schedule, their targets, archives and replays, and HTTP destinations.
//
// # How an event goes
//
// PutEvents reads the rules of the bus, matches, and writes a delivery (package
// task) for each target of each rule that matches, all in one transaction. When
// it has returned, everything that the event is to cause is on disk; nothing is
// written for an event that nobody wants. What a target is given (its input
// path or template filled in) is worked out then, so a later change of the rule
// changes nothing of it. Past two hundred rules, or four megabytes, the rest is
// left to a task that goes on in the same way. Deliveries to API destinations and to HTTP APIs are
// tasks of this package, which look the connection up when they are made.
//
// # What other services emit
//
// A service that has something to tell calls Emit of service.Deps in the
// transaction of what happened:
//
//	s.Emit(tx, service.Event{
//		Account: account, Region: region, Source: "aws.states", DetailType: "Step Functions Execution Status Change",
//		Resources: []string{executionARN}, Detail: detail, TraceID: trace,
//	})
//
// It writes a task, which this package runs: the event is matched on the
// account's default bus, and its deliveries are written by the transaction that
// ends the task. So the event is delivered if and only if what happened was
// committed, and once. While the default bus has neither rule nor archive, Emit
// writes nothing and costs one read. Calls that only read are emitted as long as
// a rule is ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, and reach only such
// rules, also where they are forwarded to another bus.
//
// # Layout
//
// All keys begin account, region, "events":
//
//	bus name                → bus; that of the default bus once it was changed
//	rule bus name           → rule with its targets
//	version bus             → counter of changes to what listens on the bus
//	listeners               → counter of rules and archives on the default bus
//	readers                 → counter of its rules for read-only calls, too
//	archive name            → archive
//	archived id time event  → an archived event
//	archivesize id          → counter of its bytes; archivecount of its events
//	replay name             → replay
//	connection name         → connection, its secrets among them
//	token name              → OAuth token of a connection
//	destination name        → API destination
//	slot name               → when an API destination may be called next
//
// A scheduled rule has a task with its ARN as key, due at its next time; the
// run writes the deliveries and the next task in one transaction, so that no
// time is missed or told twice. Times that pass while maru does not run are
// told late, each of the last 24 hours and in any case one.
//
// # The index
//
// The patterns of a bus are compiled into one pattern.Set, kept in memory under
// the bus's version. A transaction that matches reads the version, so a change
// by whatever node is seen by the next event, and only the rules that changed
// are compiled again.
//
// # Differences from AWS
//
//   - quotas that AWS raises on request (rules to a bus, buses) are not held
//   - global endpoints and the partners' side of partner event sources answer
//     501; there are no partner event sources, and lists of them are empty
//   - a bus's KmsKeyIdentifier, LogConfig and DeadLetterConfig are kept and have
//     no effect
//   - targets are called in their RoleArn where they have one; whether the role is
//     there is not asked, and its policies are not evaluated yet, so in enforcing
//     mode such a call is denied, and becomes a dead letter that says so; a rule's
//     own RoleArn has no effect
//   - targets of services that maru does not have are taken, and what is
//     delivered to them ends in their dead-letter queue at once
//   - an API destination is called for rules of its own account, and has a
//     connection of its own account; a target has up to a hundred of each sort of
//     HttpParameters
//   - an archive makes no managed rule
//   - messages about patterns do not say at which line and column
//   - a pattern is too complex when it has more than 1,000 combinations of
//     alternatives; AWS's bound on wildcards is not documented and not held
//   - secrets of connections are kept in the store, not in Secrets Manager:
//     SecretArn names nothing
package events
