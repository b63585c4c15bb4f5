//go:build tools

// Package tools pins what the project's tools need beside programs.
package tools

import _ "github.com/aws/aws-sdk-go" // ships the API models that cmd/awsgen reads
