package metricfilter

import (
	"encoding/json"
	"strings"
)

// Limits of the embedded metric format.
const (
	maxEMFDimensions = 30
	maxEMFMetrics    = 100
	maxEMFValues     = 100
)

// Embedded says whether any of some text may be in the embedded metric format.
func Embedded(text string) bool {
	return strings.Contains(text, `"_aws"`) && strings.Contains(text, `"CloudWatchMetrics"`)
}

// directive is one of the metric directives of an event.
type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []struct {
		Name              string
		Unit              string
		StorageResolution int32
	}
}

// AddEmbedded takes an event into account, if it is in the embedded metric
// format, and says whether it is.
func (b *Batch) AddEmbedded(at int64, message string) bool {
	begin := strings.IndexByte(message, '{')
	if begin < 0 || !Embedded(message) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(message[begin:]))
	d.UseNumber()
	var members map[string]any
	if d.Decode(&members) != nil {
		return false
	}
	var head struct {
		AWS struct {
			Timestamp         *int64
			CloudWatchMetrics []directive
		} `json:"_aws"`
	}
	// Decode again into the shape of the head: the rest is free.
	if json.NewDecoder(strings.NewReader(message[begin:])).Decode(&head) != nil {
		return false
	}
	if head.AWS.Timestamp != nil {
		at = *head.AWS.Timestamp
	}
	for _, x := range head.AWS.CloudWatchMetrics {
		b.direct(&x, at, members)
	}
	return len(head.AWS.CloudWatchMetrics) > 0
}

// direct takes the metrics of one directive into account.
func (b *Batch) direct(x *directive, at int64, members map[string]any) {
	if x.Namespace == "" || len(x.Metrics) > maxEMFMetrics {
		return
	}
	sets := x.Dimensions
	if len(sets) == 0 {
		sets = [][]string{nil}
	}
	for _, set := range sets {
		dimensions, ok := pairs(set, members)
		if !ok {
			continue
		}
		for _, m := range x.Metrics {
			k := Key{Namespace: x.Namespace, Name: m.Name, Unit: m.Unit, Dimensions: dimensions, At: at, Resolution: 60}
			if m.StorageResolution == 1 {
				k.Resolution = 1
			}
			for _, v := range numbers(members[m.Name]) {
				b.add(k, v)
			}
		}
	}
}

// pairs are the values of a set of dimensions. One that the event does not have,
// or not as text, makes the set void.
func pairs(set []string, members map[string]any) (string, bool) {
	if len(set) > maxEMFDimensions {
		return "", false
	}
	list := make([]string, 0, 2*len(set))
	for _, name := range set {
		var text string
		switch v := members[name].(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		}
		if text == "" {
			return "", false
		}
		list = append(list, name, text)
	}
	return strings.Join(list, "\x00"), true
}

// numbers are the values of a metric's member: a number, or a list of them.
func numbers(x any) (out []float64) {
	switch x := x.(type) {
	case json.Number:
		if n, err := x.Float64(); err == nil {
			out = append(out, n)
		}
	case []any:
		if len(x) > maxEMFValues {
			return nil
		}
		for _, v := range x {
			n, ok := v.(json.Number)
			if !ok {
				return nil
			}
			if f, err := n.Float64(); err == nil {
				out = append(out, f)
			}
		}
	}
	return out
}
