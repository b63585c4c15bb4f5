package picture

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"maru.dev/maru/service/states/jsonata/fault"
)

// iso8601 is what times look like when no picture is given.
var iso8601 = regexp.MustCompile(
	`^(\d{4})(?:-([01]\d))?(?:-([0-3]\d))?(?:T([0-2]\d):([0-5]\d):([0-5]\d))?(?:\.(\d+))?([+-][0-2]\d:?[0-5]\d|Z)?$`)

// ParseISO8601 reads a time and returns its milliseconds.
func ParseISO8601(s string) (float64, *fault.Error) {
	m := iso8601.FindStringSubmatch(s)
	if m == nil {
		return 0, fault.Of("D3110", s)
	}
	field := func(i, absent int) int {
		n, err := strconv.Atoi(m[i])
		if err != nil {
			return absent
		}
		return n
	}
	year, month, day := field(1, 0), field(2, 1), field(3, 1)
	hour, minute, second := field(4, 0), field(5, 0), field(6, 0)
	millis := 0
	if m[7] != "" {
		millis, _ = strconv.Atoi((m[7] + "00")[:3])
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, millis*1e6, time.UTC)
	if month < 1 || month > 12 || day < 1 || t.Day() != day && hour < 24 || hour > 24 || hour == 24 && (minute|second|millis) != 0 {
		return 0, fault.Of("D3110", s)
	}
	if zone := m[8]; len(zone) > 1 {
		digits := strings.ReplaceAll(zone[1:], ":", "")
		h, _ := strconv.Atoi(digits[:2])
		minutes, _ := strconv.Atoi(digits[2:])
		offset := time.Duration(60*h+minutes) * time.Minute
		if zone[0] == '+' {
			offset = -offset
		}
		t = t.Add(offset)
	}
	return float64(t.UnixMilli()), nil
}

// part reads one component of a time.
type part struct {
	pattern   string
	component byte
	read      func(s string) (float64, bool)
}

// ParseTime reads a time by a picture and returns its milliseconds, or false if
// it does not look like the picture. What the picture does not have is taken
// from now if it is greater than what it has, else it is the least.
func ParseTime(s, picture string, now time.Time) (float64, bool, *fault.Error) {
	markers, err := analyseTime(picture)
	if err != nil {
		return 0, false, err
	}
	parts := make([]part, len(markers))
	var pattern strings.Builder
	pattern.WriteString("(?i)^")
	reads := 0
	for i := range markers {
		if parts[i], err = markers[i].part(); err != nil {
			return 0, false, err
		}
		if parts[i].read != nil {
			reads++
		}
		pattern.WriteString("(" + parts[i].pattern + ")")
	}
	re, bad := regexp.Compile(pattern.String() + "$")
	if bad != nil {
		return 0, false, fault.New("D3136")
	}
	found := re.FindStringSubmatch(s)
	if found == nil || reads == 0 {
		return 0, false, nil
	}
	components := make(map[byte]float64)
	for i, p := range parts {
		if p.read == nil {
			continue
		}
		if n, ok := p.read(found[i+1]); ok {
			components[p.component] = n
		}
	}
	millis, err := assemble(components, now)
	return millis, err == nil, err
}

// part returns how a marker is read.
func (m *marker) part() (part, *fault.Error) {
	switch {
	case m.component == 0:
		return part{pattern: regexp.QuoteMeta(m.literal)}, nil
	case m.component == 'Z' || m.component == 'z':
		return m.zonePart(), nil
	case m.component == 'f':
		return part{pattern: "[0-9]+", component: 'f', read: func(s string) (float64, bool) {
			n, err := strconv.ParseFloat("0."+s[:min(3, len(s))], 64)
			return n * 1000, err == nil
		}}, nil
	case m.format != nil:
		pattern, err := m.format.pattern()
		return part{pattern: pattern, component: m.component, read: func(s string) (float64, bool) {
			n := m.format.parse(s)
			return n, !math.IsNaN(n)
		}}, err
	}
	names, ok := m.nameValues()
	if !ok {
		return part{}, fault.Of("D3133", string(m.component))
	}
	return part{pattern: "[a-zA-Z]+", component: m.component, read: func(s string) (float64, bool) {
		n, ok := names[s]
		return n, ok
	}}, nil
}

// nameValues are the names of a component and what they stand for.
func (m *marker) nameValues() (map[string]float64, bool) {
	names := make(map[string]float64)
	add := func(list []string, first int) {
		for i, name := range list {
			if m.maxWidth > 0 && len(name) > m.maxWidth {
				name = name[:m.maxWidth]
			}
			names[name] = float64(i + first)
		}
	}
	switch m.component {
	case 'M', 'x':
		add(months, 1)
	case 'F':
		add(days[1:], 1)
	case 'P':
		names["am"], names["AM"], names["pm"], names["PM"] = 0, 0, 1, 1
	default:
		return nil, false
	}
	return names, true
}

// zonePart returns how an offset is read, in minutes.
func (m *marker) zonePart() part {
	prefix, separator := "", ""
	if m.component == 'z' {
		prefix = "GMT"
	}
	pattern := prefix + "[-+][0-9]+"
	if m.format.regular > 0 {
		separator = m.format.separators[0].character
		pattern += regexp.QuoteMeta(separator) + "[0-9]+"
	}
	return part{pattern: pattern, component: m.component, read: func(s string) (float64, bool) {
		s = s[len(prefix):]
		hours, minutes := s, "0"
		switch {
		case separator != "":
			hours, minutes, _ = strings.Cut(s, separator)
		case len(s) > 3:
			hours, minutes = s[:3], s[3:]
		}
		h, err := strconv.Atoi(hours)
		mm, err2 := strconv.Atoi(minutes)
		return float64(60*h + mm), err == nil && err2 == nil
	}}
}

// within tells whether there are components, and only some of those.
func within(components map[byte]float64, of, some string) bool {
	any := false
	for i := range len(of) {
		// a component that is zero counts as absent here, as in the reference
		if components[of[i]] == 0 {
			continue
		}
		if strings.IndexByte(some, of[i]) < 0 {
			return false
		}
		any = true
	}
	return any
}

// assemble makes a time of components.
func assemble(c map[byte]float64, now time.Time) (float64, *fault.Error) {
	const dates, times = "YXMxWwdD", "PHhmsf"
	byDate := within(c, dates, "YMD")
	byDay := !byDate && within(c, dates, "Yd")
	byMonthWeek := within(c, dates, "XxwF")
	byWeek := !byMonthWeek && within(c, dates, "XWF")
	byHour := within(c, times, "Hmsf")
	byHalfDay := !byHour && within(c, times, "Phmsf")

	order := "YMD"
	switch {
	case byDay:
		order = "YD"
	case byMonthWeek:
		order = "XxwF"
	case byWeek:
		order = "XWF"
	}
	if byHalfDay {
		order += "Phmsf"
	} else {
		order += "Hmsf"
	}
	if err := complete(c, order, now); err != nil {
		return 0, err
	}
	if byMonthWeek || byWeek {
		return 0, fault.New("D3136")
	}
	if byDay {
		day := time.UnixMilli(utc(int(c['Y']), 0, 1)).UTC().AddDate(0, 0, int(c['d'])-1)
		c['M'], c['D'] = float64(day.Month()), float64(day.Day())
	}
	if byHalfDay {
		c['H'] = math.Mod(c['h'], 12) // 12 is 0; the reference knows no more than 12 hours
		if c['h'] > 12 {
			c['H'] = c['h']
		}
		if c['P'] == 1 {
			c['H'] += 12
		}
	}
	for _, n := range c {
		if math.Abs(n) > 1e9 {
			return 0, fault.New("D3136")
		}
	}
	millis := float64(utc(int(c['Y']), max(0, int(c['M'])-1), int(c['D']))) +
		((c['H']*60+c['m'])*60+c['s'])*1000 + math.Trunc(c['f'])
	if z, ok := c['Z']; ok && z != 0 {
		return millis - z*60000, nil
	}
	return millis - c['z']*60000, nil
}

// complete fills in the components that are missing. There may be none missing
// between others.
func complete(c map[byte]float64, order string, now time.Time) *fault.Error {
	begun, ended := false, false
	for i := range len(order) {
		component := order[i]
		_, there := c[component]
		switch {
		case there && ended:
			return fault.New("D3136")
		case there:
			begun = true
		case begun:
			ended = true
			c[component] = 0
			if strings.IndexByte("MDd", component) >= 0 {
				c[component] = 1
			}
		default:
			c[component] = float64(date{now.UTC()}.fragment(component))
		}
	}
	return nil
}
