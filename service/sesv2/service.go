package sesv2

import (
	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/service"
	"maru.dev/maru/service/ses/mail"
)

// Service implements SES's second API.
type Service struct {
	api.Unimplemented

	box     mail.Box
	metrics mail.Metrics
}

// New returns the service.
func New(d service.Deps) *Service {
	return &Service{box: mail.Box{Deps: d, Faults: faults{}}, metrics: mail.NewMetrics(d.Metrics)}
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// faults are this API's errors.
type faults struct{}

// Invalid is of a parameter.
func (faults) Invalid(message string) error { return &api.BadRequestException{Message: message} }

// Rejected is of a message.
func (faults) Rejected(message string) error { return &api.MessageRejected{Message: message} }

// BadTemplate is of a template that cannot be used.
func (faults) BadTemplate(_, message string) error { return &api.BadRequestException{Message: message} }

// TemplateExists is of a name that is taken.
func (faults) TemplateExists(name string) error {
	return &api.AlreadyExistsException{Message: "Template " + name + " already exists."}
}

// NoTemplate is of a template that is not there.
func (faults) NoTemplate(name string) error {
	return &api.NotFoundException{Message: "Template " + name + " does not exist."}
}

// NoConfigurationSet is of a configuration set that is not there.
func (faults) NoConfigurationSet(name string) error {
	return &api.NotFoundException{Message: "Configuration set <" + name + "> does not exist."}
}

// TooMany is of a limit that is reached.
func (faults) TooMany(message string) error { return &api.LimitExceededException{Message: message} }

// data is an optional content's text.
func data(c *api.Content) string {
	if c == nil {
		return ""
	}
	return c.Data
}

// tagMap holds tags against the rules.
func tagMap(tags []api.Tag) (map[string]string, error) {
	if len(tags) > 50 {
		return nil, &api.BadRequestException{Message: "The resource cannot have more than 50 tags."}
	}
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		if _, twice := all[t.Key]; twice {
			return nil, &api.BadRequestException{Message: "Duplicate tag key: " + t.Key + "."}
		}
		all[t.Key] = t.Value
	}
	return all, nil
}
