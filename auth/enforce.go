package auth

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"maru.dev/maru/auth/policy"
	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/wire"
)

// Enforcing is the Authorizer of enforcing mode: it lets in an account's root in
// its own account, the services inside that act for somebody, and whom a
// resource's own policy lets in. The policies of users and roles are not evaluated yet, so that nothing
// that depends on them is allowed.
type Enforcing struct {
	Clock clock.Clock
	// Service finds what implements a service, by its name; one that is
	// call.Guarded is asked what its resources say.
	Service func(id string) any
}

// Authorize lets a call pass, or says why not.
func (e Enforcing) Authorize(ctx context.Context, info call.Info, model *wire.Service, op *wire.Operation, in any) error {
	// Who signs what may go unsigned is somebody, and may only do what is theirs.
	if op.NoAuth && info.Principal.Kind == call.Anonymous {
		return nil
	}
	service := e.Service(model.ID)
	if info.Principal.Kind == call.Service {
		if host, ok := service.(call.Inviting); !ok || !host.Invited(info.Principal) {
			return nil
		}
	}
	if guarded, ok := service.(call.Guarded); ok {
		accesses, err := guarded.Accesses(ctx, op.Name, in)
		if err != nil {
			return err
		}
		for i := range accesses {
			if err := e.Judge(info, &accesses[i]); err != nil {
				return inWords(err, model)
			}
		}
		if len(accesses) > 0 {
			return nil
		}
	}
	return RootOnly{}.Authorize(ctx, info, model, op, in)
}

// Judge lets one access pass, or says why not.
func (e Enforcing) Judge(info call.Info, a *call.Access) *wire.APIError {
	effect := e.effect(info, a)
	own := info.Principal.Account == a.Account
	root := info.Principal.Kind == call.Root
	inside := info.Principal.Kind == call.Service
	switch {
	case effect == policy.Denied && !(a.Unlocked && own && root):
		return refused(info, a, "with an explicit deny in a resource-based policy")
	case own && root:
		return nil
	case a.Closed && !own:
		return refused(info, a, "because no resource-based policy allows the "+a.Action+" action")
	case effect == policy.Allowed || a.Granted:
		if own || root || inside || info.Principal.Kind == call.Anonymous {
			return nil
		}
	case effect == policy.Delegated && root:
		return nil
	}
	if inside {
		return refused(info, a, "because no resource-based policy allows the "+a.Action+" action")
	}
	// A caller from outside needs a permission of its own account, too.
	return refused(info, a, "because no identity-based policy allows the "+a.Action+" action (maru does not evaluate policies of users and roles yet)")
}

// effect is what the resource's policy says. One that cannot be read says
// nothing.
func (e Enforcing) effect(info call.Info, a *call.Access) policy.Effect {
	if a.Policy == "" {
		return policy.None
	}
	d, err := policy.Parse(a.Policy)
	if err != nil {
		return policy.None
	}
	p := info.Principal
	r := policy.Request{
		Caller: policy.Caller{Account: p.Account, ARN: p.ARN, Service: p.Service},
		Action: a.Action, Resource: a.Resource, Context: e.context(info, a),
	}
	return d.Evaluate(&r)
}

// context are the condition keys of a call.
func (e Enforcing) context(info call.Info, a *call.Access) map[string][]string {
	keys := make(map[string][]string, len(a.Context)+16)
	for name, values := range a.Context {
		keys[name] = values
	}
	set := func(name, value string) {
		if value != "" {
			keys[name] = []string{value}
		}
	}
	now, p := e.Clock.Now().UTC(), info.Principal
	set("aws:currenttime", now.Format("2006-01-02T15:04:05Z"))
	set("aws:epochtime", strconv.FormatInt(now.Unix(), 10))
	set("aws:sourceip", info.SourceIP)
	set("aws:useragent", info.UserAgent)
	set("aws:requestedregion", info.Region)
	set("aws:securetransport", strconv.FormatBool(strings.HasPrefix(info.Endpoint, "https://")))
	set("aws:resourceaccount", a.Account)
	set("aws:principalaccount", p.Account)
	set("aws:principalarn", principalARN(p))
	set("aws:userid", p.UserID)
	set("aws:sourcearn", p.SourceARN)
	set("aws:principalisawsservice", strconv.FormatBool(p.Kind == call.Service))
	switch p.Kind {
	case call.Anonymous:
		set("aws:principaltype", "Anonymous")
		delete(keys, "aws:principalisawsservice")
	case call.Root:
		set("aws:principaltype", "Account")
	case call.User:
		set("aws:principaltype", "User")
		set("aws:username", p.ARN[strings.LastIndexByte(p.ARN, '/')+1:])
	case call.Role:
		set("aws:principaltype", "AssumedRole")
	case call.Service:
		set("aws:sourceaccount", sourceAccount(info))
		set("aws:principalservicename", p.Service)
	}
	return keys
}

// sourceAccount is whose the resource is for which a service acts. Some ARNs do not
// tell: those are of the account that is acted in.
func sourceAccount(info call.Info) string {
	if parts := strings.SplitN(info.Principal.SourceARN, ":", 6); len(parts) == 6 && parts[4] != "" {
		return parts[4]
	}
	return info.Account
}

// principalARN is a caller's ARN as conditions see it: a session's is that of
// its role.
func principalARN(p call.Principal) string {
	account, rest, ok := strings.Cut(strings.TrimPrefix(p.ARN, "arn:aws:sts::"), ":assumed-role/")
	if !ok {
		return p.ARN
	}
	name, _, _ := strings.Cut(rest, "/")
	return "arn:aws:iam::" + account + ":role/" + name
}

// refused is AccessDenied with its reason. To whom is not known no reason is
// told.
func refused(info call.Info, a *call.Access, why string) *wire.APIError {
	err := &wire.APIError{Code: "AccessDenied", Status: http.StatusForbidden, Message: "Access Denied"}
	if info.Principal.Kind != call.Anonymous {
		err.Message = "User: " + info.Principal.Name() + " is not authorized to perform: " + a.Action + " on resource: \"" + a.Resource + "\" " + why
	}
	return err
}

// inWords gives a refusal the code of a service's protocol. One that spoke the
// query protocol before keeps that one's status.
func inWords(err *wire.APIError, model *wire.Service) *wire.APIError {
	if len(model.Protocols) > 0 && slices.Contains([]wire.Protocol{wire.AWSJSON, wire.RESTJSON, wire.RPCv2}, model.Protocols[0]) {
		err.Code, err.QueryCode = "AccessDeniedException", "AccessDenied"
		if model.Protocols[0] == wire.AWSJSON && !slices.Contains(model.Protocols, wire.Query) {
			err.Status = http.StatusBadRequest
		}
	}
	return err
}
