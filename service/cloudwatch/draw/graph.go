package draw

import (
	"math"
	"slices"
	"time"
)

// plot is the part of a graph in which lines are, with its axes.
type plot struct {
	box
	start, end  time.Time
	left, right scale
}

// x is where a time is.
func (g *plot) x(at time.Time) float64 {
	return g.x0 + (g.x1-g.x0)*float64(at.Sub(g.start))/float64(g.end.Sub(g.start))
}

// y is where a value is.
func (g *plot) y(v float64, right bool) float64 {
	s := g.left
	if right {
		s = g.right
	}
	return g.y1 - (v-s.low)/(s.high-s.low)*(g.y1-g.y0)
}

// graph draws lines over time.
func (p *painter) graph(area box) {
	if !p.Start.Before(p.End) || area.x1-area.x0 < 20 || area.y1-area.y0 < 20 {
		return
	}
	tops := p.stack()
	g := &plot{area, p.Start, p.End, p.scale(tops, false, area), p.scale(tops, true, area)}
	g.y1 -= row
	if p.Left.Label != "" || p.Right.Label != "" {
		p.canvas.text(p.Left.Label, g.x0, g.y0+small, 0, small, false, p.theme.weak)
		p.canvas.text(p.Right.Label, g.x1, g.y0+small, 1, small, false, p.theme.weak)
		g.y0 += row
	} else {
		g.y0 += 4
	}
	right := slices.ContainsFunc(p.Lines, func(l Line) bool { return l.Right })
	inner := g.box
	if right {
		inner.x1 -= p.axis(g.box, g.right, 1)
	}
	inner.x0 += p.axis(inner, g.left, 0)
	g.box = inner
	p.timeAxis(g)
	p.bands(g)
	seen := false
	for i := range p.Lines {
		p.drawLine(g, tops, i)
		seen = seen || len(p.Lines[i].Points) > 0
	}
	p.levels(g)
	if !seen {
		p.nothing(inner)
	}
}

// timeAxis draws the times.
func (p *painter) timeAxis(g *plot) {
	zone := p.Zone
	if zone == nil {
		zone = time.UTC
	}
	all, form := times(p.Start, p.End, zone, int((g.x1-g.x0)/70))
	for _, at := range all {
		x := g.x(at)
		p.canvas.line([]dot{{x, g.y1}, {x, g.y1 + 4}}, 1, p.theme.weak)
		if x > g.x0+14 && x < g.x1-10 {
			p.canvas.text(at.Format(form), x, g.y1+row-2, 0.5, small, false, p.theme.weak)
		}
	}
	p.canvas.line([]dot{{g.x0, g.y1}, {g.x1, g.y1}}, 1, p.theme.weak)
}

// stack are the values at which lines are drawn: their own or, in a stacked
// graph, on top of the lines before on the same axis.
func (p *painter) stack() [][]float64 {
	out := make([][]float64, len(p.Lines))
	sums := map[bool]map[int64]float64{false: {}, true: {}}
	for i, l := range p.Lines {
		out[i] = make([]float64, len(l.Points))
		for k, pt := range l.Points {
			out[i][k] = pt.Value
			if p.Stacked {
				key := pt.At.UnixNano()
				sums[l.Right][key] += pt.Value
				out[i][k] = sums[l.Right][key]
			}
		}
	}
	return out
}

// scale is an axis that has room for its lines and annotations.
func (p *painter) scale(tops [][]float64, right bool, area box) scale {
	low, high := math.Inf(1), math.Inf(-1)
	add := func(v float64) { low, high = min(low, v), max(high, v) }
	for i, l := range p.Lines {
		if l.Right != right {
			continue
		}
		for _, v := range tops[i] {
			add(v)
		}
		if p.Stacked && len(l.Points) > 0 {
			add(0)
		}
	}
	for _, a := range p.Levels {
		if a.Right == right {
			add(a.Value)
			if a.To != nil {
				add(*a.To)
			}
		}
	}
	of := p.Left
	if right {
		of = p.Right
	}
	return newScale(low, high, of.Min, of.Max, int((area.y1-area.y0)/45))
}

// drawLine draws a line, with what is below it in a stacked graph.
func (p *painter) drawLine(g *plot, tops [][]float64, i int) {
	l := p.Lines[i]
	ink := inkOf(l.Color, i)
	var dots, floor []dot
	for k, pt := range l.Points {
		if pt.At.Before(p.Start) || pt.At.After(p.End) {
			continue
		}
		clip := func(v float64) float64 { return min(max(g.y(v, l.Right), g.y0), g.y1) }
		dots = append(dots, dot{g.x(pt.At), clip(tops[i][k])})
		floor = append(floor, dot{g.x(pt.At), clip(tops[i][k] - pt.Value)})
	}
	dots, floor = thin(dots, floor)
	if len(dots) == 1 {
		p.canvas.disc(dots[0], 2.5, ink)
		return
	}
	if p.Stacked {
		slices.Reverse(floor)
		p.canvas.fill(append(slices.Clone(dots), floor...), faint(ink, 0x70))
	}
	p.canvas.line(dots, 1.8, ink)
}

// thin leaves out what cannot be seen of a line that has many dots to a column of
// the picture: all but the first, the lowest, the highest and the last of each. Of
// what is below the line the same are left.
func thin(dots, floor []dot) (top, bottom []dot) {
	for from := 0; from < len(dots); {
		to, low, high := from, from, from
		for ; to < len(dots) && math.Floor(dots[to].x) == math.Floor(dots[from].x); to++ {
			if dots[to].y < dots[low].y {
				low = to
			}
			if dots[to].y > dots[high].y {
				high = to
			}
		}
		for _, k := range slices.Compact([]int{from, min(low, high), max(low, high), to - 1}) {
			top, bottom = append(top, dots[k]), append(bottom, floor[k])
		}
		from = to
	}
	return top, bottom
}

// bands draws the annotations that are below the lines: bands and moments.
func (p *painter) bands(g *plot) {
	for i, m := range p.Moments {
		ink := inkOf(m.Color, i+3)
		from, to := g.x(m.At), g.x(m.At)
		switch {
		case !m.To.IsZero():
			to = g.x(m.To)
		case m.Fill == "before":
			from = g.x0
		case m.Fill == "after":
			to = g.x1
		}
		from, to = min(from, to), max(from, to)
		if to < g.x0 || from > g.x1 {
			continue
		}
		from, to = max(from, g.x0), min(to, g.x1)
		if to > from {
			p.canvas.rect(from, g.y0, to, g.y1, faint(ink, 0x28))
		}
		if x := g.x(m.At); x >= g.x0 && x <= g.x1 {
			p.canvas.dashes(dot{x, g.y0}, dot{x, g.y1}, 1.4, ink)
			p.canvas.text(m.Label, min(x+4, g.x1), g.y0+small, 0, small, false, ink)
		}
	}
	for i, a := range p.Levels {
		from, to := g.y(a.Value, a.Right), g.y(a.Value, a.Right)
		switch {
		case a.To != nil:
			to = g.y(*a.To, a.Right)
		case a.Fill == "above":
			to = g.y0
		case a.Fill == "below":
			to = g.y1
		}
		from, to = max(min(from, to), g.y0), min(max(from, to), g.y1)
		if to > from {
			p.canvas.rect(g.x0, from, g.x1, to, faint(inkOf(a.Color, i+3), 0x28))
		}
	}
}

// levels draws horizontal lines, above all others.
func (p *painter) levels(g *plot) {
	for i, a := range p.Levels {
		ink := inkOf(a.Color, i+3)
		values := []float64{a.Value}
		if a.To != nil {
			values = append(values, *a.To)
		}
		for k, v := range values {
			y := g.y(v, a.Right)
			if y < g.y0-0.5 || y > g.y1+0.5 {
				continue
			}
			p.canvas.dashes(dot{g.x0, y}, dot{g.x1, y}, 1.4, ink)
			if k == 0 {
				p.canvas.text(a.Label, g.x1-4, y-4, 1, small, false, ink)
			}
		}
	}
}
