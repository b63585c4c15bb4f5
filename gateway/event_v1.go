package gateway

import "maru.dev/maru/gateway/event"

// eventV1 is what a function is given in payload format 1.0, the format of
// REST APIs: what a request does not have is null.
type eventV1 struct {
	Version                         string              `json:"version"`
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	RequestContext                  contextV1           `json:"requestContext"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

// contextV1 is what is known of a request beside the request.
type contextV1 struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          identityV1     `json:"identity"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

// identityV1 is who called. HTTP APIs know no Cognito identities.
type identityV1 struct {
	AccessKey                     *string `json:"accessKey"`
	AccountID                     *string `json:"accountId"`
	Caller                        *string `json:"caller"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	SourceIP                      string  `json:"sourceIp"`
	User                          *string `json:"user"`
	UserAgent                     string  `json:"userAgent"`
	UserARN                       *string `json:"userArn"`
}

// eventV1 writes the request in format 1.0.
func (x *exchange) eventV1() *eventV1 {
	path := x.shownPath()
	e := &eventV1{
		Version: "1.0", Resource: x.route.resource(), Path: path, HTTPMethod: x.r.Method,
		PathParameters: x.variables, StageVariables: x.stage.StageVariables,
		RequestContext: contextV1{
			AccountID: x.api.Account, APIID: x.api.ID, Authorizer: x.caller.v1(),
			DomainName: x.domainName(), DomainPrefix: x.domainPrefix(), ExtendedRequestID: x.id, HTTPMethod: x.r.Method,
			Identity: x.identityV1(), Path: path, Protocol: x.r.Proto, RequestID: x.id,
			RequestTime: requestTime(x.began), RequestTimeEpoch: x.began.UnixMilli(),
			ResourceID: x.route.RouteKey, ResourcePath: x.route.resource(), Stage: x.stage.StageName,
		},
	}
	e.Headers, e.MultiValueHeaders = lastAndAll(event.Headers(x.r, x.info, len(x.body)))
	if q := x.query(); len(q) > 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = lastAndAll(q)
	}
	if text, encoded := event.BodyText(x.r.Header, x.body); text != "" {
		e.Body, e.IsBase64Encoded = &text, encoded
	}
	return e
}

// resource is the route's path, or $default.
func (r *routePlan) resource() string {
	if r.key.Default {
		return "$default"
	}
	return r.path
}

// identityV1 is the caller in format 1.0.
func (x *exchange) identityV1() identityV1 {
	i := identityV1{SourceIP: x.info.SourceIP, UserAgent: x.r.UserAgent()}
	if known := x.caller.iam; known != nil {
		i.AccessKey, i.AccountID, i.Caller = &known.AccessKey, &known.AccountID, &known.CallerID
		i.User, i.UserARN = &known.UserID, &known.UserARN
	}
	return i
}

// lastAndAll returns the last value of each name, and all of them.
func lastAndAll(values map[string][]string) (last map[string]string, all map[string][]string) {
	last = make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 0 {
			last[name] = list[len(list)-1]
		}
	}
	return last, values
}
