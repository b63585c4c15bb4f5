// Package accesslog writes what gateways log of requests: the lines of access logs
// in the format that a stage asks for, and whatever else goes to log groups.
package accesslog
