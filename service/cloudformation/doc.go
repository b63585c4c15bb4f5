// Package cloudformation makes, changes and removes what templates describe.
//
// A stack's work is an operation (create, update, delete, roll-back) that runs
// in phases (apply, revert, delete, cleanup). A phase is a set of steps, one a
// resource, with what each waits for. Every step is a task: it notes in the
// store what it is about to do, does it through the resource's type (package
// resource), and notes in one transaction how it ended and which steps may go
// now. Whoever notes the last step's end adds the task that ends the phase.
// So the work goes on wherever a crash left it; a step that may have been done
// before is done again under the same token, and finds what it made.
//
// Storage layout, each key below account, region and "cloudformation":
//
//	n name               → id of the live stack of that name
//	s id                 → stack
//	o id                 → operation under way, or the last one
//	r id logical         → resource as it is, and as it was before the operation
//	p id phase step      → step of the phase under way
//	t id version chunk   → texts of a deployment: template as given and as processed, in chunks
//	e id version n       → event, in the order of commits
//	c id name            → change set
//	x name               → export
//	i name id            → import of an export by a stack
//	w token              → who waits for a signal under a token
//	g token n            → signal
//	k token              → client request token, and the stack it made
//
// Invariants: a stack has at most one operation under way (its status ends in
// _IN_PROGRESS exactly as long). A resource that exists has a row with its
// physical id, or a started step that will find it. Events are written with
// the state that they tell of. An export's row names a stack that exists.
//
// Limits: templates of 51,200 bytes in a request and 1 MiB from S3, 500
// resources, 200 parameters and outputs.
//
// CreateStack, UpdateStack, DeleteStack and ExecuteChangeSet answer when the
// stack has settled, or after two seconds: AWS's clients look once and then
// every thirty seconds.
//
// Differences from AWS: change sets are computed before CreateChangeSet
// answers. The registry has the types that are here, with their properties' names
// alone. Drift, imports of existing resources, stack sets, hooks, modules
// and macros other than AWS::Serverless-2016-10-31, AWS::LanguageExtensions
// and AWS::Include are not there. An update that a stack policy forbids to remove
// a resource is refused at once. Roll-back triggers are kept without effect. RoleARN is kept: resources are made in the name of
// cloudformation.amazonaws.com. Secrets Manager's dynamic references wait for
// that service. Properties marked ~ in package resource are accepted without
// effect.
package cloudformation
