package expression

// choose is IF: for each point of the condition, the value for true or the one
// for false. A series that has no point where the condition is true counts as
// 0 there; where the condition is false the point is left out.
func choose(_ *Env, args []Value) (Value, bool) {
	condition, yes := args[0], args[1]
	no := Value{Type: TimeSeries, Series: []Series{{}}}
	if len(args) == 3 {
		no = args[2]
	}
	for _, a := range []Value{condition, yes, no} {
		if a.Type != Scalar && a.Type != TimeSeries {
			return Value{}, false
		}
	}
	if condition.Type == Scalar {
		if condition.Number != 0 {
			return yes, true
		}
		if len(args) == 2 && yes.Type == Scalar {
			return Value{}, false
		}
		return no, true
	}
	of := condition.Series[0]
	out := Series{Period: of.Period}
	left, right := chosen(yes), chosen(no)
	for _, p := range of.Points {
		if p.Value != 0 {
			v, _ := left(p.At)
			out.Points = append(out.Points, Point{p.At, v})
		} else if v, ok := right(p.At); ok {
			out.Points = append(out.Points, Point{p.At, v})
		}
	}
	return Of(out), true
}

// chosen is what a value is at a time.
func chosen(v Value) filler {
	if v.Type == Scalar {
		return exactly(v.Number)
	}
	return exact(v.Series[0])
}
