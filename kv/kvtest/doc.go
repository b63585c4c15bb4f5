// Package kvtest tests what is built on kv: stores for tests (Open), stores
// whose disk fails (Faulty), and power cuts at every moment that matters
// (Crash).
package kvtest
