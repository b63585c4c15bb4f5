// Package apigatewayv2 is the control plane of API Gateway's HTTP APIs. The
// data plane is package gateway, which reads its plans through Service.Version,
// Service.API and Service.Domain.
//
// # Storage
//
// Under (account, region, "apigatewayv2"):
//
//	api api                            → apiRecord
//	route api id                       → api.Route
//	routekey api key                   → id of the route; key without variables' names
//	integration api id                 → api.Integration
//	authorizer api id                  → api.Authorizer
//	stage api name                     → stageRecord
//	deployment api id                  → deploymentRecord
//	snapshot-route api deployment id   → api.Route, as it was deployed
//	snapshot-integration …, snapshot-authorizer …
//	domain name                        → domainRecord
//	mapping domain id                  → api.ApiMapping
//	link id                            → api.VpcLink
//
// Under ("", "", "apigatewayv2"):
//
//	api id                             → index: whose it is, and its version
//	domain name                        → service.Home: whose it is
//
// # Invariants
//
// Every change of an API or of what belongs to it, but for tags, rewrites its
// index row with the next version, in the same transaction: changes of one API are
// serial, and a gateway with a plan of an older version reads again. A route's
// target and authorizer exist; what is in use cannot be deleted. Ids of APIs
// are unique across accounts.
//
// # Deployments
//
// A deployment made by CreateDeployment is a copy of the API's routes,
// integrations, authorizers and CORS configuration; its stages serve the copy.
// An automatic deployment has no copy: stages with auto-deploy serve what the
// API is now. Each change makes a new automatic deployment and drops the one
// before, unless another stage was pointed at it, for which it was frozen.
// (AWS keeps the history of automatic deployments.)
//
// # Known gaps
//
//   - WebSocket APIs are not implemented, and with them integration responses,
//     route responses and models, which HTTP APIs do not have: those operations
//     answer that they are not implemented.
//   - The credentials of integrations and authorizers (CredentialsArn) are kept
//     and not assumed: calls are made as apigateway.amazonaws.com.
//   - VPC links are kept, and reach what this machine reaches: an integration
//     with ConnectionType VPC_LINK calls the host of its URI only if that is a
//     URL; the ARN of a listener or of a Cloud Map service is refused at call
//     time.
//   - Certificates, mutual TLS and security policies of domain names are kept
//     and have no effect.
//   - Detailed metrics, data trace and logging level of route settings are kept
//     and have no effect.
package apigatewayv2
