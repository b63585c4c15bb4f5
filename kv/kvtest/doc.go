// Package kvtest tests what is built on kv: stores for tests (Open), stores
// whose disk fails (Faulty), and power cuts at every moment that matters
// (Crash; CrashBeside for what has files of its own, too).
package kvtest
