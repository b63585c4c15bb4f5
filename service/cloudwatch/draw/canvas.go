package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// dot is a place on a canvas.
type dot struct{ x, y float64 }

// canvas is a picture in the making.
type canvas struct {
	img   *image.RGBA
	faces map[string]font.Face
}

// fonts are read once: they never change.
var fonts = sync.OnceValues(func() (map[bool]*opentype.Font, error) {
	out := make(map[bool]*opentype.Font)
	for bold, data := range map[bool][]byte{false: goregular.TTF, true: gobold.TTF} {
		f, err := opentype.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("read font: %w", err)
		}
		out[bold] = f
	}
	return out, nil
})

// newCanvas is an empty picture.
func newCanvas(width, height int, background color.Color) *canvas {
	c := &canvas{image.NewRGBA(image.Rect(0, 0, width, height)), make(map[string]font.Face)}
	draw.Draw(c.img, c.img.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	return c
}

// face is a font in a size. A face is for one goroutine, so each canvas has its
// own.
func (c *canvas) face(size float64, bold bool) font.Face {
	key := fmt.Sprint(size, bold)
	if f, ok := c.faces[key]; ok {
		return f
	}
	all, err := fonts()
	if err != nil {
		return nil
	}
	f, err := opentype.NewFace(all[bold], &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil
	}
	c.faces[key] = f
	return f
}

// width is how wide a text is.
func (c *canvas) width(text string, size float64, bold bool) float64 {
	f := c.face(size, bold)
	if f == nil {
		return 0
	}
	return float64(font.MeasureString(f, text)) / 64
}

// text writes from x on, or so that the text ends there (1) or has its middle
// there (0.5), on a base line.
func (c *canvas) text(text string, x, y, align, size float64, bold bool, ink color.Color) {
	f := c.face(size, bold)
	if f == nil {
		return
	}
	x -= align * c.width(text, size, bold)
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(ink), Face: f, Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)}}
	d.DrawString(text)
}

// fit shortens a text until it is no wider than that.
func (c *canvas) fit(text string, size, width float64) string {
	if c.width(text, size, false) <= width {
		return text
	}
	runes := []rune(text)
	fits := sort.Search(len(runes), func(n int) bool { return c.width(string(runes[:n+1])+"…", size, false) > width })
	return string(runes[:fits]) + "…"
}

// fill fills a polygon.
func (c *canvas) fill(dots []dot, ink color.Color) {
	if len(dots) < 3 {
		return
	}
	b := c.img.Bounds()
	r := vector.NewRasterizer(b.Dx(), b.Dy())
	clip := func(v, size float64) float32 { return float32(min(max(v, -size), 2*size)) }
	for i, d := range dots {
		x, y := clip(d.x, float64(b.Dx())), clip(d.y, float64(b.Dy()))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(c.img, b, image.NewUniform(ink), image.Point{})
}

// rect fills a rectangle.
func (c *canvas) rect(x0, y0, x1, y1 float64, ink color.Color) {
	c.fill([]dot{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, ink)
}

// line draws through dots.
func (c *canvas) line(dots []dot, thick float64, ink color.Color) {
	for i := 1; i < len(dots); i++ {
		a, b := dots[i-1], dots[i]
		dx, dy := b.x-a.x, b.y-a.y
		length := math.Hypot(dx, dy)
		if length == 0 {
			continue
		}
		nx, ny := -dy/length*thick/2, dx/length*thick/2
		c.fillNear([]dot{{a.x + nx, a.y + ny}, {b.x + nx, b.y + ny}, {b.x - nx, b.y - ny}, {a.x - nx, a.y - ny}}, ink)
		if thick > 1 && i > 1 {
			c.disc(a, thick/2, ink)
		}
	}
}

// dashes draws a broken line.
func (c *canvas) dashes(a, b dot, thick float64, ink color.Color) {
	const dash, gap = 4.0, 3.0
	length := math.Hypot(b.x-a.x, b.y-a.y)
	for at := 0.0; at < length; at += dash + gap {
		end := min(at+dash, length)
		c.line([]dot{{a.x + (b.x-a.x)*at/length, a.y + (b.y-a.y)*at/length}, {a.x + (b.x-a.x)*end/length, a.y + (b.y-a.y)*end/length}}, thick, ink)
	}
}

// disc fills a circle.
func (c *canvas) disc(at dot, radius float64, ink color.Color) {
	c.fillNear(arc(at, radius, 0, 2*math.Pi), ink)
}

// arc are the dots of a part of a circle, from an angle to another.
func arc(at dot, radius, from, to float64) []dot {
	n := max(8, int(radius*math.Abs(to-from)/2))
	out := make([]dot, n+1)
	for i := range out {
		angle := from + (to-from)*float64(i)/float64(n)
		out[i] = dot{at.x + radius*math.Cos(angle), at.y + radius*math.Sin(angle)}
	}
	return out
}

// fillNear is fill for small polygons: it works on no more of the picture than
// they need.
func (c *canvas) fillNear(dots []dot, ink color.Color) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, d := range dots {
		x0, y0, x1, y1 = min(x0, d.x), min(y0, d.y), max(x1, d.x), max(y1, d.y)
	}
	box := image.Rect(int(max(x0, -1e6))-1, int(max(y0, -1e6))-1, int(min(x1, 1e6))+2, int(min(y1, 1e6))+2).Intersect(c.img.Bounds())
	if box.Empty() {
		return
	}
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	for i, d := range dots {
		x, y := float32(d.x-float64(box.Min.X)), float32(d.y-float64(box.Min.Y))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(c.img, box, image.NewUniform(ink), image.Point{})
}

// palette are the colours of lines that have none of their own.
var palette = []color.NRGBA{
	{0x1f, 0x77, 0xb4, 255},
	{0xff, 0x7f, 0x0e, 255},
	{0x2c, 0xa0, 0x2c, 255},
	{0xd6, 0x27, 0x28, 255},
	{0x94, 0x67, 0xbd, 255},
	{0x8c, 0x56, 0x4b, 255},
	{0xe3, 0x77, 0xc2, 255},
	{0x7f, 0x7f, 0x7f, 255},
	{0xbc, 0xbd, 0x22, 255},
	{0x17, 0xbe, 0xcf, 255},
}

// inkOf reads "#1f77b4" or "#17b"; of anything else it is the i-th of the palette.
func inkOf(text string, i int) color.NRGBA {
	hex, ok := strings.CutPrefix(text, "#")
	if ok && len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	if v, err := strconv.ParseUint(hex, 16, 32); ok && err == nil && len(hex) == 6 {
		return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
	}
	return palette[i%len(palette)]
}

// faint is a colour that lets through what is below.
func faint(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}
