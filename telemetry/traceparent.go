package telemetry

import "strings"

// FromTraceparent reads the header by which W3C's trace context continues a
// trace, as that of a Trace: the same digits in X-Ray's form. It is empty for a
// header that is none. A version that is not known yet is read as far as its
// beginning is that of version 00.
//
// Spec: W3C Trace Context, traceparent header.
func FromTraceparent(header string) string {
	parts := strings.SplitN(strings.TrimSpace(header), "-", 5)
	if len(parts) < 4 || parts[0] == "00" && len(parts) > 4 {
		return ""
	}
	version, trace, parent, flags := parts[0], parts[1], parts[2], parts[3]
	if !isHex(version, 2) || version == "ff" || !isHex(trace, 32) || !isHex(parent, 16) || !isHex(flags, 2) {
		return ""
	}
	if strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "" || header != strings.ToLower(header) {
		return ""
	}
	t := Trace{Root: "1-" + trace[:8] + "-" + trace[8:], Parent: parent, Sampled: notKept}
	if strings.ContainsRune("13579bdf", rune(flags[1])) {
		t.Sampled = kept
	}
	return t.String()
}

// Traceparent writes a trace as W3C's header, or "" where it has no parent.
func (t Trace) Traceparent() string {
	if !validRoot(t.Root) || t.Parent == "" {
		return ""
	}
	flags := "00"
	if t.Kept() {
		flags = "01"
	}
	return strings.ToLower("00-" + t.Root[2:10] + t.Root[11:] + "-" + t.Parent + "-" + flags)
}
