// Package path evaluates paths and intrinsic functions as Step Functions has
// them.
//
// A path is JSONPath (see pattern/jsonpath) that begins with $ (the state's
// input), $$ (the context object) or $name (a workflow variable).
//
// Known differences: the number sequence of States.MathRandom with a seed is our
// own; the texts of intrinsic functions' faults are ours where AWS's are not known.
package path
