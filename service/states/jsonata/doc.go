// Package jsonata evaluates JSONata expressions over workflow values: the query
// and transformation language of docs.jsonata.org, in the version that Step
// Functions has (2.0.6 of the reference), with the operators ?: and ?? of later
// ones.
package jsonata
