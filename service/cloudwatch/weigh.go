package cloudwatch

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/wire"
)

// sample is a data point, how many periods ago it began, how many values it is
// of, and what was expected of it, if it is compared with a band.
type sample struct {
	value     float64
	at        time.Time
	age       int
	count     float64
	banded    bool
	low, high float64
}

// signs are the comparisons with a threshold, and how reasons tell them.
func signs() map[string]string {
	return map[string]string{
		api.ComparisonOperatorGreaterThanOrEqualToThreshold: "greater than or equal to",
		api.ComparisonOperatorGreaterThanThreshold:          "greater than",
		api.ComparisonOperatorLessThanThreshold:             "less than",
		api.ComparisonOperatorLessThanOrEqualToThreshold:    "less than or equal to",
	}
}

// bandSigns are the comparisons with a band, and how reasons tell them of the
// lower and the upper thresholds.
func bandSigns() map[string]func(low, high string) string {
	below := func(low string) string { return "less than the lower thresholds " + low }
	above := func(high string) string { return "greater than the upper thresholds " + high }
	return map[string]func(low, high string) string{
		api.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold: func(low, high string) string { return below(low) + " or " + above(high) },
		api.ComparisonOperatorLessThanLowerThreshold:                   func(low, _ string) string { return below(low) },
		api.ComparisonOperatorGreaterThanUpperThreshold:                func(_, high string) string { return above(high) },
	}
}

// breaches says whether a data point is beyond the threshold, or out of the band.
func (a *alarm) breaches(s sample) bool {
	switch *a.Config.ComparisonOperator {
	case api.ComparisonOperatorLessThanLowerOrGreaterThanUpperThreshold:
		return s.value < s.low || s.value > s.high
	case api.ComparisonOperatorLessThanLowerThreshold:
		return s.value < s.low
	case api.ComparisonOperatorGreaterThanUpperThreshold:
		return s.value > s.high
	case api.ComparisonOperatorGreaterThanOrEqualToThreshold:
		return s.value >= *a.Config.Threshold
	case api.ComparisonOperatorGreaterThanThreshold:
		return s.value > *a.Config.Threshold
	case api.ComparisonOperatorLessThanThreshold:
		return s.value < *a.Config.Threshold
	}
	return s.value <= *a.Config.Threshold
}

// tooFew says whether an alarm on a percentile, which wants it so, is not
// evaluated as too few values have been seen: fewer than ten beyond the
// percentile.
func (a *alarm) tooFew(all []sample) bool {
	if wire.Value(a.Config.EvaluateLowSampleCountPercentile) != "ignore" || len(all) == 0 {
		return false
	}
	st, _ := parseStatistic(a.stat())
	seen := 0.0
	for _, s := range all {
		seen += s.count
	}
	share := min(st.hi, 100-st.hi) / 100
	return seen*share < 10
}

// weigh is the state that the newest data points make, newest first, with
// missing ones treated as the alarm wants.
func (a *alarm) weigh(all []sample) string {
	bad, oldest := 0, 0
	for _, p := range all {
		if a.breaches(p) {
			bad, oldest = bad+1, p.age
		}
	}
	absent := int(*a.Config.EvaluationPeriods) - len(all)
	how := a.missing()
	switch {
	case bad >= a.needed(), how == "breaching" && bad+absent >= a.needed():
		return api.StateValueAlarm
	case absent == 0, how == "breaching", how == "notBreaching":
		return api.StateValueOk
	case how == "ignore" && bad == len(all):
		return a.State
	case bad == len(all) && bad > 0 && oldest >= a.needed():
		return api.StateValueAlarm
	case bad == len(all):
		return api.StateValueInsufficientData
	}
	return api.StateValueOk
}

// reason says in words why an alarm is in a state.
func (a *alarm) reason(state string, all []sample) string {
	n := *a.Config.EvaluationPeriods
	if len(all) == 0 {
		noun, verb := "datapoints", "were"
		if n == 1 {
			noun, verb = "datapoint", "was"
		}
		if a.missing() == "missing" || a.missing() == "ignore" {
			return fmt.Sprintf("Insufficient Data: %d %s %s unknown.", n, noun, verb)
		}
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %d period%s and %d missing %s %s treated as [%s].", n, plural(int(n)), n, noun, verb, treated(a.missing()))
	}
	turn, not := "ALARM -> OK", " not"
	if state == api.StateValueAlarm {
		turn, not = "OK -> ALARM", ""
	}
	if state == api.StateValueInsufficientData {
		return fmt.Sprintf("Insufficient Data: %d datapoint%s were unknown.", int(n)-len(all), plural(int(n)-len(all)))
	}
	values, low, high := make([]string, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, p := range all {
		values[i] = fmt.Sprintf("%s (%s)", number(p.value), p.at.UTC().Format("02/01/06 15:04:05"))
		low[i], high[i] = number(p.low), number(p.high)
	}
	verb := "was"
	if len(all) > 1 {
		verb = "were"
	}
	var against string
	head := "Threshold Crossed"
	if tell, ok := bandSigns()[*a.Config.ComparisonOperator]; ok {
		head, against = "Thresholds Crossed", tell(brackets(low), brackets(high))
	} else {
		against = fmt.Sprintf("%s the threshold (%s)", signs()[*a.Config.ComparisonOperator], number(*a.Config.Threshold))
	}
	return fmt.Sprintf("%s: %d out of the last %d datapoint%s %s %s%s %s (minimum %d datapoint%s for %s transition).",
		head, len(all), n, plural(int(n)), brackets(values), verb, not, against, a.needed(), plural(a.needed()), turn)
}

// brackets is a list in a reason.
func brackets(all []string) string { return "[" + strings.Join(all, ", ") + "]" }

// plural is the ending of so many things.
func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// treated is how reasons tell what missing data are taken as.
func treated(how string) string {
	if how == "notBreaching" {
		return "NonBreaching"
	}
	return "Breaching"
}

// reasonData is the reason for programs.
func (a *alarm) reasonData(all []sample, now time.Time) string {
	values, evaluated := []float64{}, []any{}
	low, high := []float64{}, []float64{}
	d := map[string]any{"version": "1.0", "queryDate": now.UTC().Format(stamp), "period": int(a.period() / time.Second)}
	for i := len(all) - 1; i >= 0; i-- {
		p := all[i]
		values = append(values, p.value)
		low, high = append(low, p.low), append(high, p.high)
		point := map[string]any{"timestamp": p.at.UTC().Format(stamp), "value": p.value}
		if p.count > 0 {
			point["sampleCount"] = p.count
		}
		evaluated = append(evaluated, point)
	}
	if len(all) > 0 {
		d["startDate"] = all[len(all)-1].at.UTC().Format(stamp)
	}
	d["recentDatapoints"], d["evaluatedDatapoints"] = values, evaluated
	if a.stat() != "" {
		d["statistic"] = a.stat()
	}
	if a.Config.Unit != nil {
		d["unit"] = *a.Config.Unit
	}
	if a.Config.Threshold != nil {
		d["threshold"] = *a.Config.Threshold
	} else {
		d["recentLowerThresholds"], d["recentUpperThresholds"] = low, high
	}
	return mustJSON(d)
}

// number writes a number as CloudWatch does: always with a fraction.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if strings.Contains(text, ".") {
		return text
	}
	return text + ".0"
}
