package lambda

import (
	"sync"

	api "maru.dev/maru/api/lambda"
)

const (
	// accountLimit is the account's concurrency in a region.
	accountLimit = 1000
	// minUnreserved is what reservations must leave of it.
	minUnreserved = 100
)

// flights counts the invocations that this node has under way, to hold
// concurrency limits. Each node holds them for itself.
type flights struct {
	mu         sync.Mutex
	byFunction map[string]int
	unreserved map[home]int
	all        map[home]int
	// provisioned are those of targets that have provisioned environments, by ARN.
	provisioned map[string]int
}

// load is how many invocations are under way in an account.
type load struct {
	function, unreserved, all int
	claimed                   int // with what is reserved and not used
}

// newFlights returns an empty count.
func newFlights() *flights {
	return &flights{byFunction: make(map[string]int), unreserved: make(map[home]int), all: make(map[home]int), provisioned: make(map[string]int)}
}

// board counts one more invocation of f, or refuses it. The returned function
// takes it out of the count again; the load includes it. reserved is how much of the account's
// concurrency is reserved.
func (fl *flights) board(f *function, reserved int64) (func(), load, error) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	name := f.functionARN(f.Name, "")
	if f.Reserved != nil {
		if fl.byFunction[name] >= int(*f.Reserved) {
			return nil, load{}, throttled(api.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded)
		}
	} else {
		if int64(fl.unreserved[f.home]) >= accountLimit-reserved {
			return nil, load{}, throttled(api.ThrottleReasonConcurrentInvocationLimitExceeded)
		}
		fl.unreserved[f.home]++
	}
	fl.byFunction[name]++
	fl.all[f.home]++
	counted := f.Reserved == nil
	l := load{fl.byFunction[name], fl.unreserved[f.home], fl.all[f.home], fl.unreserved[f.home] + int(reserved)}
	return func() { fl.land(f.home, name, counted) }, l, nil
}

// land takes one invocation out of the count.
func (fl *flights) land(h home, name string, counted bool) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if counted {
		if fl.unreserved[h]--; fl.unreserved[h] <= 0 {
			delete(fl.unreserved, h)
		}
	}
	if fl.all[h]--; fl.all[h] <= 0 {
		delete(fl.all, h)
	}
	if fl.byFunction[name]--; fl.byFunction[name] <= 0 {
		delete(fl.byFunction, name)
	}
}

// boardProvisioned counts one more invocation of a target that has provisioned
// environments, and returns how many it has now.
func (fl *flights) boardProvisioned(target string) (underWay int, land func()) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.provisioned[target]++
	return fl.provisioned[target], func() {
		fl.mu.Lock()
		defer fl.mu.Unlock()
		if fl.provisioned[target]--; fl.provisioned[target] <= 0 {
			delete(fl.provisioned, target)
		}
	}
}

// reset forgets all invocations.
func (fl *flights) reset() {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	clear(fl.byFunction)
	clear(fl.unreserved)
	clear(fl.all)
	clear(fl.provisioned)
}

// throttled is Lambda's answer to an invocation too many.
func throttled(reason string) error {
	return &api.TooManyRequestsException{
		Type: new("User"), Message: "Rate Exceeded.", Reason: new(reason), RetryAfterSeconds: new("1"),
	}
}
