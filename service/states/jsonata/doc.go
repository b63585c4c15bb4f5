// Package jsonata evaluates JSONata expressions over workflow values: the query
// and transformation language of docs.jsonata.org, in the version that Step
// Functions has, 2.0.6 of the reference.
//
// An expression is compiled once and evaluated by as many at once as like:
//
//	syntax/    tokens, the tree, its rewriting; signatures; regular expressions
//	picture/   numbers and times written and read by pictures
//	fault/     errors: codes and texts are the reference's, for users see them
//	.          values, paths, operators, calls, the functions of the language
//
// # Values
//
// Within an evaluation there is one more value than JSON has, Undefined{}, and
// arrays know whether they are sequences (see values.go). Numbers are computed
// as JavaScript does, in float64; results that are whole come out as int64. What
// is passed on from the input is not touched: an int64 beyond 2^53 keeps all its
// digits. Nothing that was given is ever changed; transforms work on copies.
//
// # Limits
//
// Every evaluation is bounded by steps, depth, memory and the context's deadline
// (Limits), the parser by depth. Errors of these are D1011 (depth), D1012 (steps
// and time), D2014 and D2015 (length of ranges and arrays) and U1001 to U1004.
//
// # What it is tested against
//
// The reference's own test suite and 1,790 expressions of our own, with the
// results that the reference had, errors with their texts and positions
// (testdata). They all agree.
//
// # Differences from the reference
//
//   - Compile knows the operators ?: and ??, which came after 2.0.6;
//     CompileStrict, which workflows are read with, does not.
//   - $eval is there only if Input.AllowEval is set: Step Functions lacks it.
//   - Regular expressions run in linear time (RE2): looking around, references
//     back, and what may match more than 1000 characters and classes, repetitions
//     counted, are refused when compiling, with S0303. \S within brackets knows
//     ASCII spaces alone.
//   - Members of objects keep the order in which they were written, also those
//     whose names are numbers, which JavaScript puts first.
//   - $string and & write whole numbers with all their digits; 2.0.6 rounds them
//     to fifteen, later versions do not.
//   - A function is false where a truth is asked for, as in later versions, and
//     is no object: wildcards do not look into it. As the value of a whole
//     expression it is the error U1003; within an array or object it becomes "",
//     as in $string.
//   - Where 2.0.6 loops for ever ($formatNumber of zero or a negative number with
//     an exponent), reads adjacent digits of times wrongly, or fails with an
//     error of JavaScript's, the result is that of 2.2.2, or nothing.
//   - Dates of numbers that are none or infinite are errors, not "NaN".
//   - A filter behind an order-by within a path that binds variables sees them.
//   - Whitespace of strings and characters is that of Go's Unicode tables;
//     strings hold no halves of characters: they leave as U+FFFD.
package jsonata
