// Package kv keeps all state of maru: an ordered key-value store with
// serialisable transactions whose commits are on disk when they return.
package kv
