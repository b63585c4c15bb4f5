package main

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/edge"
	"maru.dev/maru/gateway"
	"maru.dev/maru/gateway/cfnsignal"
	"maru.dev/maru/gateway/functionurl"
	"maru.dev/maru/gateway/plan"
	"maru.dev/maru/service"
	"maru.dev/maru/service/lambda"
	"maru.dev/maru/service/sns"
)

// dataPlanes are the HTTP addresses that are no AWS API. find returns what
// implements a service, by its name; enforce says that keys must be proved.
func dataPlanes(d service.Deps, find func(id string) any, enforce bool) []edge.Mount {
	var mounts []edge.Mount
	if source, ok := find("apigatewayv2").(plan.Source); ok {
		mounts = append(mounts, gatewayMounts(d, source, enforce)...)
	}
	if topics, ok := find("sns").(*sns.Service); ok {
		mounts = append(mounts, edge.Mount{Path: "/SimpleNotificationService-", Keep: true, Handler: certificate(topics)})
	}
	if functions, ok := find("lambda").(*lambda.Service); ok {
		mounts = append(mounts, edge.Mount{Path: lambda.CodePath, Handler: archives(functions, d.Log)}, edge.Mount{
			Host: functionurl.HostService, Path: functionurl.PathPrefix,
			Handler: functionurl.New(functionurl.Options{
				Source: functions, Caller: d.Caller, Clock: d.Clock, Log: d.Log, Enforce: enforce,
			}),
		})
	}
	if stacks, ok := find("cloudformation").(cfnsignal.Receiver); ok {
		mounts = append(mounts, cfnsignal.Mount(stacks, d.Log))
	}
	return mounts
}

// errUnproved refuses callers of routes with IAM authorization.
var errUnproved = errors.New("signatures on routes with IAM authorization are not verified yet, so nobody is let in")

// gatewayMounts put the gateway at its host and at its paths. Where keys must be
// proved, routes with IAM authorization refuse everybody: no verifier reaches
// the data planes yet, and a door that cannot check stays shut.
func gatewayMounts(d service.Deps, source plan.Source, enforce bool) []edge.Mount {
	o := gateway.Options{Source: source, Caller: d.Caller, Clock: d.Clock, IDs: d.IDs, Log: d.Log}
	if enforce {
		o.Identify = func(*http.Request) (call.Principal, error) { return call.Principal{}, errUnproved }
	}
	g := gateway.New(o)
	var mounts []edge.Mount
	for i, prefix := range gateway.PathPrefixes() {
		m := edge.Mount{Path: prefix, Handler: g}
		if i == 0 {
			m.Host = gateway.HostService
		}
		mounts = append(mounts, m)
	}
	return mounts
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
