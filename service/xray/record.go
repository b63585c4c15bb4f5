package xray

import (
	"context"
	"fmt"

	"maru.dev/maru/service/xray/trace"
)

// Recorder is how the platform stores its own spans as segments, without HTTP.
type Recorder interface {
	// Record stores segments in an account and region, all in one transaction as
	// long as they are no more than a few megabytes. A segment replaces one of
	// the same trace and id. It returns how many were refused, and why the first
	// was: a segment that breaks the schema is not to be tried again.
	Record(ctx context.Context, account, region string, segments []*trace.Segment) (refused int, why error, err error)
}

// Record implements Recorder.
func (s *Service) Record(ctx context.Context, account, region string, segments []*trace.Segment) (refused int, why error, err error) {
	documents := make([]incoming, 0, len(segments))
	for _, segment := range segments {
		broken := segment.Check()
		var text string
		if broken == nil {
			text, broken = segment.Document()
		}
		if broken != nil {
			if refused++; why == nil {
				why = broken
			}
			continue
		}
		documents = append(documents, incoming{segment, text, len(text)})
	}
	if err := s.store(ctx, home{account, region}, documents); err != nil {
		return refused, why, fmt.Errorf("record segments: %w", err)
	}
	return refused, why, nil
}
