package lambda

import (
	"context"
	"encoding/hex"
	"hash/fnv"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/kv"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
)

// maxGenerations is how often a function runs in one chain of events before that is
// a loop.
//
// Spec: Lambda Developer Guide, Use Lambda recursive loop detection to prevent
// infinite loops.
const maxGenerations = 16

// lineageHash is by what a lineage knows a function.
func (f *function) lineageHash() string {
	h := fnv.New32a()
	for _, part := range []string{f.Account, f.Region, f.Name} {
		_, _ = h.Write([]byte(part)) // never fails
		_, _ = h.Write([]byte{'/'})
	}
	var sum [4]byte
	return hex.EncodeToString(h.Sum(sum[:0]))
}

// endless tells whether one more run of a function would be one too many in what a
// lineage tells of, and its settings end that.
func (f *function) endless(lineage string) bool {
	return lineage != "" && f.Recursion != api.RecursiveLoopAllow && telemetry.Generations(lineage, f.lineageHash()) >= maxGenerations
}

// descend puts a run of a function into the lineage of what it calls, or ends the
// loop that it is part of.
func (s *Service) descend(f *function, inv *invocation) error {
	lineage := telemetry.Lineage(inv.traceID)
	if f.endless(lineage) {
		s.measure(inv.target, "", telemetry.Value{Kind: recursionsDropped, Is: 1})
		return &api.RecursiveInvocationException{Type: new("User"), Message: "Lambda has detected your function being invoked in a recursive loop" +
			" with other Amazon Web Services resources and stopped your function's invocation."}
	}
	inv.traceID = telemetry.WithLineage(inv.traceID, telemetry.Descend(lineage, f.lineageHash()))
	return nil
}

// stopped tells whether a queue's message would go on a loop that ends here. Other
// messages of its batch are served.
func (s *Service) stopped(ctx context.Context, m *source.Mapping, header string) bool {
	lineage := telemetry.Lineage(header)
	if lineage == "" {
		return false
	}
	t, err := locate(ctx, m.Function, nil)
	if err != nil {
		return false // the invocation tells
	}
	ends := false
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		f, err := loadFunction(tx, t)
		ends = err == nil && f.endless(lineage)
		return err
	})
	if err != nil || !ends {
		return false
	}
	s.measure(t, "", telemetry.Value{Kind: recursionsDropped, Is: 1})
	return true
}
