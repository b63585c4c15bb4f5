// Package figure writes what the suites have measured for people: SVG pictures
// and Markdown tables, for docs/performance. It is no part of the program.
package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
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

// Chart is one picture: lines, or bars from left to right where it has groups. On a
// logarithmic axis groups have dots, since a bar has no length there.
type Chart struct {
	Title  string
	X, Y   string   // what the axes count, with the unit; X is of lines
	Log    bool     // values are on a logarithmic axis
	Groups []string // the names beside groups of bars, from the top
	Series []Series
}

// Sizes of what is drawn.
const (
	width  = 9 * vg.Inch
	height = 3 * vg.Inch   // of lines
	beside = 1.5 * vg.Inch // for the legend
	apart  = vg.Length(14) // between charts, and about each
	bar    = vg.Length(6)
	around = 0.8 * vg.Inch // of groups: the title above, the axis below
)

// height is what a chart takes.
func (c Chart) height() vg.Length {
	if len(c.Groups) == 0 {
		return height
	}
	return around + c.group()*vg.Length(len(c.Groups))
}

// group is what a group of bars takes, which is no less than its name does.
func (c Chart) group() vg.Length {
	return max(bar*vg.Length(len(c.Series)+1), 14)
}

// palette is the colours of series: apart for the colour-blind, and readable on
// white.
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
	tall := apart
	for _, c := range charts {
		tall += c.height() + apart
	}
	canvas := vgsvg.New(width, tall)
	whole := draw.New(canvas)
	whole.SetColor(color.White)
	whole.Fill(whole.Rectangle.Path())
	top := tall - apart
	for _, c := range charts {
		p, err := c.plot()
		if err != nil {
			return fmt.Errorf("draw %s: %w", c.Title, err)
		}
		area := draw.Crop(whole, apart, -apart, top-c.height(), top-tall)
		legend := p.Legend
		p.Legend = plot.NewLegend()
		p.Draw(draw.Crop(area, 0, -beside, 0, 0))
		legend.Draw(draw.Crop(area, width-2*apart-beside+apart/2, 0, 0, -p.Title.TextStyle.Font.Size-apart))
		top -= c.height() + apart
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return err
	}
	// Browsers that lack the font take one that is as wide.
	_, err := strings.NewReplacer("font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;").WriteString(w, b.String())
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

// sans is the font of all text.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// plot makes the library's picture.
func (c Chart) plot() (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*draw.TextStyle{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	} {
		style.Font = font.From(sans, style.Font.Size)
	}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Legend.Top, p.Legend.Left, p.Legend.Padding = true, true, vg.Points(3)
	p.Add(plotter.NewGrid())
	for i, s := range c.Series {
		if err := c.add(p, i, s); err != nil {
			return nil, err
		}
	}
	values := &p.Y
	if len(c.Groups) > 0 {
		values = &p.X
		p.X.Label.Text, p.Y.Label.Text = c.Y, ""
		p.NominalY(backwards(c.Groups)...)
		p.Y.Min, p.Y.Max = -0.5, float64(len(c.Groups))-0.5
	}
	values.Min = min(values.Min, 0)
	if c.Log {
		values.Scale, values.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		values.Min = c.least() / 2
		values.Max = max(2*values.Max, 100*values.Min)
	}
	return p, nil
}

// backwards is a list from its end: the axis begins at the bottom.
func backwards[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
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
	if len(c.Groups) > 0 {
		return c.addGroups(p, i, s)
	}
	if len(s.X) != len(s.Y) {
		return fmt.Errorf("%s has %d places for %d values", s.Name, len(s.X), len(s.Y))
	}
	var points plotter.XYs
	for j, y := range s.Y {
		if y > 0 || !c.Log {
			points = append(points, plotter.XY{X: s.X[j], Y: y})
		}
	}
	line, dots, err := plotter.NewLinePoints(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = palette(i), vg.Points(1.5)
	dots.GlyphStyle = dot(i)
	p.Add(dots, line)
	if len(c.Series) > 1 {
		p.Legend.Add(s.Name, dots)
	}
	return nil
}

// dot is how the points of the series with number i look.
func dot(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: palette(i), Shape: draw.CircleGlyph{}, Radius: vg.Points(2.5)}
}

// addGroups draws a series as the bar, or dot, with number i of each group.
func (c Chart) addGroups(p *plot.Plot, i int, s Series) error {
	if len(s.Y) != len(c.Groups) {
		return fmt.Errorf("%s has %d places for %d values", s.Name, len(c.Groups), len(s.Y))
	}
	below := float64(len(c.Series)-1)/2 - float64(i) // the group's middle, in bars
	if !c.Log {
		bars, err := plotter.NewBarChart(plotter.Values(backwards(s.Y)), bar)
		if err != nil {
			return err
		}
		bars.Horizontal, bars.Color, bars.LineStyle.Width = true, palette(i), 0
		bars.Offset = bar * vg.Length(below)
		p.Add(bars)
		p.Legend.Add(s.Name, bars)
		return nil
	}
	var points plotter.XYs
	for group, y := range backwards(s.Y) {
		if y > 0 {
			points = append(points, plotter.XY{X: y, Y: float64(group) + below*float64(bar/c.group())})
		}
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return err
	}
	dots.GlyphStyle = dot(i)
	p.Add(dots)
	p.Legend.Add(s.Name, dots)
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
