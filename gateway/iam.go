package gateway

import "maru.dev/maru/gateway/signed"

// authorizeIAM knows the caller by a signature. How it is proved is the
// platform's affair: without Options.Admit, as in developer mode, any key
// is good, but there has to be one.
func (g *Gateway) authorizeIAM(x *exchange) *reply {
	key := signed.AccessKey(x.r)
	if key == "" {
		return forbidden()
	}
	x.caller.iam = signed.Believed(key, x.api.Account)
	if g.options.Admit == nil {
		return nil
	}
	if answer := x.readBody(); answer != nil {
		return answer // the signature is over the body, too
	}
	who, err := g.options.Admit(x.r, x.body, signed.Route{ARN: x.routeARN(), Account: x.api.Account, Action: "execute-api:Invoke"})
	if err != nil {
		x.caller.iam = nil
		x.authorizerError = err.Error()
		return forbidden()
	}
	x.caller.iam = signed.Proved(key, who)
	return nil
}

// routeARN names what is invoked, as policies do.
func (x *exchange) routeARN() string {
	return "arn:aws:execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" + x.stage.StageName + "/" + x.r.Method + x.path
}
