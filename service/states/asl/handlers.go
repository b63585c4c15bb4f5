package asl

import (
	"math"

	"maru.dev/maru/pattern/value"
)

// The limits of retriers.
const (
	maxDelay    = 31_622_400 // seconds
	maxAttempts = 99_999_999
)

// entries reads Retry or Catch.
func (c *compiler) entries(o object, name string) []object {
	list, ok := c.array(o, name)
	if !ok {
		return nil
	}
	var all []object
	for i, v := range list {
		at := indexed(o.at+"/"+name, i)
		entry, ok := v.(*value.Object)
		if !ok {
			c.wrongType(at, "OBJECT")
			continue
		}
		all = append(all, object{entry, at})
	}
	return all
}

// retry compiles Retry.
func (c *compiler) retry(o object) {
	entries := c.entries(o, "Retry")
	for i, e := range entries {
		c.only(e, "ErrorEquals IntervalSeconds MaxAttempts BackoffRate MaxDelaySeconds JitterStrategy Comment")
		r := &Retrier{IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2}
		r.ErrorEquals = c.errorEquals(e, i == len(entries)-1)
		r.Comment = c.text(e, "Comment")
		if n, ok := c.integer(e, "IntervalSeconds", 1, maxSeconds); ok {
			r.IntervalSeconds = n
		}
		if n, ok := c.integer(e, "MaxAttempts", 0, maxAttempts); ok {
			r.MaxAttempts = n
		}
		if n, ok := c.integer(e, "MaxDelaySeconds", 1, maxDelay-1); ok {
			r.MaxDelaySeconds = n
		}
		r.BackoffRate = c.backoffRate(e)
		r.FullJitter = c.choice(e, "JitterStrategy", "NONE", "FULL") == "FULL"
		c.state.Retry = append(c.state.Retry, r)
	}
}

// backoffRate reads BackoffRate, 2 if it is missing.
func (c *compiler) backoffRate(o object) float64 {
	v, ok := o.Get("BackoffRate")
	if !ok {
		return 2
	}
	var rate float64
	switch v := v.(type) {
	case int64:
		rate = float64(v)
	case float64:
		rate = v
	default:
		c.wrongType(o.at+"/BackoffRate", "NUMBER")
		return 2
	}
	if rate < 1 || math.IsInf(rate, 0) {
		c.fail(o.at+"/BackoffRate", "Value must be greater than or equal to 1.0")
	}
	return rate
}

// errorEquals reads the names of errors.
func (c *compiler) errorEquals(o object, last bool) []string {
	c.required(o, "ErrorEquals")
	list, ok := c.array(o, "ErrorEquals")
	if ok && len(list) == 0 {
		c.fail(o.at+"/ErrorEquals", "Value cannot be empty")
	}
	var names []string
	for i, v := range list {
		name, ok := v.(string)
		if !ok {
			c.wrongType(indexed(o.at+"/ErrorEquals", i), "STRING")
			continue
		}
		names = append(names, name)
		if name == "States.ALL" && (len(list) > 1 || !last) {
			c.fail(o.at+"/ErrorEquals", "States.ALL must appear alone and at end of list")
		}
	}
	return names
}

// catch compiles Catch.
func (c *compiler) catch(o object) {
	entries := c.entries(o, "Catch")
	for i, e := range entries {
		place := indexed("Catch", i)
		for name := range e.All() {
			switch {
			case has("ErrorEquals Next Assign Comment", name):
			case name == "ResultPath" && c.language == JSONata:
				c.fail(e.at, "The QueryLanguage is set to 'JSONata', but field '%s' is only supported for the 'JSONPath' QueryLanguage", name)
			case name == "Output" && c.language == JSONPath:
				c.fail(e.at, "The QueryLanguage is set to 'JSONPath', but field '%s' is only supported for the 'JSONata' QueryLanguage", name)
			case name != "ResultPath" && name != "Output":
				c.fail(e.at, "Field '%s' is not supported", name)
			}
		}
		t := &Catcher{ErrorEquals: c.errorEquals(e, i == len(entries)-1), Comment: c.text(e, "Comment")}
		c.required(e, "Next")
		t.Next = c.text(e, "Next")
		t.Assign = c.assign(e, place, about{errorOutput: true})
		if c.language == JSONPath {
			t.ResultPath = c.pathField(e, "ResultPath", true)
		} else {
			t.Output = c.template(e, "Output", place, about{errorOutput: true})
		}
		c.state.Catch = append(c.state.Catch, t)
	}
}
