// Package expression is CloudWatch's metric math: a parser, and an evaluator
// over time series that its caller provides.
//
// A value is a scalar, a time series, an array of time series or a text. An
// operator or function that does not take its operands' types is an *Error, in
// the words of CloudWatch. What is not a number (a division by zero, the
// logarithm of nothing) is dropped from its series.
//
// Series are joined by the timestamps of their points. Arithmetic and
// comparison take a point that only one of two series has as 0 in the other;
// AVG of an array takes a missing point as 0, the other aggregates pass it over.
package expression
