// Package java has the values of mapping templates, which are Java's: strings,
// numbers, lists and maps, as they print, compare, and answer to their methods.
//
// Values are what Go has for them: nil, bool, int64, float64, string, *List, *Map
// (ordered), and any Object of the program around a template. Calling a method that
// does not exist is ErrNoMethod; what Java would throw is an *ThrownError.
//
// Regular expressions are Go's, which know no lookaround and no back references, and
// may match at most 10,000 characters and classes of them, repetitions counted.
// hashCode() is known of strings only.
package java
