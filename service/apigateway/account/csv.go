package account

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"maru.dev/maru/service/apigateway/fault"
)

// keyLine is a line of a file of API keys.
type keyLine struct {
	Line                     int // of the file, from 1
	Name, Value, Description string
	Enabled                  bool
	Plans                    []string // ids of usage plans
}

// readKeys reads a file of API keys: lines of comma-separated values under a
// header that tells, in any order and case, which is which. Name and key have to
// be among them. What is wrong with a single line is told in warnings.
//
// Spec: API Gateway Developer Guide, "API Gateway API key file format".
func readKeys(file io.Reader) (lines []keyLine, warnings []string, err error) {
	r := csv.NewReader(file)
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return nil, nil, fault.BadRequest("API Key file has no header")
	}
	columns := make(map[string]int)
	for i, name := range header {
		columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, needed := range [...]string{"name", "key"} {
		if _, ok := columns[needed]; !ok {
			return nil, nil, fault.BadRequest("API Key file header must have a column named %s", needed)
		}
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, warnings, nil
		}
		if err != nil {
			return nil, nil, fault.BadRequest("Unable to parse API Key file: %s", err)
		}
		n, _ := r.FieldPos(0)
		line, wrong := readKey(fields, columns)
		if wrong != "" {
			warnings = append(warnings, "Line "+strconv.Itoa(n)+": "+wrong)
			continue
		}
		line.Line = n
		lines = append(lines, line)
	}
}

// readKey reads the fields of a line, or says what is wrong with them.
func readKey(fields []string, columns map[string]int) (k keyLine, wrong string) {
	field := func(name string) string {
		if i, ok := columns[name]; ok && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	k = keyLine{Name: field("name"), Value: field("key"), Description: field("description")}
	if text := field("enabled"); text != "" {
		on, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return k, "Invalid value for Enabled: " + text
		}
		k.Enabled = on
	}
	for id := range strings.SplitSeq(field("usageplanids"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			k.Plans = append(k.Plans, id)
		}
	}
	return k, ""
}
