package states

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/express"
	"maru.dev/maru/service/states/integrate"
	"maru.dev/maru/service/states/machine"
	"maru.dev/maru/service/states/standard"
	"maru.dev/maru/task"
)

// Service implements Step Functions.
type Service struct {
	api.Unimplemented

	service.Deps

	shelf        *machine.Shelf
	integrations *integrate.Integrations
	runner       *standard.Runner
	express      *express.Runner
	machines     *kv.Cache[machine.Machine]

	mu    sync.Mutex
	lines map[string]*line // by activity: workers that wait; see get_activity_task.go
}

// New returns the service.
func New(d service.Deps) *Service {
	shelf := machine.NewShelf()
	in := integrate.New(d)
	s := &Service{
		Deps: d, shelf: shelf, integrations: in,
		runner: standard.New(d, shelf, in), express: express.New(d, shelf, in),
		machines: kv.NewCache[machine.Machine](10_000, nil), lines: make(map[string]*line),
	}
	s.runner.RunExpress = s.express.RunChild
	d.Tasks.Handle(deleteKind, s.runDelete, nil)
	d.Tasks.Handle(retentionKind, s.runRetention, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Run ends what runs in memory when the platform stops.
func (s *Service) Run(ctx context.Context) error { return s.express.Run(ctx) }

// Reset drops what is remembered.
func (s *Service) Reset(context.Context) error {
	s.runner.Reset()
	s.express.Reset()
	return nil
}

// homeOf is where a call's resources live.
func homeOf(ctx context.Context) machine.Home {
	info := call.From(ctx)
	return machine.Home{Account: info.Account, Region: info.Region}
}

// ref is a state machine as requests name it.
type ref struct {
	machine.Home
	Name    string
	Version int64
	Alias   string
	Label   string
}

// ARN is the unqualified ARN.
func (r ref) ARN() string { return r.MachineARN(r.Name) }

// invalidARN is the answer to what is no ARN of the wanted kind.
func invalidARN(text string) error {
	return &api.InvalidArn{Message: fmt.Sprintf("Invalid Arn: '%s'", text)}
}

// resource reads an ARN of the service.
func resource(text string) (machine.Home, []string, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return machine.Home{}, nil, invalidARN("Invalid ARN prefix: " + text)
	}
	parts := strings.Split(a.Resource, ":")
	if a.Service != "states" || len(parts) < 2 || a.Account == "" || a.Region == "" {
		return machine.Home{}, nil, invalidARN("Invalid ARN prefix: " + text)
	}
	return machine.Home{Account: a.Account, Region: a.Region}, parts, nil
}

// wrongKind is the answer to the ARN of something else.
func wrongKind(kind string) error {
	return invalidARN("Resource type not valid in this context: " + kind)
}

// parseMachine reads a state machine's ARN, qualified or not.
func parseMachine(text string) (ref, error) {
	h, parts, err := resource(text)
	if err != nil {
		return ref{}, err
	}
	if parts[0] != "stateMachine" {
		return ref{}, wrongKind(parts[0])
	}
	r := ref{Home: h, Name: parts[1]}
	r.Name, r.Label, _ = strings.Cut(r.Name, "/")
	switch {
	case r.Name == "" || len(parts) > 3:
		return ref{}, invalidARN("Invalid ARN: " + text)
	case len(parts) == 3:
		if n, err := strconv.ParseInt(parts[2], 10, 64); err == nil && n > 0 {
			r.Version = n
		} else {
			r.Alias = parts[2]
		}
	}
	return r, nil
}

// parseUnqualified reads the ARN of a state machine itself.
func parseUnqualified(text string) (ref, error) {
	r, err := parseMachine(text)
	if err != nil {
		return ref{}, err
	}
	if r.Label != "" {
		return ref{}, noLabels(text)
	}
	if r.Version != 0 || r.Alias != "" {
		return ref{}, invalidARN("Resource type not valid in this context: qualified state machine ARN")
	}
	return r, nil
}

// noLabels is the answer to an ARN with the label of a Map state.
func noLabels(text string) error {
	return &api.ValidationException{
		Message: "The ARN '" + text + "' with a Map state label is not supported by this API action",
		Reason:  new(api.ValidationExceptionReasonApiDoesNotSupportLabeledArns),
	}
}

// noMachine is the answer where there is no such state machine.
func noMachine(arn string) error {
	return &api.StateMachineDoesNotExist{Message: "State Machine Does Not Exist: '" + arn + "'"}
}

// load reads a state machine.
func load(tx *kv.Tx, r ref) (machine.Machine, error) {
	m, ok, err := machine.Load(tx, r.Home, r.Name)
	if err == nil && !ok {
		err = noMachine(r.ARN())
	}
	return m, err
}

// live reads a state machine that is not being deleted.
func live(tx *kv.Tx, r ref) (machine.Machine, error) {
	m, err := load(tx, r)
	if err == nil && m.Deleting {
		err = &api.StateMachineDeleting{Message: "State Machine Deleting: '" + r.ARN() + "'"}
	}
	return m, err
}

// checkName holds a name against the rules for names of state machines,
// executions and activities.
func checkName(name string) error {
	invalid := &api.InvalidName{Message: "Invalid Name: '" + name + "'"}
	if name == "" || len([]rune(name)) > 80 {
		return invalid
	}
	for _, c := range name {
		if strings.ContainsRune(" <>{}[]?*\"#%\\^|~`$&,;:/\t\n\r", c) || c < 0x20 || c >= 0x7F && c <= 0x9F || c == 0xFFFE || c == 0xFFFF || c >= 0xD800 && c <= 0xDFFF {
			return invalid
		}
	}
	return nil
}

// aliasName is how aliases may be called.
var aliasName = regexp.MustCompile(`^[a-zA-Z0-9_.-]*[a-zA-Z_.-][a-zA-Z0-9_.-]*$`)

// pageSize is how many rows a page has.
func pageSize(limit *int32) int {
	if limit == nil || *limit <= 0 {
		return 100
	}
	return int(min(*limit, 1000))
}

// errToken is the answer to a page token that is none.
func errToken() error { return &api.InvalidToken{Message: "Invalid Token: 'Invalid token'"} }

// writeToken makes a page token for a list; kind keeps those of different
// lists apart.
func writeToken(kind, place string) *string {
	return new(base64.StdEncoding.EncodeToString([]byte(kind + "\x00" + place)))
}

// readToken reads a page token.
func readToken(kind string, token *string) (place string, ok bool, err error) {
	if token == nil {
		return "", false, nil
	}
	raw, err := base64.StdEncoding.DecodeString(*token)
	if err != nil {
		return "", false, errToken()
	}
	place, ok = strings.CutPrefix(string(raw), kind+"\x00")
	if !ok {
		return "", false, errToken()
	}
	return place, true, nil
}

// validation is an error of the request's form.
func validation(format string, args ...any) error {
	return &api.ValidationException{Message: fmt.Sprintf(format, args...)}
}

// deleteKind and retentionKind are the kinds of the service's own tasks.
const (
	deleteKind    = "states.delete"
	retentionKind = "states.retention"
)

// later adds a task of the service's own.
func (s *Service) later(tx *kv.Tx, t task.Task) error {
	_, err := s.Tasks.Add(tx, t)
	return err
}
