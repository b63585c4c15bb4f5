package picture

import (
	"math"
	"strconv"
	"strings"

	"maru.dev/maru/service/states/jsonata/fault"
)

// ISO8601 is the picture of times when no other is given.
const ISO8601 = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

// marker is a part of a time's picture: literal text, or a component and how it
// is written.
type marker struct {
	literal   string
	component byte // 0 for literal text
	format    *integerFormat
	names     bool // written as a name, in nameCase
	nameCase  letterCase
	zulu      bool // Z for a time zone without offset
	maxWidth  int  // -1 if there is none
	digits    int  // of a year: how many of its last ones; -1 for all
}

// presentation is how a component is written if the picture does not say.
func presentation(component byte) string {
	switch component {
	case 'Y', 'M', 'D', 'd', 'W', 'w', 'X', 'x', 'H', 'h', 'f':
		return "1"
	case 'F', 'P', 'C', 'E':
		return "n"
	case 'm', 's':
		return "01"
	case 'Z', 'z':
		return "01:01"
	}
	return ""
}

// analyseTime reads a time's picture.
func analyseTime(picture string) ([]marker, *fault.Error) {
	if len(picture) > maxPicture {
		return nil, fault.New("U1002")
	}
	var markers []marker
	literal := func(s string) {
		if s != "" {
			markers = append(markers, marker{literal: strings.ReplaceAll(s, "]]", "]")})
		}
	}
	start := 0
	for pos := 0; pos < len(picture); pos++ {
		if picture[pos] != '[' {
			continue
		}
		literal(picture[start:pos])
		if strings.HasPrefix(picture[pos:], "[[") {
			markers = append(markers, marker{literal: "["})
			pos++
			start = pos + 1
			continue
		}
		end := strings.IndexByte(picture[pos:], ']')
		if end < 0 {
			return nil, fault.New("D3135")
		}
		m, err := analyseMarker(strings.Join(strings.Fields(picture[pos+1:pos+end]), ""))
		if err != nil {
			return nil, err
		}
		if n := len(markers); n > 0 {
			markers[n-1].bound(m)
		}
		markers = append(markers, m)
		pos += end
		start = pos + 1
	}
	literal(picture[start:])
	return markers, nil
}

// bound fixes how many digits are read of a component when another follows at
// once.
func (m *marker) bound(next marker) {
	if m.format != nil && next.format != nil && m.format.width == 0 && m.component != 'Z' && m.component != 'z' {
		m.format.width, m.format.leastWidth = m.format.mandatory, m.format.mandatory
	}
}

// analyseMarker reads what stands between brackets: component, presentation,
// width.
func analyseMarker(text string) (marker, *fault.Error) {
	m := marker{maxWidth: -1, digits: -1}
	shown, minWidth := "", -1
	if text != "" {
		m.component, shown = text[0], text[1:]
	}
	if i := strings.LastIndexByte(shown, ','); i >= 0 {
		least, most, _ := strings.Cut(shown[i+1:], "-")
		minWidth, m.maxWidth = width(least), width(most)
		shown = shown[:i]
	}
	second := byte(0)
	switch last := len(shown) - 1; {
	case last < 0:
		shown = presentation(m.component)
	case last > 0 && strings.IndexByte("atco", shown[last]) >= 0:
		second, shown = shown[last], shown[:last]
	}
	if shown == "" {
		return m, fault.Of("D3132", text[:min(1, len(text))])
	}
	m.zulu = second == 't'
	var err *fault.Error
	switch {
	case shown[0] == 'n':
		m.names = true
	case shown[0] == 'N':
		m.names, m.nameCase = true, upper
		if strings.HasPrefix(shown, "Nn") {
			m.nameCase = title
		}
	case strings.IndexByte("YMDdFWwXxHhmsf", m.component) >= 0:
		if second != 0 {
			shown += ";" + string(second)
		}
		if m.format, err = analyseInteger(shown); err != nil {
			return m, err
		}
		m.sizes(minWidth)
	}
	if m.component == 'Z' || m.component == 'z' {
		m.format, err = analyseInteger(shown)
	}
	return m, err
}

// sizes finds how many digits a component has, by its width or its picture.
func (m *marker) sizes(minWidth int) {
	f := m.format
	f.mandatory = max(f.mandatory, minWidth)
	if strings.IndexByte("YMD", m.component) < 0 {
		return
	}
	if m.maxWidth >= 0 {
		m.digits, f.mandatory = m.maxWidth, m.maxWidth
	} else if n := f.mandatory + f.optional; n >= 2 {
		m.digits = n
	}
	if m.digits > 0 {
		f.width, f.leastWidth = m.digits, m.digits-f.optional
	}
}

// width reads a width; -1 is none.
func width(s string) int {
	end := 0
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil {
		return -1
	}
	return min(n, 2*maxDigits)
}

// FormatTime writes a time, given in milliseconds, by a picture. The zone is an
// offset such as +0100.
func FormatTime(millis float64, picture, zone string) (string, *fault.Error) {
	hours, minutes := 0, 0
	if zone != "" {
		offset, ok := leadingInt(zone)
		if !ok {
			return "", fault.Of("D3134", zone)
		}
		// as the reference divides: west of Greenwich whole hours alone are right
		hours, minutes = int(math.Floor(float64(offset)/100)), offset%100
	}
	markers, err := analyseTime(picture)
	if err != nil {
		return "", err
	}
	t, ok := newDate(millis + float64(60*hours+minutes)*60000)
	if !ok {
		return "", fault.Of("D1001", millis)
	}
	var b strings.Builder
	for i := range markers {
		m := &markers[i]
		text := m.literal
		if m.component != 0 {
			if text, err = m.write(t, hours, minutes); err != nil {
				return "", err
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// leadingInt reads the whole number at the beginning of a string.
func leadingInt(s string) (int, bool) {
	s = strings.TrimSpace(s)
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '+' || s[0] == '-')) {
		end++
	}
	n, err := strconv.Atoi(s[:end])
	return n, err == nil && n > -1e6 && n < 1e6
}

// write writes one component.
func (m *marker) write(t date, hours, minutes int) (string, *fault.Error) {
	switch m.component {
	case 'Z', 'z':
		return m.writeZone(hours, minutes)
	case 'P':
		text := "am"
		if t.hour() >= 12 {
			text = "pm"
		}
		if m.names && m.nameCase == upper {
			text = strings.ToUpper(text)
		}
		return text, nil
	case 'C', 'E':
		return "ISO", nil
	}
	if strings.IndexByte("YMDdFWwXxHhmsf", m.component) < 0 {
		return "undefined", nil
	}
	n := t.fragment(m.component)
	if m.component == 'Y' && m.digits >= 0 {
		n = int(math.Mod(float64(n), math.Pow(10, float64(m.digits))))
	}
	if !m.names {
		return m.format.format(float64(n))
	}
	var text string
	switch m.component {
	case 'M', 'x':
		text = months[n-1]
	case 'F':
		text = days[n]
	default:
		return "", fault.Of("D3133", string(m.component))
	}
	switch m.nameCase {
	case upper:
		text = strings.ToUpper(text)
	case lower:
		text = strings.ToLower(text)
	}
	if m.maxWidth >= 0 && len(text) > m.maxWidth {
		text = text[:m.maxWidth]
	}
	return text, nil
}

// writeZone writes the offset of the time zone.
func (m *marker) writeZone(hours, minutes int) (text string, err *fault.Error) {
	offset := hours*100 + minutes
	if offset == 0 && m.zulu {
		return "Z", nil
	}
	digits := m.format.mandatory
	switch {
	case m.format.regular > 0 || digits == 3 || digits == 4 || m.format.primary != decimal:
		text, err = m.format.format(float64(offset))
	case digits == 1 || digits == 2:
		if text, err = m.format.format(float64(hours)); err == nil && minutes != 0 {
			var rest string
			rest, err = FormatInteger(float64(minutes), "00")
			text += ":" + rest
		}
	default:
		err = fault.Of("D3134", int64(digits))
	}
	if err != nil {
		return "", err
	}
	if offset >= 0 {
		text = "+" + text
	}
	if m.component == 'z' {
		text = "GMT" + text
	}
	return text, nil
}
