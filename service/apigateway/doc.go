// Package apigateway is the control plane of API Gateway's REST APIs. The data
// plane is package gateway/rest, which reads its plans through Service.Version,
// Service.API and Service.Key.
//
// # Storage
//
// Under (account, region, "apigateway"):
//
//	api id                                → apiRecord
//	resource api id                       → api.Resource, without its methods
//	method api resource verb              → api.Method, with its integration and responses
//	authorizer api id                     → api.Authorizer
//	model api name                        → api.Model
//	validator api id                      → api.RequestValidator
//	response api type                     → api.GatewayResponse, as far as it was set
//	stage api name                        → stageRecord
//	deployment api id                     → deploymentRecord
//	snapshot-resource api deployment id   → api.Resource, as it was deployed; the same of
//	                                        method, authorizer, model, validator and response
//	docpart api id                        → api.DocumentationPart
//	docversion api name                   → api.DocumentationVersion
//	snapshot-docpart api version id       → api.DocumentationPart, as it was
//	key id                                → api.ApiKey
//	keyvalue value                        → account.holding: a key as requests find it, with its usage plans
//	plan id                               → api.UsagePlan
//	plankey plan key                      → account.member: a key that is in a plan
//	usage plan key day                    → counter of two: requests of the day, and what was granted
//	certificate id                        → account.certificate: a client certificate with its key
//	link id                               → api.VpcLink
//	domain name                           → account.extra: what only this API has of a domain name
//
// Domain names and what they lead to are kept by apigatewayv2, and asked for there.
//
// Under ("", "", "apigateway"):
//
//	api id                                → index: whose it is, and its version
//
// # Invariants
//
// Every change of an API or of what belongs to it, but for tags, rewrites its
// index row with the next version, in the same transaction: changes of one API are
// serial, and a gateway with a plan of an older version reads again. What a stage
// serves is a copy of the API as it was when it was deployed: a change of the API
// writes the tables of what it does, a deployment copies them, row by row.
//
// # Limits
//
// 600 APIs an account and region, 300 resources an API, 10 stages an API, 100
// variables a stage; mapping templates of 300 KiB, and of 1 MiB together with all
// else that belongs to one method.
//
// # Known gaps
//
//   - A cache cluster is there as soon as it is asked for, whatever its size.
//   - Endpoint types, IP address types, VPC endpoints, securityPolicy and
//     endpointAccessMode of APIs are kept and have no effect.
//   - Logs need no role of the account's: cloudwatchRoleArn is kept.
//   - The stageKeys of API keys are kept and let nobody in: usage plans do. What
//     AWS Marketplace is told by (customerId, productCode) is kept.
//   - VPC links reach what this machine reaches. Neither the load balancer of one
//     nor the user pools of an authorizer are looked for.
//   - Domain names are what apigatewayv2 has of them: there are no private ones and
//     no routing rules. What only this API has of one (endpointAccessMode, and newer
//     security policies) is written after the rest, and may be missing after a crash.
//   - Whether a function lets API Gateway invoke it is not asked before it is
//     called, and a template's language is read when it runs.
package apigateway
