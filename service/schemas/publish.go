package schemas

import (
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// announcement is what the events of the service tell of a schema's version.
type announcement struct {
	SchemaName   string
	SchemaType   string
	RegistryName string
	CreationDate time.Time
	Version      string
}

// publish gives a schema another version, writes both, and tells the default
// event bus.
//
// Spec: EventBridge User Guide, Amazon EventBridge events detail reference.
func (s *Service) publish(tx *kv.Tx, h home, sc *schema, kind, content string, now time.Time) error {
	isNew := sc.Last == 0
	sc.Last++
	sc.Newest = sc.Last
	sc.Versions++
	sc.Type, sc.Modified = kind, now
	v := version{N: sc.Newest, Type: kind, Content: content, Created: now}
	if err := kv.Put(tx, h.versionKey(sc.Registry, sc.Name, v.N), v); err != nil {
		return err
	}
	if err := kv.Put(tx, h.schemaKey(sc.Registry, sc.Name), *sc); err != nil {
		return err
	}
	e := service.Event{
		Account: h.Account, Region: h.Region, Source: "aws.schemas", DetailType: "Schema Version Created", Resources: []string{sc.arn(h)}, Time: now,
		Detail: announcement{sc.Name, kind, sc.Registry, now, *v.number()},
	}
	if isNew {
		e.DetailType = "Schema Created"
		if err := s.Emit(tx, e); err != nil {
			return err
		}
		e.DetailType = "Schema Version Created"
	}
	return s.Emit(tx, e)
}
