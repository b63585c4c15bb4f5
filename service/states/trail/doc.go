// Package trail writes the events of executions to CloudWatch Logs, as a state
// machine's logging configuration asks for.
package trail
