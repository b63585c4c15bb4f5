// Package express runs executions of express state machines: in memory, for five
// minutes at most.
//
// A synchronous execution lives in the call that asked for it, and runs once at
// most. An asynchronous one is guarded by a task in the transaction that started
// it, which the execution takes away when it ends; a guard that falls due
// without an execution in this process runs it again: at least once.
//
// An execution is one goroutine, which takes the engine's turns; calls that
// overlap have goroutines of their own. Nothing of it is stored but what its
// logging configuration asks for.
package express
