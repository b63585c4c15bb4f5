package pipes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/pipes/template"
	"maru.dev/maru/source"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// execution is one batch on its way through a pipe.
type execution struct {
	*Service
	home

	pipe    pipe
	vars    template.Variables
	journal journal
}

// handle takes a batch of records through enrichment to the target.
func (s *Service) handle(ctx context.Context, m *source.Mapping, b source.Batch) (source.Answer, error) {
	records := b.Records
	h := home{m.Account, m.Region}
	var p pipe
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		p, err = load(tx, h, m.UUID)
		return err
	})
	if err != nil {
		return source.Answer{}, err
	}
	ctx = call.InRole(ctx, principal, p.Role, p.Name, h.Account, h.Region)
	x := &execution{Service: s, home: h, pipe: p, vars: template.Variables{
		"aws.pipes.pipe-arn": h.arnOf(p.Name), "aws.pipes.pipe-name": p.Name, "aws.pipes.source-arn": p.Source,
		"aws.pipes.enrichment-arn": p.Enrichment, "aws.pipes.target-arn": p.Target,
		"aws.pipes.event.ingestion-time": s.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
	}}
	x.journal = newJournal(x)
	defer x.measureStart(records)()
	events := make([]any, len(records))
	for i, r := range records {
		events[i] = outgoing(r)
	}
	ctx, told := s.traced(ctx, h, &p)
	failed, err := x.run(ctx, events)
	told(len(failed), err)
	x.journal.write(ctx)
	if err != nil {
		return source.Answer{}, err
	}
	return report(records, failed)
}

// outgoing is a record as pipes hand it on.
func outgoing(record map[string]any) any { return maps.Clone(record) }

// report names the records that have failed, as functions do.
func report(records []map[string]any, failed []int) (source.Answer, error) {
	if len(failed) == 0 {
		return source.Answer{}, nil
	}
	list := []map[string]any{}
	for _, i := range failed {
		id := records[i]["messageId"]
		if data, ok := records[i]["dynamodb"].(map[string]any); ok {
			id = data["SequenceNumber"]
		}
		list = append(list, map[string]any{"itemIdentifier": id})
	}
	payload, err := json.Marshal(map[string]any{"batchItemFailures": list})
	return source.Answer{Payload: payload}, err
}

// run takes events through the pipe, and returns which of them have failed.
func (x *execution) run(ctx context.Context, events []any) (failed []int, err error) {
	x.journal.note("EXECUTION_STARTED", info, nil, events)
	failed, err = x.stages(ctx, events)
	x.measureEnd(failed, err)
	switch {
	case err != nil:
		x.journal.note("EXECUTION_FAILED", fault, err, nil)
	case len(failed) > 0:
		x.journal.note("EXECUTION_PARTIALLY_FAILED", fault, nil, nil)
	default:
		x.journal.note("EXECUTION_SUCCEEDED", info, nil, nil)
	}
	return failed, err
}

// stages is run without its first and last line in the log.
func (x *execution) stages(ctx context.Context, events []any) (failed []int, err error) {
	out, err := x.enrich(ctx, events)
	if err == nil && len(out) == 0 {
		x.measure(telemetry.Value{Kind: targetSkipped, Is: 1})
	}
	if err != nil || len(out) == 0 {
		return nil, err
	}
	x.journal.note("TARGET_STAGE_ENTERED", info, nil, nil)
	before := out
	if out, err = x.transform("TARGET", targetTemplate(&x.pipe), out); err != nil {
		x.journal.note("TARGET_STAGE_FAILED", fault, err, nil)
		return nil, err
	}
	began := x.Clock.Now()
	failed, err = x.invokeTarget(ctx, events, before, out)
	x.measureTarget(began, failed, err)
	switch {
	case err != nil:
		x.journal.note("TARGET_STAGE_FAILED", fault, err, nil)
		return nil, err
	case len(failed) > 0 && len(out) != len(events):
		// It cannot be told which records these events were made of.
		err = fmt.Errorf("the target did not take %d of %d events", len(failed), len(out))
		x.journal.note("TARGET_STAGE_FAILED", fault, err, nil)
		return nil, err
	case len(failed) > 0:
		x.journal.note("TARGET_STAGE_PARTIALLY_FAILED", fault, nil, nil)
	default:
		x.journal.note("TARGET_STAGE_SUCCEEDED", info, nil, nil)
	}
	return failed, nil
}

// targetTemplate is the template for the target; "" is none.
func targetTemplate(p *pipe) string {
	if p.TargetParts == nil {
		return ""
	}
	return wire.Value(p.TargetParts.InputTemplate)
}

// maxTransformed is how many bytes the events of a batch may have together once
// they are transformed: a template can name a part of an event many times.
const maxTransformed = 6 << 20

// transform fills a template with each of the events. What does not come out
// as JSON is text.
func (x *execution) transform(stage, text string, events []any) ([]any, error) {
	if text == "" {
		return events, nil
	}
	x.journal.note(stage+"_TRANSFORMATION_STARTED", trace, nil, nil)
	out := make([]any, len(events))
	left := maxTransformed
	for i, e := range events {
		filled := template.Fill(text, e, x.vars, left)
		if left -= len(filled); left < 0 {
			err := fmt.Errorf("the transformed events have more than %d bytes", maxTransformed)
			x.journal.note(stage+"_TRANSFORMATION_FAILED", fault, err, nil)
			return nil, err
		}
		v, err := template.Decode([]byte(filled))
		if err != nil {
			v = filled
		}
		out[i] = v
	}
	x.journal.note(stage+"_TRANSFORMATION_SUCCEEDED", trace, nil, out)
	return out, nil
}

// enrich has events enriched, if the pipe says so.
func (x *execution) enrich(ctx context.Context, events []any) ([]any, error) {
	p := &x.pipe
	if p.Enrichment == "" {
		return events, nil
	}
	x.journal.note("ENRICHMENT_STAGE_ENTERED", info, nil, nil)
	text := ""
	if p.EnrichParts != nil {
		text = wire.Value(p.EnrichParts.InputTemplate)
	}
	in, err := x.transform("ENRICHMENT", text, events)
	if err != nil {
		x.journal.note("ENRICHMENT_STAGE_FAILED", fault, err, nil)
		return nil, err
	}
	x.journal.note("ENRICHMENT_INVOCATION_STARTED", trace, nil, in)
	began := x.Clock.Now()
	out, err := x.invokeEnrichment(ctx, events, in)
	x.measureEnrichment(began, err)
	if err != nil {
		x.journal.note("ENRICHMENT_INVOCATION_FAILED", fault, err, nil)
		x.journal.note("ENRICHMENT_STAGE_FAILED", fault, err, nil)
		return nil, fmt.Errorf("enrich: %w", err)
	}
	x.journal.note("ENRICHMENT_INVOCATION_SUCCEEDED", trace, nil, out)
	x.journal.note("ENRICHMENT_STAGE_SUCCEEDED", info, nil, nil)
	return out, nil
}

// account tells why a batch of a stream was given up.
//
// Spec: EventBridge User Guide, Amazon EventBridge Pipes error handling.
func account(m *source.Mapping, condition string, _ int, _ *source.Answer) map[string]any {
	return map[string]any{"context": map[string]any{"partnerResourceArn": m.Function, "condition": condition}}
}
