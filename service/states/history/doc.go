// Package history holds the events of executions: how they are kept, and how
// the API shows them.
//
// An Event is one row of an execution's history in one flat record. Data that an
// earlier event holds already is named by that event's id (Same) instead of
// being kept again: what a state puts out is what the next one takes in.
package history
