package cloudformation

import (
	"strings"
	"time"
)

// stack is a stack as it is.
type stack struct {
	ID, Name, ARN    string
	Status, Reason   string
	Created, Updated time.Time
	Deleted          time.Time
	Deployment       deployment // what it is, or last was as a whole
	Outputs          []output
	ParentID, RootID string // ARNs
	ChangeSetID      string // that it was last made or changed by
	Policy           string // of the stack; kept
	Protected        bool
	Settings         settings
	NextText         int64 // version of the next deployment's texts
}

// settings are what says how operations on a stack go.
type settings struct {
	DisableRollback   bool
	OnFailure         string
	TimeoutMinutes    int32
	RoleARN           string
	NotificationARNs  []string
	RollbackTriggers  []trigger
	MonitoringMinutes *int32
	RetainOnCreate    bool
}

// trigger is an alarm that AWS would roll back for; kept.
type trigger struct{ ARN, Type string }

// deployment is a template with all that its expressions see: what a stack is,
// or is to become.
type deployment struct {
	Text         int64 // version of its texts
	Description  string
	Given        map[string]string // parameters as they were given, or their defaults
	Resolved     map[string]string // of those that name a stored parameter, its value
	NoEcho       []string
	Conditions   map[string]bool
	Tags         []tag
	Capabilities []string
	Transformed  bool
}

// tag is a tag of a stack, in the order in which it was given.
type tag struct{ Key, Value string }

// output is a value that a stack tells.
type output struct{ Key, Value, Description, Export string }

// The statuses of stacks and resources that the code tells apart.
const (
	createInProgress = "CREATE_IN_PROGRESS"
	createComplete   = "CREATE_COMPLETE"
	createFailed     = "CREATE_FAILED"
	rollbackProgress = "ROLLBACK_IN_PROGRESS"
	rollbackComplete = "ROLLBACK_COMPLETE"
	rollbackFailed   = "ROLLBACK_FAILED"
	updateInProgress = "UPDATE_IN_PROGRESS"
	updateCleanup    = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
	updateComplete   = "UPDATE_COMPLETE"
	updateFailed     = "UPDATE_FAILED"
	revertInProgress = "UPDATE_ROLLBACK_IN_PROGRESS"
	revertCleanup    = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
	revertComplete   = "UPDATE_ROLLBACK_COMPLETE"
	revertFailed     = "UPDATE_ROLLBACK_FAILED"
	deleteInProgress = "DELETE_IN_PROGRESS"
	deleteComplete   = "DELETE_COMPLETE"
	deleteFailed     = "DELETE_FAILED"
	deleteSkipped    = "DELETE_SKIPPED"
	reviewInProgress = "REVIEW_IN_PROGRESS"
)

// busy tells whether an operation is under way.
func (st *stack) busy() bool {
	return strings.HasSuffix(st.Status, "_IN_PROGRESS") && st.Status != reviewInProgress
}

// tags are the stack's tags by key.
func (d *deployment) tags() map[string]string {
	out := make(map[string]string, len(d.Tags))
	for _, t := range d.Tags {
		out[t.Key] = t.Value
	}
	return out
}

// The phases of operations.
const (
	applyPhase   = "apply"   // bring resources to the target
	revertPhase  = "revert"  // bring them back
	deletePhase  = "delete"  // remove all of them
	cleanupPhase = "cleanup" // remove what is no longer part of the stack
)

// operation is what a stack is doing.
type operation struct {
	ID          string
	Kind        string // "create", "update" or "delete"
	Phase       string
	Began       time.Time
	Target      deployment
	TargetConf  settings
	ChangeSetID string
	ClientToken string
	Endpoint    string // where who asked reaches maru
	TraceID     string

	Failing bool     // something failed: no step begins any more
	Failed  []string // logical ids, in the order in which they failed
	Verb    string   // "create", "update" or "delete": what failed
	Reason  string   // why, where it is no resource's failure
	Policy  string   // of the stack, or for this update alone: what it protects
	Retain  []string // resources that a deletion leaves
	Force   bool     // a deletion that leaves what it cannot remove
	Skip    []string // resources that a roll-back leaves as they are
	Over    bool
	Revert  bool // the cleanup follows a roll-back
}

// physical is one real resource.
type physical struct {
	Type, ID, Token string
	Props, Attrs    []byte // JSON
	Tags            map[string]string
	Began           time.Time
}

// resource is one logical resource of a stack.
type resource struct {
	Logical string
	Now     *physical // nil: nothing is there (yet, or any more)
	// Before is the real resource as it was when the operation began; nil when
	// there was none or the operation has not touched it.
	Before *physical
	// Touched tells that the operation has made or changed the resource, so
	// that a roll-back concerns it.
	Touched bool

	Type, Description string
	Status, Reason    string
	At                time.Time
	DeletionPolicy    string
	ReplacePolicy     string
	Metadata          []byte
	Needs             []string // logical ids that it uses
}

// The states of a step.
const (
	waiting = "waiting"
	running = "running"
	done    = "done"
	failed  = "failed"
	dropped = "dropped" // never begun, since something failed
)

// step is one resource's part of a phase.
type step struct {
	Key     string // the logical id; with a mark after it for a replaced resource
	Logical string
	Needs   []string // keys of steps that must end before
	State   string
	// What it does, from the moment it began: "create", "replace", "update",
	// "restore" or "delete".
	Action    string
	Target    physical // what it makes or removes; its id once it is known
	Old       *physical
	Policy    []byte    // the resource's CreationPolicy, evaluated
	Initiated bool      // the service was called, as far as is known
	Called    bool      // what was called has answered: only readiness is missing
	Began     time.Time // when it began
}

// stored is a text in the store: a JSON document with what a deployment came as.
type stored struct {
	Body      string `json:"body"`
	Processed string `json:"processed"`
}

// changeSet is a change that is not made yet.
type changeSet struct {
	ID, Name, ARN       string
	StackID, StackName  string
	Type                string // CREATE or UPDATE
	Description         string
	Created             time.Time
	Status, Reason      string
	Execution           string
	Deployment          deployment
	Settings            settings
	Changes             []byte // JSON of the API's own shape
	OnStackFailure      string
	ClientToken         string
	IncludeNestedStacks bool
}

// export is a value that other stacks may import.
type export struct{ Name, Value, StackARN string }

// importer is a stack that imports an export, and the operation in which it
// last did.
type importer struct{ Name, Operation string }

// waiter is the step that a signal under a token is for.
type waiter struct {
	work
	Signals int // that have come, each id once
}
