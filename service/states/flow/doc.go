// Package flow computes what happens within one state: what it takes from its
// input, what becomes of its result, which variables it assigns, where it goes
// on, whether a failure is retried or caught.
//
// Its functions are pure: time, randomness and identifiers come with the Scope,
// and nothing is stored. A caller makes a Scope for a visit of a state and calls,
// by the state's type:
//
//	Pass, Choice, Succeed   Pass, Choose, Succeed
//	Wait                    WaitUntil, and at that time Waited
//	Fail                    Fail
//	Task                    Arguments, TaskTimeouts, Credentials; with a result Complete
//	Parallel                Arguments is the branches' input; with their results Complete
//	Map                     MapSettingsOf, MapItems (or Reader), ItemInput for each, Batcher
//	                        and Batches; with the results Complete
//	any that failed         Retry, then Catch
//
// Errors that are the workflow's are a *Failure with the names and words of Step
// Functions. FullCause is what ExecutionFailed and catchers show, Cause what
// EvaluationFailed does.
//
// Names of variables that an inner scope must not assign are found when the
// definition is read (package asl), so that here each scope just has its own.
//
// Decisions where AWS's pages and recordings leave room: nothing catches
// States.Runtime, not even by name; States.ALL takes States.DataLimitExceeded of
// a task's result (as recorded) but not of the state's own output; a Choice state
// that matches nothing fails with States.NoChoiceMatched, as the language says.
// In a JSONPath state's Assign, $ is the raw result of a task, branches or items,
// what Parameters or Result made in Pass, and the filtered input elsewhere.
//
// Known differences: the texts for a number out of its bounds and for variables
// over their limits are ours; inputs within messages are written without the
// white space that they were given with.
package flow
