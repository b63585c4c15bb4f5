// Package path evaluates JSONPath and intrinsic functions as Step Functions has them.
package path
