// Package flow computes what happens within one state: what it takes from its
// input, what becomes of its result, which variables it assigns, where it goes on.
//
// Its functions are pure: time, randomness and identifiers come with the Scope,
// and nothing is stored.
package flow
