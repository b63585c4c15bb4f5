package insights

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxDiscovered is how many fields are found in one event.
const maxDiscovered = 200

// discover finds the fields of an event: those of the first JSON object in it,
// of the lines that Lambda writes, and of flow logs.
func discover(e *Event) map[string]value {
	found := make(map[string]value)
	if i := strings.IndexByte(e.Message, '{'); i >= 0 {
		discoverJSON(e.Message[i:], found)
	}
	if strings.Contains(e.Log, ":/aws/lambda/") {
		discoverLambda(e.Message, found)
	}
	if len(found) == 0 {
		discoverFlow(e.Message, found)
	}
	return found
}

// discoverJSON finds the members of an object, by their paths.
func discoverJSON(s string, found map[string]value) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var object map[string]any
	if d.Decode(&object) == nil {
		flatten("", object, found)
	}
}

// flatten puts what is in x under its path: "a.b.0.c".
func flatten(path string, x any, found map[string]value) {
	if len(found) >= maxDiscovered {
		return
	}
	under := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch x := x.(type) {
	case map[string]any:
		for name, member := range x {
			flatten(under(name), member, found)
		}
	case []any:
		for i, member := range x {
			flatten(under(strconv.Itoa(i)), member, found)
		}
	default:
		if v := fromJSON(x); v.kind != missing {
			found[path] = v
		}
	}
}

// reportFields are the parts of a REPORT line of Lambda, with what their numbers
// count in.
func reportFields() map[string]struct {
	name string
	unit string
	by   float64
} {
	type part = struct {
		name string
		unit string
		by   float64
	}
	return map[string]part{
		"Duration":                {"@duration", " ms", 1},
		"Billed Duration":         {"@billedDuration", " ms", 1},
		"Memory Size":             {"@memorySize", " MB", 1e6},
		"Max Memory Used":         {"@maxMemoryUsed", " MB", 1e6},
		"Init Duration":           {"@initDuration", " ms", 1},
		"Restore Duration":        {"@restoreDuration", " ms", 1},
		"XRAY TraceId":            {"@xrayTraceId", "", 0},
		"SegmentId":               {"@xraySegmentId", "", 0},
		"Billed Restore Duration": {"@billedRestoreDuration", " ms", 1},
	}
}

// discoverLambda finds what Lambda's own lines tell, and the request that a
// line of a function belongs to.
func discoverLambda(message string, found map[string]value) {
	kind, rest, ok := strings.Cut(message, " RequestId: ")
	switch {
	case ok && (kind == "START" || kind == "END" || kind == "REPORT"):
		found["@type"] = textValue(kind)
		id, _, _ := strings.Cut(rest, "\t")
		id, _, _ = strings.Cut(strings.TrimSpace(id), " ")
		found["@requestId"] = textValue(id)
		if kind == "REPORT" {
			discoverReport(rest, found)
		}
	default:
		if id := requestOf(message); id != "" {
			found["@requestId"] = textValue(id)
		}
	}
}

// requestOf finds the request's id in a line such as Node's and Python's
// runtimes write: between tabs.
func requestOf(message string) string {
	for part := range strings.SplitSeq(message, "\t") {
		if isUUID(part) {
			return part
		}
	}
	return ""
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !isDigit(c) && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'):
			return false
		}
	}
	return true
}

// discoverReport reads the parts of a REPORT line.
func discoverReport(line string, found map[string]value) {
	fields := reportFields()
	for part := range strings.SplitSeq(strings.TrimSpace(line), "\t") {
		name, what, ok := strings.Cut(strings.TrimSpace(part), ": ")
		f, known := fields[name]
		if !ok || !known {
			continue
		}
		what = strings.TrimSpace(what)
		if f.by == 0 {
			found[f.name] = textValue(what)
			continue
		}
		if n, ok := readNumber(strings.TrimSuffix(what, f.unit)); ok {
			found[f.name] = numberValue(n * f.by)
		}
	}
}

// flowFields are the columns of a VPC flow log of version 2.
func flowFields() []string {
	return []string{
		"version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort",
		"protocol", "packets", "bytes", "start", "end", "action", "logStatus",
	}
}

// discoverFlow reads a line of a VPC flow log.
func discoverFlow(message string, found map[string]value) {
	if !strings.HasPrefix(message, "2 ") || !strings.Contains(message, " eni-") {
		return
	}
	columns, names := strings.Fields(message), flowFields()
	if len(columns) != len(names) {
		return
	}
	for i, name := range names {
		if columns[i] != "-" {
			found[name] = textValue(columns[i])
		}
	}
}
