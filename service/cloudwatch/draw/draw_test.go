package draw_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maru.dev/maru/service/cloudwatch/draw"
)

// look is a folder to put the pictures into, for people.
var look = flag.String("look", "", "folder to write the pictures to")

var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// wave is a line of three hours.
func wave(label string, height float64) draw.Line {
	l := draw.Line{Label: label}
	for i := range 36 {
		l.Points = append(l.Points, draw.Point{At: start.Add(time.Duration(i) * 5 * time.Minute), Value: height * (1.5 + math.Sin(float64(i)/4))})
	}
	return l
}

// chart is one with everything.
func chart() *draw.Chart {
	right := wave("a very long label of the fourth line, which is on the right axis", 1000)
	right.Right, right.Color = true, "#000"
	return &draw.Chart{
		Width: 600, Height: 400, Title: "Errors and latency of everything", View: "timeSeries", Legend: "bottom", Start: start, End: start.Add(3 * time.Hour), Zone: time.UTC,
		Left:  draw.Axis{Label: "Count", Min: new(0.0)},
		Lines: []draw.Line{wave("first", 10), wave("second", 20), wave("third", 30), right, {Label: "empty"}, {Label: "one", Points: []draw.Point{{At: start.Add(time.Hour), Value: 5}}}},
		Levels: []draw.Level{
			{Value: 60, Label: "limit", Color: "#d62728", Fill: "above"}, {Value: 5, To: new(15.0), Label: "normal", Color: "#2ca02c"},
		},
		Moments: []draw.Moment{{At: start.Add(2 * time.Hour), Label: "deploy", Color: "#9467bd"}, {At: start.Add(30 * time.Minute), To: start.Add(45 * time.Minute), Label: "busy"}},
	}
}

// drawn decodes what a chart draws.
func drawn(t *testing.T, name string, c *draw.Chart) image.Image {
	t.Helper()
	data, err := c.PNG()
	if err != nil {
		t.Fatal(err)
	}
	if *look != "" {
		if err := os.WriteFile(filepath.Join(*look, name+".png"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		t.Errorf("the picture is %v, want %d by %d", b, c.Width, c.Height)
	}
	return img
}

// count is how many dots of the picture have a colour.
func count(img image.Image, want color.NRGBA) int {
	n := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if color.NRGBAModel.Convert(img.At(x, y)) == want {
				n++
			}
		}
	}
	return n
}

func TestEveryViewIsDrawn(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *draw.Chart){
		"lines":   func(*draw.Chart) {},
		"stacked": func(c *draw.Chart) { c.Stacked, c.Levels = true, nil },
		"dark":    func(c *draw.Chart) { c.Dark, c.Partial = true, true },
		"right":   func(c *draw.Chart) { c.Legend = "right" },
		"bar":     func(c *draw.Chart) { c.View = "bar" },
		"pie":     func(c *draw.Chart) { c.View = "pie" },
		"single":  func(c *draw.Chart) { c.View = "singleValue" },
		"empty":   func(c *draw.Chart) { c.Lines = nil },
		"tiny":    func(c *draw.Chart) { c.Width, c.Height = 1, 1 },
		"narrow":  func(c *draw.Chart) { c.Width, c.Height = 2000, 40 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chart()
			change(c)
			img := drawn(t, name, c)
			ink := color.NRGBA{0x1f, 0x77, 0xb4, 255}
			if n := count(img, ink); name != "empty" && name != "tiny" && name != "narrow" && n < 50 {
				t.Errorf("%d dots of the first line's colour", n)
			}
		})
	}
}

// What is drawn is where it should be: a constant line's dots are in one row,
// in the middle of an axis from 0 to twice its value.
func TestAConstantIsAStraightLine(t *testing.T) {
	t.Parallel()
	l := draw.Line{Label: "c", Color: "#ff0000"}
	for i := range 10 {
		l.Points = append(l.Points, draw.Point{At: start.Add(time.Duration(i) * 20 * time.Minute), Value: 5})
	}
	c := &draw.Chart{Width: 400, Height: 300, Legend: "hidden", Start: start, End: start.Add(3 * time.Hour), Lines: []draw.Line{l}, Left: draw.Axis{Min: new(0.0), Max: new(10.0)}}
	img := drawn(t, "constant", c)
	rows := make(map[int]int)
	for y := range 300 {
		for x := range 400 {
			if r, g, b, _ := img.At(x, y).RGBA(); r > 0xf000 && g < 0x8000 && b < 0x8000 {
				rows[y]++
			}
		}
	}
	if len(rows) == 0 || len(rows) > 3 {
		t.Fatalf("the line is in rows %v", rows)
	}
	for y := range rows {
		if y < 120 || y > 160 {
			t.Errorf("the line is in row %d, want about 142", y)
		}
	}
}

// Whatever the numbers, there is a picture.
func FuzzChart(f *testing.F) {
	f.Add(600, 400, 1.0, 2.0, 0.0, int64(3600), true)
	f.Add(10, 10, math.MaxFloat64, -math.MaxFloat64, 1e-300, int64(1), false)
	f.Fuzz(func(t *testing.T, width, height int, a, b, low float64, seconds int64, stacked bool) {
		if width < 1 || height < 1 || width > 300 || height > 300 || seconds < 1 || seconds > 1e9 {
			return
		}
		for _, v := range []float64{a, b, low} {
			if math.IsNaN(v) || math.Abs(v) > 1e108 {
				return
			}
		}
		c := chart()
		c.Width, c.Height, c.Stacked, c.End, c.Left.Min = width, height, stacked, start.Add(time.Duration(seconds)*time.Second), &low
		c.Lines = append(c.Lines, draw.Line{Points: []draw.Point{{At: start, Value: a}, {At: start.Add(time.Minute), Value: b}}})
		if _, err := c.PNG(); err != nil {
			t.Fatal(err)
		}
	})
}

// A picture costs what it shows: not the points that fall on one another, nor the
// text that it has no room for.
func TestLargeChartsAreDrawnInTime(t *testing.T) {
	t.Parallel()
	c, began := chart(), time.Now()
	c.Title = strings.Repeat("title ", 20_000)
	c.Stacked = true
	large := draw.Line{Label: strings.Repeat("label ", 20_000)}
	for i := range 500_000 {
		large.Points = append(large.Points, draw.Point{At: start.Add(time.Duration(i) * 20 * time.Millisecond), Value: float64(i % 2 * 100)})
	}
	c.Lines = []draw.Line{large, wave("below", 10)}
	drawn(t, "large", c)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}
