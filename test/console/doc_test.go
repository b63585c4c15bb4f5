// Package console tests the web console as people use it: in a real browser
// without a screen, on a real maru with the examples on it. Without Chromium the
// tests say so and are skipped.
package console
