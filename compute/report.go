package compute

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// report is what the platform says at the end of an invocation.
type report struct {
	requestID, traceID string
	duration, init     time.Duration
	memoryMB, usedMB   int
	status, errorType  string // "" for success
}

// write adds a line of the platform's to the environment's log.
func (e *environment) write(text string) {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	e.output.say(text)
}

// event adds a platform event in the JSON form.
//
// Spec: Lambda Developer Guide, Understanding Lambda log formats.
func (e *environment) event(kind string, record map[string]any) {
	level := e.fn.SystemLogLevel
	if level == "WARN" && kind != "platform.report" {
		return
	}
	b, err := json.Marshal(struct {
		Time   string         `json:"time"`
		Type   string         `json:"type"`
		Record map[string]any `json:"record"`
	}{e.pool.opts.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"), kind, record})
	if err != nil {
		e.pool.opts.Log.Error("encode platform event", "err", err)
		return
	}
	e.write(string(b))
}

// logInitStart says that the environment starts.
func (e *environment) logInitStart() {
	version := runtimeVersion(e.fn.Runtime)
	sum := sha256.Sum256([]byte(version))
	runtimeARN := "arn:aws:lambda:" + e.fn.Region + "::runtime:" + hex.EncodeToString(sum[:])
	if e.fn.JSONLogs {
		e.event("platform.initStart", map[string]any{
			"initializationType": "on-demand", "phase": "init",
			"runtimeVersion": version, "runtimeVersionArn": runtimeARN,
			"functionName": e.fn.Name, "functionVersion": e.fn.Version,
			"instanceId": e.id, "instanceMaxMemory": e.fn.MemoryMB << 20,
		})
		return
	}
	e.write("INIT_START Runtime Version: " + version + "\tRuntime Version ARN: " + runtimeARN)
}

// logInitReport says how an initialisation failed.
func (e *environment) logInitReport(errorType, status string) {
	took := milliseconds(e.sinceStart())
	if e.fn.JSONLogs {
		record := map[string]any{
			"initializationType": "on-demand", "phase": "init", "status": status,
			"metrics": map[string]any{"durationMs": took},
		}
		if errorType != "" {
			record["errorType"] = errorType
		}
		e.event("platform.initReport", record)
		return
	}
	line := fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: %s", took, status)
	if errorType != "" {
		line += "\tError Type: " + errorType
	}
	e.write(line)
}

// logStart says that an invocation begins.
func (e *environment) logStart(requestID string) {
	if e.fn.JSONLogs {
		e.event("platform.start", map[string]any{"requestId": requestID, "version": e.fn.Version})
		return
	}
	e.write("START RequestId: " + requestID + " Version: " + e.fn.Version)
}

// logEnd says that an invocation ended, and what it took.
func (e *environment) logEnd(r report) {
	if e.fn.JSONLogs {
		e.event("platform.report", r.record())
		return
	}
	var b strings.Builder
	took := milliseconds(r.duration)
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		r.requestID, took, r.billed(), r.memoryMB, r.usedMB)
	if r.init > 0 {
		fmt.Fprintf(&b, "Init Duration: %.2f ms\t", milliseconds(r.init))
	}
	if r.status != "" {
		b.WriteString("Status: " + r.status)
		if r.status == "error" {
			b.WriteString("\tError Type: " + r.errorType)
		}
	}
	if root, ok := traceRoot(r.traceID); ok {
		b.WriteString("\nXRAY TraceId: " + root)
	}
	e.output.sayAll("END RequestId: "+r.requestID+"\n", b.String()+"\n")
}

// record is r in the JSON form.
func (r report) record() map[string]any {
	metrics := map[string]any{
		"durationMs": milliseconds(r.duration), "billedDurationMs": r.billed(),
		"memorySizeMB": r.memoryMB, "maxMemoryUsedMB": r.usedMB,
	}
	if r.init > 0 {
		metrics["initDurationMs"] = milliseconds(r.init)
	}
	record := map[string]any{"requestId": r.requestID, "metrics": metrics, "status": "success"}
	if r.status != "" {
		record["status"] = r.status
		if r.errorType != "" {
			record["errorType"] = r.errorType
		}
	}
	return record
}

// billed is the duration rounded up to whole milliseconds.
func (r report) billed() int64 { return int64(math.Ceil(milliseconds(r.duration + r.init))) }

// milliseconds is d with two decimals, as AWS prints it.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*100) / 100
}

// traceRoot finds the trace of a sampled X-Amzn-Trace-Id value.
func traceRoot(header string) (string, bool) {
	if !strings.Contains(header, "Sampled=1") {
		return "", false
	}
	for part := range strings.SplitSeq(header, ";") {
		if root, ok := strings.CutPrefix(part, "Root="); ok {
			return root, true
		}
	}
	return "", false
}

// runtimeVersion is a runtime's name as AWS tells it in logs: python:3.12.v1.
func runtimeVersion(name string) string {
	if rest, ok := strings.CutPrefix(name, "provided."); ok {
		return "provided:" + rest + ".v1"
	}
	i := strings.IndexAny(name, "0123456789")
	if i < 0 {
		return name
	}
	return name[:i] + ":" + strings.TrimSuffix(name[i:], ".x") + ".v1"
}
