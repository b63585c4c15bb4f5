// Package jsonpath evaluates JSONPath on JSON values.
//
// A definite path leads to one value or fails; one with wildcards, slices,
// several indexes, filters or a recursive descent leads to an array of what it
// matches, which may be empty. A reference path names members and indexes only,
// and can be written to.
//
// The dialect is the one of the Java library (Jayway's) that Step Functions and
// API Gateway evaluate paths with, as its error texts show: filters know ==, !=, <,
// <=, >, >=, =~, in, nin, subsetof, anyof, noneof, contains, size, empty, &&, ||
// and !; paths may end in length(), size(), min(), max(), avg(), sum(), stddev(),
// keys(), first() or last().
//
// Known differences: the library's concat(), append() and index() are refused.
package jsonpath
