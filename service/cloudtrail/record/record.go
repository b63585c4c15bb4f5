package record

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

const (
	version    = "1.11"
	timeFormat = "2006-01-02T15:04:05Z"

	maxMember = 100 << 10 // of requestParameters and responseElements
	maxText   = 1 << 10   // of userAgent and errorMessage
)

// Event is a call as CloudTrail keeps it.
type Event struct {
	Class     *Class
	ID        string
	Region    string
	Account   string // whose event it is
	Time      time.Time
	Username  string
	AccessKey string
	UserARN   string
	Error     string
	Resources []Resource
	JSON      []byte // the record
}

// Build writes the record of a call that ended at a time. resources are those
// of a data event.
func Build(r *call.Record, c *Class, id string, at time.Time, resources []Resource) *Event {
	at = at.UTC()
	who := identityOf(&r.Info, at)
	e := &Event{
		Class: c, ID: id, Region: r.Info.Region, Account: r.Info.Account, Time: at,
		Username: who.name(), AccessKey: who.accessKey, UserARN: who.arn, Resources: resources,
	}
	if c.Global {
		e.Region = "us-east-1"
	}
	if c.Data == "" {
		e.Resources = c.ManagementResources(r.In, r.Out)
	}
	o := object{dst: make([]byte, 1, 2048)}
	o.dst[0] = '{'
	o.text("eventVersion", version)
	o.key("userIdentity")
	o.dst = who.append(o.dst)
	o.text("eventTime", at.Format(timeFormat))
	o.text("eventSource", c.Source)
	o.text("eventName", c.Name)
	o.text("awsRegion", e.Region)
	source, agent := origin(&r.Info)
	o.text("sourceIPAddress", source)
	o.text("userAgent", short(agent))
	e.Error = appendError(&o, r.Err)
	appendCall(&o, r, c)
	o.text("requestID", requestID(r))
	o.text("eventID", id)
	o.truth("readOnly", c.ReadOnly)
	appendResources(&o, r, c, e.Resources)
	o.text("eventType", "AwsApiCall")
	o.truth("managementEvent", c.Data == "")
	o.text("recipientAccountId", r.Info.Account)
	o.text("eventCategory", c.Category())
	appendTLS(&o, r)
	e.JSON = append(o.dst, '}')
	return e
}

// origin is where a call came from: a service that calls is its own address.
func origin(info *call.Info) (source, agent string) {
	if p := info.Principal; p.Kind == call.Service {
		return p.Service, p.Service
	}
	return info.SourceIP, info.UserAgent
}

// short cuts a text to what a record may have of it.
func short(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxText)], "") }

// appendError writes how a call failed, and returns the code. What is our fault
// has no words for callers, so it has none here.
func appendError(o *object, err error) string {
	if err == nil {
		return ""
	}
	code, message := "InternalFailure", ""
	if known, ok := errors.AsType[wire.Error](err); ok {
		code, message = known.ErrorCode(), known.ErrorMessage()
	}
	o.text("errorCode", code)
	o.filled("errorMessage", short(message))
	return code
}

// appendCall writes what was asked and answered.
func appendCall(o *object, r *call.Record, c *Class) {
	o.key("requestParameters")
	o.dst = bounded(o.dst, "requestParameters", func(dst []byte) []byte {
		return appendValues(dst, c.service, r.Model, r.Operation.Input, r.In)
	})
	o.key("responseElements")
	answered := !c.ReadOnly || c.Answers
	if c.Data != "" && (c.service == "lambda" || c.service == "dynamodb") {
		answered = false
	}
	if !answered || r.Err != nil {
		o.dst = append(o.dst, "null"...)
	} else {
		o.dst = bounded(o.dst, "responseElements", func(dst []byte) []byte {
			return appendValues(dst, c.service, r.Model, r.Operation.Output, r.Out)
		})
	}
	if extra := additional(r, c); extra != "" {
		o.raw("additionalEventData", []byte(extra))
	}
}

// bounded writes a member, or a note of its size where it is too large.
func bounded(dst []byte, name string, write func(dst []byte) []byte) []byte {
	at := len(dst)
	dst = write(dst)
	if size := len(dst) - at; size > maxMember {
		return fmt.Appendf(dst[:at], `{"omitted":true,"originalSize":%d,"reason":"%s too large"}`, size, name)
	}
	return dst
}

// additional is what some services tell beside parameters and answer.
func additional(r *call.Record, c *Class) string {
	switch {
	case c.service == "lambda" && c.Data != "":
		version := text(r.Out, "ExecutedVersion")
		if version == "" {
			return ""
		}
		return fmt.Sprintf(`{"functionVersion":%q}`, functionARN(&r.Info, text(r.In, "FunctionName"))+":"+version)
	case c.service == "s3" && c.Name == "PutObject":
		if v := reflect.Indirect(reflect.Indirect(reflect.ValueOf(r.In)).FieldByName("ContentLength")); v.IsValid() {
			return fmt.Sprintf(`{"bytesTransferredIn":%d}`, v.Int())
		}
	}
	return ""
}

// requestID is the id that the caller was told: S3's are shorter.
func requestID(r *call.Record) string {
	id := r.Info.RequestID
	if r.Model.ID == "s3" && len(id) == 36 {
		return strings.ToUpper(strings.ReplaceAll(id, "-", "")[:16])
	}
	return id
}

// appendResources writes the ARNs of what a data event, or the taking of a role,
// was about.
func appendResources(o *object, r *call.Record, c *Class, resources []Resource) {
	if c.service == "sts" {
		if role := text(r.In, "RoleArn"); role != "" {
			resources = []Resource{{"AWS::IAM::Role", role}}
		}
	} else if c.service == "s3" && c.Data == "" {
		resources = nil
		if bucket := text(r.In, "Bucket"); bucket != "" {
			resources = []Resource{{"AWS::S3::Bucket", "arn:aws:s3:::" + bucket}}
		}
	} else if c.Data == "" {
		return
	}
	if len(resources) == 0 {
		return
	}
	o.key("resources")
	o.dst = append(o.dst, '[')
	for i, res := range resources {
		if i > 0 {
			o.dst = append(o.dst, ',')
		}
		in := object{dst: append(o.dst, '{')}
		if a, err := arn.Parse(res.Name); err == nil && res.Type != "AWS::S3::Object" {
			if a.Account == "" {
				a.Account = r.Info.Account
			}
			in.text("accountId", a.Account)
		}
		in.text("type", res.Type)
		if name := res.Name; strings.HasSuffix(name, "/") && res.Type == "AWS::S3::Object" {
			in.text("ARNPrefix", name)
		} else {
			in.filled("ARN", name)
		}
		o.dst = append(in.dst, '}')
	}
	o.dst = append(o.dst, ']')
}

// appendTLS tells of a call that came over TLS.
func appendTLS(o *object, r *call.Record) {
	if r.Inside || !strings.HasPrefix(r.Info.Endpoint, "https://") {
		return
	}
	u, err := url.Parse(r.Info.Endpoint)
	if err != nil {
		return
	}
	o.key("tlsDetails")
	in := object{dst: append(o.dst, '{')}
	in.text("clientProvidedHostHeader", u.Host)
	o.dst = append(in.dst, '}')
}
