package rest

import "maru.dev/maru/wire"

// keyOfAuthorizer is the source of API keys that authorizers name.
const keyOfAuthorizer = "AUTHORIZER"

// admitKeyFirst admits API keys that requests bring themselves.
func (g *Gateway) admitKeyFirst(x *exchange) *reply {
	if x.deployment.Settings.APIKeySource == keyOfAuthorizer {
		return nil
	}
	return g.admitKey(x, x.r.Header.Get("X-Api-Key"))
}

// admitKeyLast admits API keys that authorizers name.
func (g *Gateway) admitKeyLast(x *exchange) *reply {
	if x.deployment.Settings.APIKeySource != keyOfAuthorizer {
		return nil
	}
	return g.admitKey(x, x.caller.usageKey)
}

// admitKey holds a request with an API key to its usage plan.
func (g *Gateway) admitKey(x *exchange, value string) *reply {
	x.caller.keyValue = value
	if !wire.Value(x.method.ApiKeyRequired) {
		x.execution.Addf("API Key authorized because method '%s %s' does not require API Key. Request will not contribute to throttle or quota limits",
			x.r.Method, x.method.resource.Path)
		return nil
	}
	began, stage := g.options.Clock.Now(), *x.stage.StageName
	defer func() { x.apiKey.latency = g.options.Clock.Now().Sub(began) }()
	if value == "" {
		return x.refuse(badKey, "Forbidden")
	}
	k, ok, err := g.options.Source.Key(x.r.Context(), x.api.API, stage, value)
	switch {
	case err != nil:
		return x.fault("API key", err)
	case !ok || !k.Enabled:
		return x.refuse(badKey, "Forbidden")
	}
	x.caller.keyID = k.ID
	if !g.spender.Take(x.api.API, stage, x.method.resource.Path+"/"+wire.Or(x.method.HttpMethod, x.r.Method), &k) {
		return x.refuse(throttled, "Too Many Requests")
	}
	ok, err = g.spender.Spend(x.r.Context(), x.api.API, &k)
	switch {
	case err != nil:
		return x.fault("quota", err)
	case !ok:
		return x.refuse(overQuota, "Limit Exceeded")
	}
	x.execution.Addf("Usage Plan check succeeded for API Key %s and API Stage %s/%s", k.ID, x.api.ID, stage)
	return nil
}
