package ssm

import (
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// changed is what the default event bus is told of a change of a parameter.
type changed struct {
	Operation   string `json:"operation"`
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description,omitempty"`
}

// tell puts a change of a parameter on the default event bus, with the version
// that it has made or that was the last.
//
// Spec: Systems Manager User Guide, Setting up notifications or triggering
// actions based on Parameter Store events.
func (s *Service) tell(tx *kv.Tx, h home, name, operation string, v *version) error {
	return s.Emit(tx, service.Event{
		Account: h.Account, Region: h.Region, Source: "aws.ssm", DetailType: "Parameter Store Change", Resources: []string{h.arnOf(name)},
		Detail: changed{operation, name, v.Type, v.Description},
	})
}
