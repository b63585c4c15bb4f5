package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	lambdaapi "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/auth"
	"maru.dev/maru/call"
	"maru.dev/maru/console"
	"maru.dev/maru/edge"
	"maru.dev/maru/gateway"
	"maru.dev/maru/gateway/cfnsignal"
	"maru.dev/maru/gateway/front"
	"maru.dev/maru/gateway/functionurl"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/rest"
	restplan "maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/gateway/signed"
	"maru.dev/maru/service"
	"maru.dev/maru/service/lambda"
	"maru.dev/maru/service/sns"
)

// dataPlanes are the HTTP addresses that are no AWS API. find returns what
// implements a service, by its name.
func dataPlanes(d service.Deps, find func(id string) any) []edge.Mount {
	var mounts []edge.Mount
	if source, ok := find("apigatewayv2").(plan.Source); ok {
		mounts = append(mounts, gatewayMounts(d, source, find)...)
	}
	if topics, ok := find("sns").(*sns.Service); ok {
		mounts = append(mounts, edge.Mount{Path: "/SimpleNotificationService-", Keep: true, Handler: certificate(topics)})
	}
	if functions, ok := find("lambda").(*lambda.Service); ok {
		mounts = append(mounts, edge.Mount{Path: lambda.CodePath, Handler: archives(functions, d.Log)}, urlMount(d, functions))
	}
	if stacks, ok := find("cloudformation").(cfnsignal.Receiver); ok {
		mounts = append(mounts, cfnsignal.Mount(stacks, d.Log))
	}
	return append(mounts, consoleMount(d, find)) // the last: it has what is left of /_maru/
}

// consoleMount puts the console at its place.
func consoleMount(d service.Deps, find func(id string) any) edge.Mount {
	o := console.Options{Caller: d.Caller, Store: d.Store, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Enforcing: d.Enforcing}
	if queues, ok := find("sqs").(console.Peeker); ok {
		o.Queues = queues
	}
	return edge.Mount{Path: console.Path, Keep: true, Handler: console.New(o)}
}

// gatewayMounts put the gateways of APIs at their host and at their paths.
func gatewayMounts(d service.Deps, source plan.Source, find func(id string) any) []edge.Mount {
	var admit signed.Admit
	if d.Enforcing {
		plane := planeOf(d, "execute-api")
		admit = func(r *http.Request, body []byte, route signed.Route) (call.Principal, error) {
			return plane.Admit(r, body, call.Access{Action: route.Action, Resource: route.ARN, Account: route.Account, Policy: route.Policy})
		}
	}
	planes := []front.Plane{gateway.New(gateway.Options{
		Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Traces: d.Traces, Metrics: d.Metrics, Admit: admit,
	})}
	inside := &edge.Inside{}
	if source, ok := find("apigateway").(restplan.Source); ok {
		g := rest.New(rest.Options{
			Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log, Traces: d.Traces, Metrics: d.Metrics,
			Admit: admit, Door: inside,
		})
		planes = append(planes, g)
		if tested, ok := source.(interface{ Use(t restplan.Tester) }); ok {
			tested.Use(g)
		}
	}
	h := front.New(source, d.Log, planes...)
	mounts := []edge.Mount{{Path: front.UserRequests, Match: front.UserRequest, Handler: h, Inside: inside}}
	for _, prefix := range front.PathPrefixes() {
		mounts = append(mounts, edge.Mount{Path: prefix, Handler: h})
	}
	mounts[0].Host, mounts[0].Owns = front.HostService, h.Owns
	return mounts
}

// planeOf proves keys for a data plane, by its signing name.
func planeOf(d service.Deps, name string) auth.Plane {
	return auth.Plane{
		Verifier: &auth.Verifier{Keys: auth.KeyTable{Store: d.Store}, Clock: d.Clock, Enforce: true},
		Rules:    auth.Enforcing{Clock: d.Clock}, Service: name,
	}
}

// urlMount puts function URLs at their host and at their path.
func urlMount(d service.Deps, functions functionurl.Source) edge.Mount {
	o := functionurl.Options{Source: functions, Caller: d.Caller, Clock: d.Clock, Log: d.Log, Traces: d.Traces}
	if d.Enforcing {
		plane := planeOf(d, "lambda")
		o.Admit = func(r *http.Request, body []byte, t functionurl.Target) (call.Principal, error) {
			policy, err := policyOf(r.Context(), d.Caller, t.Function)
			if err != nil {
				return call.Principal{}, err
			}
			a := call.Access{
				Action: "lambda:InvokeFunctionUrl", Resource: t.Function.String(), Account: t.Function.Account, Policy: policy,
				Context: map[string][]string{"lambda:functionurlauthtype": {t.AuthType}},
			}
			if t.AuthType == "NONE" {
				return call.Principal{}, plane.AdmitAs(r.Context(), call.Principal{}, a)
			}
			return plane.Admit(r, body, a)
		}
	}
	return edge.Mount{Host: functionurl.HostService, Path: functionurl.PathPrefix, Handler: functionurl.New(o)}
}

// policyOf reads the policy of a function, or of what is named behind it; "" when
// it has none.
func policyOf(ctx context.Context, c call.Caller, function arn.ARN) (string, error) {
	name := function.String()
	ctx = call.As(ctx, "lambda.amazonaws.com", name, function.Account, function.Region)
	out, err := call.Do[*lambdaapi.GetPolicyOutput](ctx, c, "lambda", "GetPolicy", &lambdaapi.GetPolicyInput{FunctionName: name})
	if _, none := errors.AsType[*lambdaapi.ResourceNotFoundException](err); none {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return *out.Policy, nil
}

// archives serves functions' and layers' code at the addresses that Lambda
// signs.
func archives(functions *lambda.Service, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		content, ok, err := functions.Archive(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), query.Get("Expires"), query.Get("Signature"))
		switch {
		case err != nil:
			log.ErrorContext(r.Context(), "code of a function", "err", err)
			http.Error(w, "the archive cannot be read", http.StatusInternalServerError)
		case !ok:
			http.Error(w, "the address is not good, or no longer", http.StatusForbidden)
		default:
			defer content.Close()
			w.Header().Set("Content-Type", "application/zip")
			http.ServeContent(w, r, "", time.Time{}, content)
		}
	})
}

// certificate serves the certificate of the key that signs notifications, at
// the path that the notifications name.
func certificate(topics *sns.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, err := topics.CertificatePath(r.Context())
		if err != nil || r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		pem, err := topics.Certificate(r.Context())
		if err != nil {
			http.Error(w, "the certificate cannot be read", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/x-pem-file")
		_, _ = w.Write(pem)
	})
}
