// Package states is AWS Step Functions: state machines and their executions.
//
// What a definition means is split up below: path and jsonata
// (expressions), asl (definitions), flow (one state), engine (an execution's
// turns), integrate (calls of services), history (events), trail (logs). This
// package has the operations; machine keeps state machines, standard keeps
// and runs durable executions, express those in memory. docs/adr/0016 tells why.
//
// # Rows
//
// Beside those of machine and standard, below account, region, "states":
//
//	y name  → activity
//
// # Invariants
//
//   - A state machine that is being deleted starts nothing, and its rows stay
//     until its last execution has ended.
//   - An alias names versions that exist, and a version that an alias names stays.
//
// # Differences
//
// Encryption settings are kept and shown, and encrypt nothing. Roles and log
// groups are not checked to exist when a state machine is made. Quotas of
// throughput are not enforced. An ItemReader of Parquet files, or of an S3
// inventory that is not CSV, fails with States.ItemReaderFailed.
package states
