// Package engine interprets state machines: it takes an execution from one
// transition to the next.
//
// An execution is a tree of threads of control: one for the machine itself,
// one for each branch of a Parallel state and each running iteration of an
// inline Map state. A Turn brings some of them forward, in memory: it is begun
// with what is kept of the execution (State) and a cause (start, the result of a
// task, the end of a wait, …), runs every thread until it waits for something
// outside, and leaves events, a changed State and, through its Host, work
// for later. Whoever owns the execution makes all of that durable at once, or
// keeps it in memory.
//
// # Data lives in events
//
// A thread does not hold its input: it names the event that does. So do
// variables and the results of branches. State stays small, however large the
// data, and follows from the history alone.
//
// # Invariants
//
//   - Ids of events are 1, 2, 3… without gaps in the order in which they are told.
//   - A thread in a phase that waits has work with the Host that will end it, a
//     token that is out, or children.
//   - A cause names the event that it answers; one whose thread has gone on since
//     finds nobody (ErrStale), so each is taken once.
package engine
