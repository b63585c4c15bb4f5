package gateway

// PathPrefixes are the addresses of APIs for clients whose name resolution
// knows no hosts below localhost: the API's id follows.
func PathPrefixes() []string { return []string{"/_maru/execute-api/", "/_aws/execute-api/"} }

// HostService is the service's name in hosts: <api-id>.execute-api.<region>….
const HostService = "execute-api"
