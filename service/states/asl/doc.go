// Package asl reads state machine definitions in the Amazon States Language.
package asl
