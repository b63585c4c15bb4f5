// Package vtl runs the Velocity Template Language, as version 1.7 of Apache
// Velocity does, which is what API Gateway maps messages with.
//
// A Template is parsed once and run by many at once, each run with variables of
// its own, whose values are those of package java. Calling a method that does not
// exist gives nothing, and one that Java would throw in fails the run.
//
// A run is bounded: in steps, in the size of what it makes, in the turns of a loop
// (after maxTurns it just ends, as Velocity's does), in the depth of macros.
//
// # Differences
//
// Regular expressions are Go's, which know no lookaround and no back references;
// a template that uses them fails when it runs. Whole numbers beyond 64 bits become
// floating ones. Expressions may stand where Velocity only lets values stand
// (arguments, elements). #include and #parse find nothing, and fail. hashCode() is
// known of strings only.
package vtl
