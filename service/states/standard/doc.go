// Package standard keeps and runs executions that are durable: those of
// state machines of the standard type.
//
// # Rows
//
// Below account, region, "states"; scope is the state machine's name, or
// "name/label" for what a distributed map starts:
//
//	x scope name                  → Execution   with the engine's State
//	e scope name id               → chunk       the history, from event id on
//	s list status start name      → true        index: list is a scope or a map run
//	q activity version            → offer       tasks for workers, oldest first
//	u run                         → mapRun      see maprun.go
//
// # Transitions
//
// An execution changes by turns of the engine, each in one transaction: it reads
// the Execution, appends the turn's events, writes the Execution, arranges work
// (tasks of the kind "states.work") and removes the task that was its cause. So
// a cause takes effect once, whatever happens.
//
// Calls to services are made between two transactions: one arranged them, the
// next has their result. A call whose outcome was lost in a crash is made again
// under the same name (call.Info.Once).
//
// # Caches
//
// Data of events, which never change, is remembered in memory. Turns of one
// execution that meet in one process wait for each other, which saves
// conflicts and is not needed for correctness.
package standard
