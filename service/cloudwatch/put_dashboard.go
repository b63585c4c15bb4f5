package cloudwatch

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/cloudwatch/widget"
)

const (
	// maxBody is how long a dashboard's body may be.
	maxBody = 1 << 20
	// bodyPart is how much of a body one row holds.
	bodyPart = 512 << 10
)

// dashboardName is the form of a dashboard's name.
var dashboardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// dashboard is the row of a dashboard. Its body is in rows of its own, so that a
// list does not read it.
type dashboard struct {
	At    time.Time
	Size  int
	Parts int
}

// boards is where an account's dashboards are: in no region.
func (h home) boards() home { return home{Account: h.Account} }

func (h home) boardKey(name string) kv.Key            { return h.boards().key("w", name) }
func (h home) bodyKey(name string, part int64) kv.Key { return h.boards().key("b", name, part) }
func (h home) boardARN(name string) string {
	return "arn:aws:cloudwatch::" + h.Account + ":dashboard/" + name
}

// PutDashboard creates a dashboard, or replaces its body. Errors in the body keep
// it from that; warnings do not.
//
// Spec: CloudWatch API Reference, PutDashboard.
func (s *Service) PutDashboard(ctx context.Context, in *api.PutDashboardInput) (*api.PutDashboardOutput, error) {
	if !dashboardName.MatchString(in.DashboardName) {
		return nil, invalid("The value %s for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n", in.DashboardName)
	}
	if len(in.DashboardBody) > maxBody {
		return nil, invalid("The field DashboardBody must not be longer than %d characters.", maxBody)
	}
	faults, warnings := widget.CheckBody(in.DashboardBody)
	if len(faults) > 0 {
		text, err := json.MarshalIndent(faults, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("write faults: %w", err)
		}
		return nil, &api.DashboardInvalidInputError{
			Message:                     fmt.Sprintf("The dashboard body is invalid, there are %d validation errors:\n%s", len(faults), text),
			DashboardValidationMessages: boardMessages(faults),
		}
	}
	h, now := homeOf(call.From(ctx)), s.Clock.Now()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := tx.DeleteRange(kv.Prefix(h.boards().key("b", in.DashboardName))); err != nil {
			return err
		}
		parts := 0
		for body := in.DashboardBody; body != ""; parts++ {
			n := min(len(body), bodyPart)
			if err := tx.Put(h.bodyKey(in.DashboardName, int64(parts)), []byte(body[:n])); err != nil {
				return err
			}
			body = body[n:]
		}
		return kv.Put(tx, h.boardKey(in.DashboardName), dashboard{now, len(in.DashboardBody), parts})
	})
	if err != nil {
		return nil, err
	}
	return &api.PutDashboardOutput{DashboardValidationMessages: boardMessages(warnings)}, nil
}

// boardMessages are messages as they are told.
func boardMessages(all []widget.Message) []api.DashboardValidationMessage {
	out := []api.DashboardValidationMessage{}
	for _, m := range all {
		out = append(out, api.DashboardValidationMessage{DataPath: &m.DataPath, Message: &m.Message})
	}
	return out
}
