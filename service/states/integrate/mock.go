package integrate

import (
	"strings"

	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/asl"
	"maru.dev/maru/wire"
)

// CheckResult tells how a result that somebody made up differs from what a
// service returns: "" if it does not, or if what the service returns is not
// known. With strict, what is always returned has to be there.
func (i *Integrations) CheckResult(res *asl.Resource, result any, strict bool) string {
	if res.Kind != asl.OptimizedService && res.Kind != asl.SDKService || res.Pattern == asl.WaitForTaskToken {
		return ""
	}
	shown := *res
	if res.Service == "states" && res.Action == "startExecution" && res.Pattern != asl.RequestResponse {
		shown.Kind, shown.Service, shown.Action = asl.SDKService, "sfn", "describeExecution"
	}
	t, ok := i.find(&shown)
	if !ok || t.op.Output == wire.NoShape {
		return ""
	}
	o, ok := result.(*value.Object)
	if !ok {
		return "The result must be a JSON object"
	}
	plain := value.NewObject(o.Len())
	for name, v := range o.All() {
		if name != "SdkHttpMetadata" && name != "SdkResponseMetadata" {
			plain.Set(name, v)
		}
	}
	c := toModel{svc: t.svc, naming: t.naming(), lenient: shown != *res, partial: !strict}
	c.structure(t.op.Output, plain)
	return strings.Join(c.faults, ", ")
}
