// Package draw draws charts as PNG images: lines over time, stacked or not, with
// annotations, axes on both sides and a legend; bars, pies and single values.
package draw

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"time"
)

// Point is a value at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Line is a row of points, oldest first.
type Line struct {
	Label  string
	Color  string // "#rrggbb", or "" for the next of the palette
	Right  bool   // held against the right axis
	Points []Point
}

// Axis is one of the vertical axes.
type Axis struct {
	Min, Max *float64
	Label    string
}

// Level is a horizontal line, or a band up to To, or all above or below.
type Level struct {
	Value        float64
	To           *float64
	Label, Color string
	Fill         string // above, below or ""
	Right        bool
}

// Moment is a vertical line, or a band up to To, or all before or after.
type Moment struct {
	At, To       time.Time
	Label, Color string
	Fill         string // before, after or ""
}

// Chart is what is drawn.
type Chart struct {
	Width, Height int
	Title         string
	View          string // timeSeries, bar, pie, gauge, table or singleValue
	Stacked, Dark bool
	Legend        string // bottom, right or hidden
	Start, End    time.Time
	Zone          *time.Location
	Left, Right   Axis
	Lines         []Line
	Levels        []Level
	Moments       []Moment
	// Partial marks a chart that lacks some of its data.
	Partial bool
}

// small, big and huge are sizes of text; row is the height of a line of it.
const (
	small, big, huge = 11.0, 15.0, 34.0
	row              = 17.0
	margin           = 12.0
)

// theme are a chart's colours.
type theme struct{ paper, ink, weak, grid color.NRGBA }

// theme is light or dark.
func (c *Chart) theme() theme {
	if c.Dark {
		return theme{color.NRGBA{0x16, 0x1d, 0x26, 255}, color.NRGBA{0xe9, 0xeb, 0xed, 255}, color.NRGBA{0x9b, 0xa7, 0xb6, 255}, color.NRGBA{0x35, 0x41, 0x50, 255}}
	}
	return theme{color.NRGBA{255, 255, 255, 255}, color.NRGBA{0x16, 0x19, 0x1f, 255}, color.NRGBA{0x54, 0x5b, 0x64, 255}, color.NRGBA{0xe3, 0xe6, 0xe8, 255}}
}

// box is a part of the picture.
type box struct{ x0, y0, x1, y1 float64 }

// PNG draws the chart.
func (c *Chart) PNG() ([]byte, error) {
	if _, err := fonts(); err != nil {
		return nil, err
	}
	if c.Width < 1 || c.Height < 1 {
		return nil, fmt.Errorf("draw chart of %d by %d", c.Width, c.Height)
	}
	t := c.theme()
	p := &painter{c, newCanvas(c.Width, c.Height, t.paper), t}
	area := box{margin, margin, float64(c.Width) - margin, float64(c.Height) - margin}
	if c.Title != "" {
		p.canvas.text(p.canvas.fit(c.Title, big, area.x1-area.x0), area.x0, area.y0+big, 0, big, true, t.ink)
		area.y0 += big + 10
	}
	if c.View == "timeSeries" || c.View == "bar" || c.View == "pie" {
		area = p.legend(area)
	}
	switch c.View {
	case "bar":
		p.bars(area)
	case "pie":
		p.pie(area)
	case "timeSeries", "":
		p.graph(area)
	default:
		p.figures(area)
	}
	if c.Partial {
		x, y := float64(c.Width)-margin-14, float64(c.Height)-margin
		p.canvas.fill([]dot{{x, y}, {x + 14, y}, {x + 7, y - 12}}, color.NRGBA{0xff, 0x99, 0, 255})
		p.canvas.text("!", x+7, y-1, 0.5, small, true, color.White)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, p.canvas.img); err != nil {
		return nil, fmt.Errorf("write image: %w", err)
	}
	return out.Bytes(), nil
}

// painter draws a chart.
type painter struct {
	*Chart
	canvas *canvas
	theme  theme
}

// legend names the lines, and returns the area that is left.
func (p *painter) legend(area box) box {
	if p.Legend == "hidden" || len(p.Lines) == 0 {
		return area
	}
	entry := func(i int, x, y, width float64) {
		p.canvas.rect(x, y-9, x+10, y+1, inkOf(p.Lines[i].Color, i))
		p.canvas.text(p.canvas.fit(p.Lines[i].Label, small, width-18), x+15, y, 0, small, false, p.theme.weak)
	}
	if p.Legend == "right" {
		width := min(180, (area.x1-area.x0)/3)
		for i := range p.Lines {
			if y := area.y0 + row*float64(i+1); y < area.y1 {
				entry(i, area.x1-width+8, y, width-8)
			}
		}
		area.x1 -= width
		return area
	}
	type place struct {
		x     float64
		line  int
		width float64
	}
	rows := [][]place{nil}
	x := area.x0
	for i, l := range p.Lines {
		width := min(p.canvas.width(l.Label, small, false)+30, area.x1-area.x0)
		if x+width > area.x1+12 && len(rows[len(rows)-1]) > 0 {
			rows, x = append(rows, nil), area.x0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], place{x, i, width})
		x += width
	}
	rows = rows[:min(len(rows), max(1, int((area.y1-area.y0)/3/row)))]
	top := area.y1 - row*float64(len(rows))
	for r, places := range rows {
		for _, at := range places {
			entry(at.line, at.x, top+row*float64(r+1)-3, at.width)
		}
	}
	area.y1 = top - 4
	return area
}

// last is a line's newest value.
func (l *Line) last() (float64, bool) {
	if len(l.Points) == 0 {
		return 0, false
	}
	return l.Points[len(l.Points)-1].Value, true
}

// bars draws the newest value of each line.
func (p *painter) bars(area box) {
	low, high := 0.0, 0.0
	for i := range p.Lines {
		if v, ok := p.Lines[i].last(); ok {
			low, high = min(low, v), max(high, v)
		}
	}
	s := newScale(low, high, p.Left.Min, p.Left.Max, int((area.y1-area.y0)/50))
	y := func(v float64) float64 { return area.y1 - (v-s.low)/(s.high-s.low)*(area.y1-area.y0) }
	area.x0 += p.axis(area, s, 0)
	n := float64(max(len(p.Lines), 1))
	for i := range p.Lines {
		v, ok := p.Lines[i].last()
		if !ok {
			continue
		}
		x := area.x0 + (area.x1-area.x0)*float64(i)/n
		w := (area.x1 - area.x0) / n
		p.canvas.rect(x+w*0.15, min(y(v), y(0)), x+w*0.85, max(y(v), y(0)), inkOf(p.Lines[i].Color, i))
		p.canvas.text(number(v), x+w/2, min(y(v), y(0))-4, 0.5, small, false, p.theme.ink)
	}
}

// pie draws the shares of the newest values.
func (p *painter) pie(area box) {
	sum := 0.0
	for i := range p.Lines {
		v, _ := p.Lines[i].last()
		sum += max(v, 0)
	}
	if !(sum > 0) {
		p.nothing(area)
		return
	}
	middle := dot{(area.x0 + area.x1) / 2, (area.y0 + area.y1) / 2}
	radius := max(1, min(area.x1-area.x0, area.y1-area.y0)/2-4)
	from := -math.Pi / 2
	for i := range p.Lines {
		v, _ := p.Lines[i].last()
		to := from + 2*math.Pi*max(v, 0)/sum
		p.canvas.fill(append(arc(middle, radius, from, to), middle), inkOf(p.Lines[i].Color, i))
		if share := max(v, 0) / sum; share > 0.05 {
			angle := (from + to) / 2
			p.canvas.text(fmt.Sprintf("%.0f%%", share*100), middle.x+radius*0.65*math.Cos(angle), middle.y+radius*0.65*math.Sin(angle)+4, 0.5, small, true, color.White)
		}
		from = to
	}
}

// figures writes the newest value of each line.
func (p *painter) figures(area box) {
	if len(p.Lines) == 0 {
		p.nothing(area)
		return
	}
	columns := max(1, min(len(p.Lines), int((area.x1-area.x0)/140)))
	rows := (len(p.Lines) + columns - 1) / columns
	for i := range p.Lines {
		x := area.x0 + (area.x1-area.x0)*(float64(i%columns)+0.5)/float64(columns)
		y := area.y0 + (area.y1-area.y0)*(float64(i/columns)+0.5)/float64(rows)
		text := "--"
		if v, ok := p.Lines[i].last(); ok {
			text = number(v)
		}
		p.canvas.text(text, x, y, 0.5, huge, true, inkOf(p.Lines[i].Color, i))
		p.canvas.text(p.canvas.fit(p.Lines[i].Label, small, (area.x1-area.x0)/float64(columns)-8), x, y+20, 0.5, small, false, p.theme.weak)
	}
}

// nothing says that there is nothing to be seen.
func (p *painter) nothing(area box) {
	p.canvas.text("No data available.", (area.x0+area.x1)/2, (area.y0+area.y1)/2, 0.5, small+2, false, p.theme.weak)
}

// axis draws a vertical axis' lines and numbers on the left (0) or the right (1)
// of an area, and returns how much room it took.
func (p *painter) axis(area box, s scale, side float64) float64 {
	width := 0.0
	ticks := s.ticks()
	for _, v := range ticks {
		width = max(width, p.canvas.width(number(v), small, false)+8)
	}
	for _, v := range ticks {
		y := area.y1 - (v-s.low)/(s.high-s.low)*(area.y1-area.y0)
		if side == 0 {
			p.canvas.line([]dot{{area.x0 + width, y}, {area.x1, y}}, 1, p.theme.grid)
			p.canvas.text(number(v), area.x0+width-6, y+4, 1, small, false, p.theme.weak)
		} else {
			p.canvas.text(number(v), area.x1-width+6, y+4, 0, small, false, p.theme.weak)
		}
	}
	return width
}
