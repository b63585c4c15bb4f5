package event

// V1 is what a function is given in payload format 1.0, the format of REST APIs,
// which is one of HTTP APIs, too: what a request does not have is null.
type V1 struct {
	Version                         string              `json:"version,omitempty"` // HTTP APIs alone have one
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	RequestContext                  ContextV1           `json:"requestContext"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

// ContextV1 is what is known of a request beside the request.
type ContextV1 struct {
	AccountID         string         `json:"accountId"`
	APIID             string         `json:"apiId"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
	DeploymentID      string         `json:"deploymentId,omitempty"`
	DomainName        string         `json:"domainName"`
	DomainPrefix      string         `json:"domainPrefix"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	HTTPMethod        string         `json:"httpMethod"`
	Identity          IdentityV1     `json:"identity"`
	IsCanaryRequest   bool           `json:"isCanaryRequest,omitempty"`
	OperationName     string         `json:"operationName,omitempty"`
	Path              string         `json:"path"`
	Protocol          string         `json:"protocol"`
	RequestID         string         `json:"requestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	Stage             string         `json:"stage"`
}

// IdentityV1 is who called. There are no Cognito identities.
type IdentityV1 struct {
	AccessKey                     *string `json:"accessKey"`
	AccountID                     *string `json:"accountId"`
	APIKey                        string  `json:"apiKey,omitempty"`
	APIKeyID                      string  `json:"apiKeyId,omitempty"`
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

// NewIdentityV1 is a caller in format 1.0; known is nil for one that has not
// signed.
func NewIdentityV1(sourceIP, userAgent string, known *IAM) IdentityV1 {
	i := IdentityV1{SourceIP: sourceIP, UserAgent: userAgent}
	if known != nil {
		i.AccessKey, i.AccountID, i.Caller = &known.AccessKey, &known.AccountID, &known.CallerID
		i.User, i.UserARN = &known.UserID, &known.UserARN
	}
	return i
}

// RequestV1 is what an authorizer of requests is given in format 1.0.
type RequestV1 struct {
	Version                         string              `json:"version,omitempty"` // HTTP APIs alone have one
	Type                            string              `json:"type"`
	MethodARN                       string              `json:"methodArn"`
	IdentitySource                  *string             `json:"identitySource,omitempty"`     // HTTP APIs'
	AuthorizationToken              *string             `json:"authorizationToken,omitempty"` // HTTP APIs'
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders,omitempty"` // REST APIs'
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters,omitempty"` // REST APIs'
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  ContextV1           `json:"requestContext"`
}

// LastAndAll returns the last value of each name, and all of them.
func LastAndAll(values map[string][]string) (last map[string]string, all map[string][]string) {
	last = make(map[string]string, len(values))
	for name, list := range values {
		if len(list) > 0 {
			last[name] = list[len(list)-1]
		}
	}
	return last, values
}
