package record

import (
	"reflect"
	"slices"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
)

// Resource is what a call was about.
type Resource struct {
	Type string
	Name string // as the call names it; of data events the ARN
}

// DataResources are the resources of a data event, by ARN. What names none (as
// the iterator of a shard) has the type alone.
func (c *Class) DataResources(info *call.Info, in any) []Resource {
	var arns []string
	of := func(service, resource string) string { return arn.New(service, info.Region, info.Account, resource) }
	switch c.service {
	case "s3":
		return s3Resources(c, in)
	case "sqs":
		arns = []string{queueARN(info, text(in, "QueueUrl"))}
	case "sns":
		arns = []string{text(in, "TopicArn") + text(in, "TargetArn")}
		if strings.Contains(arns[0], ":endpoint/") {
			return []Resource{{"AWS::SNS::PlatformEndpoint", arns[0]}}
		}
	case "lambda":
		arns = []string{functionARN(info, text(in, "FunctionName"))}
	case "dynamodb":
		arns = tableARNs(info, in)
	case "dynamodbstreams":
		arns = []string{text(in, "StreamArn")}
	case "events":
		arns = busARNs(info, in)
	case "kinesis", "firehose":
		name := text(in, "StreamName") + text(in, "DeliveryStreamName")
		if arns = []string{text(in, "StreamARN")}; arns[0] == "" && name != "" {
			kind := "stream/"
			if c.service == "firehose" {
				kind = "deliverystream/"
			}
			arns[0] = of(c.service, kind+name)
		}
	case "ses", "sesv2":
		if from := text(in, "Source") + text(in, "FromEmailAddress"); from != "" {
			arns = []string{of("ses", "identity/"+address(from))}
		}
	}
	out := make([]Resource, 0, max(1, len(arns)))
	for _, a := range arns {
		out = append(out, Resource{c.Data, a})
	}
	if len(out) == 0 {
		out = append(out, Resource{Type: c.Data})
	}
	return out
}

// address is the mail address within a sender's name.
func address(from string) string {
	if i := strings.LastIndexByte(from, '<'); i >= 0 {
		return strings.TrimSuffix(from[i+1:], ">")
	}
	return from
}

// s3Resources are the object and its bucket; of a listing, the bucket's objects.
func s3Resources(c *Class, in any) []Resource {
	bucket := "arn:aws:s3:::" + text(in, "Bucket")
	return []Resource{{c.Data, bucket + "/" + text(in, "Key")}, {"AWS::S3::Bucket", bucket}}
}

// queueARN names the queue of a URL.
func queueARN(info *call.Info, url string) string {
	parts := strings.Split(url, "/")
	if len(parts) < 2 {
		return arn.New("sqs", info.Region, info.Account, url)
	}
	account, name := parts[len(parts)-2], parts[len(parts)-1]
	if len(account) != 12 {
		account = info.Account
	}
	return arn.New("sqs", info.Region, account, name)
}

// functionARN is a function's ARN without version, of any form of its name.
func functionARN(info *call.Info, name string) string {
	account := info.Account
	if a, err := arn.Parse(name); err == nil {
		parts := strings.Split(a.Resource, ":")
		if len(parts) >= 2 {
			return arn.New("lambda", a.Region, a.Account, "function:"+parts[1])
		}
	}
	if owner, rest, ok := strings.Cut(name, ":function:"); ok {
		account, name = owner, rest
	}
	name, _, _ = strings.Cut(name, ":")
	return arn.New("lambda", info.Region, account, "function:"+name)
}

// tableARNs are the tables that a request names: one, those of a batch, or
// those of a transaction's items.
func tableARNs(info *call.Info, in any) []string {
	var out []string
	add := func(name string) {
		if name == "" {
			return
		}
		if !strings.HasPrefix(name, "arn:") {
			name = arn.New("dynamodb", info.Region, info.Account, "table/"+name)
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	add(text(in, "TableName"))
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return out
	}
	if items := v.FieldByName("RequestItems"); items.IsValid() {
		for _, k := range items.MapKeys() {
			add(k.String())
		}
		slices.Sort(out)
	}
	if items := v.FieldByName("TransactItems"); items.IsValid() {
		for i := range items.Len() {
			for j := range items.Index(i).NumField() {
				if action := items.Index(i).Field(j); action.Kind() == reflect.Pointer && !action.IsNil() {
					add(text(action.Interface(), "TableName"))
				}
			}
		}
	}
	return out
}

// busARNs are the event buses that entries are for.
func busARNs(info *call.Info, in any) []string {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct || !v.FieldByName("Entries").IsValid() {
		return nil
	}
	var out []string
	entries := v.FieldByName("Entries")
	for i := range entries.Len() {
		bus := text(entries.Index(i).Addr().Interface(), "EventBusName")
		if bus == "" {
			bus = "default"
		}
		if !strings.HasPrefix(bus, "arn:") {
			bus = arn.New("events", info.Region, info.Account, "event-bus/"+bus)
		}
		if !slices.Contains(out, bus) {
			out = append(out, bus)
		}
	}
	return out
}

// text is a member of a structure that is a string; empty where there is none.
func text(in any, member string) string {
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return ""
	}
	f := reflect.Indirect(v.FieldByName(member))
	if f.Kind() != reflect.String {
		return ""
	}
	return f.String()
}

// ManagementResources are what a management event was about, as far as its
// parameters and answer name it.
func (c *Class) ManagementResources(in, out any) []Resource {
	var list []Resource
	for _, n := range namings(c.service) {
		for _, from := range []any{in, out} {
			for _, name := range textsAt(from, n.member) {
				if r := (Resource{n.kind, name}); !slices.Contains(list, r) && len(list) < 20 {
					list = append(list, r)
				}
			}
		}
	}
	return list
}

// textsAt are the strings of a member, or of one within it ("Stack.Arn").
func textsAt(in any, member string) []string {
	head, rest, nested := strings.Cut(member, ".")
	v := reflect.Indirect(reflect.ValueOf(in))
	if v.Kind() != reflect.Struct {
		return nil
	}
	f := reflect.Indirect(v.FieldByName(head))
	switch {
	case !f.IsValid():
		return nil
	case nested && f.Kind() == reflect.Struct:
		return textsAt(f.Addr().Interface(), rest)
	case f.Kind() == reflect.String && f.String() != "":
		return []string{f.String()}
	case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.String:
		out := make([]string, 0, f.Len())
		for i := range f.Len() {
			out = append(out, f.Index(i).String())
		}
		return out
	}
	return nil
}
