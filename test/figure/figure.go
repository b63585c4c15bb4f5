// Package figure writes what the suites have measured for people: SVG pictures
// and Markdown tables, for docs/performance. It is no part of the program.
package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Series is the values of one thing.
type Series struct {
	Name string
	X    []float64 // of a line; bars stand at their chart's groups
	Y    []float64
}

// Chart is one picture: lines, or bars where it has groups. On a logarithmic
// axis groups have dots, since a bar has no length there.
type Chart struct {
	Title  string
	X, Y   string   // what the axes count, with the unit
	Log    bool     // the vertical axis is logarithmic
	Groups []string // the names below groups of bars
	Series []Series
}

// A chart's size, and the colours of its series: apart for the colour-blind,
// and readable on white.
const (
	width  = 9 * vg.Inch
	height = 3 * vg.Inch
)

func palette(i int) color.Color {
	colors := []color.NRGBA{
		{0x00, 0x72, 0xb2, 0xff},
		{0xe6, 0x9f, 0x00, 0xff},
		{0x00, 0x9e, 0x73, 0xff},
		{0xcc, 0x79, 0xa7, 0xff},
		{0x56, 0xb4, 0xe9, 0xff},
		{0xd5, 0x5e, 0x00, 0xff},
	}
	return colors[i%len(colors)]
}

// WriteSVG writes charts one below the other.
func WriteSVG(w io.Writer, charts ...Chart) error {
	canvas := vgsvg.New(width, height*vg.Length(len(charts)))
	whole := draw.New(canvas)
	whole.SetColor(color.White)
	whole.Fill(whole.Rectangle.Path())
	tiles := draw.Tiles{Rows: len(charts), Cols: 1, PadX: 10, PadY: 14, PadTop: 6, PadBottom: 6, PadLeft: 6, PadRight: 12}
	for i, c := range charts {
		p, err := c.plot()
		if err != nil {
			return fmt.Errorf("draw %s: %w", c.Title, err)
		}
		p.Draw(tiles.At(whole, 0, i))
	}
	_, err := canvas.WriteTo(w)
	return err
}

// SaveSVG writes charts to a file.
func SaveSVG(path string, charts ...Chart) error {
	var b bytes.Buffer
	if err := WriteSVG(&b, charts...); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// plot makes the library's picture.
func (c Chart) plot() (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	for i, s := range c.Series {
		if err := c.add(p, i, s); err != nil {
			return nil, err
		}
	}
	if len(c.Groups) > 0 {
		p.NominalX(c.Groups...)
	}
	p.Y.Min = min(p.Y.Min, 0)
	p.Y.Max *= 1.3 // room for the legend
	if c.Log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		p.Y.Min = c.least() / 2
		p.Y.Max = max(2*p.Y.Max, 100*p.Y.Min)
	}
	return p, nil
}

// least is the smallest value above zero, where a logarithmic axis begins.
func (c Chart) least() float64 {
	least := 0.0
	for _, s := range c.Series {
		for _, y := range s.Y {
			if y > 0 && (least == 0 || y < least) {
				least = y
			}
		}
	}
	return max(least, 1e-9)
}

// add draws the series with number i.
func (c Chart) add(p *plot.Plot, i int, s Series) error {
	places := s.X
	if len(c.Groups) > 0 {
		places = nil
		for group := range c.Groups {
			places = append(places, float64(group)+0.15*(float64(i)-float64(len(c.Series)-1)/2))
		}
	}
	if len(places) != len(s.Y) {
		return fmt.Errorf("%s has %d places for %d values", s.Name, len(places), len(s.Y))
	}
	if len(c.Groups) > 0 && !c.Log {
		return c.bars(p, i, s)
	}
	var points plotter.XYs
	for j, y := range s.Y {
		if y > 0 || !c.Log {
			points = append(points, plotter.XY{X: places[j], Y: y})
		}
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = palette(i), vg.Points(1.5)
	dots.Color, dots.Shape, dots.Radius = palette(i), draw.CircleGlyph{}, vg.Points(2.5)
	p.Add(dots)
	if len(c.Groups) == 0 {
		p.Add(line)
	}
	if len(c.Series) > 1 {
		p.Legend.Add(s.Name, dots)
	}
	return nil
}

// bars draws a series as the bars with number i of each group.
func (c Chart) bars(p *plot.Plot, i int, s Series) error {
	wide := width * 0.8 / vg.Length(len(c.Groups)*(len(c.Series)+1))
	bars, err := plotter.NewBarChart(plotter.Values(s.Y), wide)
	if err != nil {
		return err
	}
	bars.Color, bars.Width = palette(i), wide
	bars.LineStyle.Width = 0
	bars.Offset = wide * (vg.Length(i) - vg.Length(len(c.Series)-1)/2)
	p.Add(bars)
	p.Legend.Add(s.Name, bars)
	return nil
}

// Table writes a Markdown table.
func Table(header []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	b.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String()
}
