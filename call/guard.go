package call

import "context"

// Guarded is a service whose resources say themselves who may use them: by a
// policy, or by lists of their own. An Authorizer asks it before a call.
type Guarded interface {
	// Accesses tells what a call does to which resources. None says that the
	// call is about the caller's own account alone. A resource that is not there
	// may be an error already, where AWS tells everyone so.
	Accesses(ctx context.Context, operation string, in any) ([]Access, error)
}

// Inviting is a Guarded service whose resources have to let in other services, too:
// those that act for themselves, and not in the name of a role or a function.
type Inviting interface {
	Guarded

	// Invited tells whether a service may do only what the resource's policy says.
	Invited(by Principal) bool
}

// Access is one thing that a call does to one resource.
type Access struct {
	Action   string // "s3:GetObject"
	Resource string // ARN
	Account  string // whose the resource is
	Policy   string // the resource's; empty: it has none
	// Context are condition keys beyond those that any call has, by lower-case
	// name.
	Context map[string][]string
	// Granted says that another list of the resource lets the caller in.
	Granted bool
	// Closed says that nobody from outside of the account is let in, whatever
	// the policy says.
	Closed bool
	// Unlocked says that the account's root may do this even against the
	// policy: it has to be able to take a mistaken one away.
	Unlocked bool
}
