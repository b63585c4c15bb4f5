package rest

import (
	"net/http"
	"strings"
	"time"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/signed"
	"maru.dev/maru/wire"
)

// The limits of kept answers.
const (
	cacheSize   = 64 << 20  // bytes of all stages together
	cacheAnswer = 1_048_576 // of one
	cacheTTL    = 300 * time.Second
)

// cacheKey names an answer: what of a request it depends on.
type cacheKey struct {
	api, stage, namespace, values string
	epoch                         uint64
	canary                        bool
}

// cached is an answer that is kept.
type cached struct {
	status int
	header http.Header
	body   []byte
}

// answerKept gives the answer that was given to the same request before, if the
// stage keeps it.
func (g *Gateway) answerKept(x *exchange) *reply {
	st := x.stage.Stage
	if !x.method.settings.caching || !wire.Value(st.CacheClusterEnabled) || x.ttl() <= 0 {
		return nil
	}
	key := x.keyOfAnswer()
	x.cacheKey = &key
	x.cacheState = "MISS"
	if strings.Contains(x.r.Header.Get("Cache-Control"), "max-age=0") {
		if answer, fresh := g.invalidate(x); answer != nil || fresh {
			return answer
		}
	}
	c, ok := g.cache.Get(key, g.options.Clock.Now())
	if !ok {
		return nil
	}
	x.cacheState = "HIT"
	return &reply{status: c.status, header: c.header.Clone(), body: c.body}
}

// ttl is how long the method's answers are kept.
func (x *exchange) ttl() time.Duration {
	if s := x.method.settings.CacheTtlInSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return cacheTTL
}

// keyOfAnswer gathers what the answer depends on.
func (x *exchange) keyOfAnswer() cacheKey {
	i := x.method.integration
	key := cacheKey{
		api: x.api.ID, stage: *x.stage.StageName, epoch: x.stage.CacheEpoch,
		namespace: wire.Or(i.CacheNamespace, x.method.resource.ID),
	}
	if c := x.stage.CanarySettings; x.canary && !wire.Value(c.UseStageCache) {
		key.canary = true
	}
	var b strings.Builder
	b.WriteString(x.r.Method + " " + x.method.resource.Path)
	for _, name := range i.CacheKeyParameters {
		b.WriteString("\x00" + name + "\x00")
		place, name, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "method.request."), "integration.request."), ".")
		switch place {
		case "header", "multivalueheader":
			b.WriteString(strings.Join(x.r.Header.Values(name), "\x01"))
		case "querystring", "multivaluequerystring":
			b.WriteString(strings.Join(x.query()[name], "\x01"))
		case "path":
			b.WriteString(x.parameters[name])
		}
	}
	key.values = b.String()
	return key
}

// invalidate answers a client that wants no kept answer. fresh tells that it is to
// have a new one, which then is kept.
func (g *Gateway) invalidate(x *exchange) (answer *reply, fresh bool) {
	s := &x.method.settings
	if !wire.Value(s.RequireAuthorizationForCacheControl) || g.mayInvalidate(x) {
		return nil, true
	}
	switch wire.Value(s.UnauthorizedCacheControlHeaderStrategy) {
	case api.UnauthorizedCacheControlHeaderStrategyFailWith403:
		return x.refuse(accessDenied, "User is not authorized to invalidate the cache"), false
	case api.UnauthorizedCacheControlHeaderStrategySucceedWithoutResponseHeader:
	default:
		x.warning = "199 Cache-control headers were ignored because the caller was unauthorized."
	}
	return nil, false
}

// mayInvalidate tells whether the caller has signed, and may have a kept answer
// forgotten.
func (g *Gateway) mayInvalidate(x *exchange) bool {
	if x.caller.iam == nil {
		return false
	}
	if g.options.Admit == nil {
		return true
	}
	_, err := g.options.Admit(x.r, x.body, signed.Route{
		ARN: x.methodARN(), Account: x.api.Account, Action: invalidateAction, Policy: x.deployment.Settings.Policy,
	})
	return err == nil
}

// keep keeps an integration's answer, if the stage does and it is a good one.
func (x *exchange) keep(answer *reply) {
	if x.cacheKey == nil || answer.kind != "" || answer.stream != nil || answer.status >= 400 || len(answer.body) > cacheAnswer {
		return
	}
	weight := len(answer.body) + len(x.cacheKey.values)
	for name, values := range answer.header {
		weight += len(name) + len(strings.Join(values, ""))
	}
	now := x.g.options.Clock.Now()
	x.g.cache.Put(*x.cacheKey, &cached{answer.status, answer.header.Clone(), answer.body}, weight, now, now.Add(x.ttl()))
}
