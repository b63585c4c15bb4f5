package ses

import (
	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// Service implements SES's first API.
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
func (faults) Invalid(message string) error {
	return &wire.APIError{Code: "InvalidParameterValue", Message: message}
}

// Rejected is of a message.
func (faults) Rejected(message string) error { return &api.MessageRejected{Message: message} }

// BadTemplate is of a template that cannot be used.
func (faults) BadTemplate(name, message string) error {
	return &api.InvalidTemplateException{TemplateName: &name, Message: message}
}

// TemplateExists is of a name that is taken.
func (faults) TemplateExists(name string) error {
	return &api.AlreadyExistsException{Name: &name, Message: "Template " + name + " already exists."}
}

// NoTemplate is of a template that is not there.
func (faults) NoTemplate(name string) error {
	return &api.TemplateDoesNotExistException{TemplateName: &name, Message: "Template " + name + " does not exist."}
}

// NoConfigurationSet is of a configuration set that is not there.
func (faults) NoConfigurationSet(name string) error {
	return &api.ConfigurationSetDoesNotExistException{
		ConfigurationSetName: &name, Message: "Configuration set <" + name + "> does not exist.",
	}
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

// limit is a page's size: what was asked for within bounds, else the default.
func limit(asked *int32, otherwise, most int) int {
	if asked == nil || *asked <= 0 {
		return otherwise
	}
	return min(int(*asked), most)
}
