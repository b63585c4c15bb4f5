package s3

import (
	"strconv"
	"strings"
)

// span is a part of an object's bytes.
type span struct{ from, size int64 }

// parseRange reads a Range header. ok is false where it is to be ignored, as
// S3 does with what it cannot read and with more than one range.
func parseRange(header string, size int64) (at span, ok bool, err error) {
	spec, found := strings.CutPrefix(strings.TrimSpace(header), "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return span{}, false, nil
	}
	first, last = strings.TrimSpace(first), strings.TrimSpace(last)
	from, okFrom := position(first)
	to, okTo := position(last)
	switch {
	case first == "" && okTo: // the last bytes
		if to == 0 || size == 0 {
			return span{}, false, invalidRange(header, size)
		}
		to = min(to, size)
		return span{size - to, to}, true, nil
	case !okFrom || last != "" && (!okTo || to < from):
		return span{}, false, nil
	case from >= size:
		return span{}, false, invalidRange(header, size)
	case last == "" || to >= size:
		to = size - 1
	}
	return span{from, to - from + 1}, true, nil
}

// parseCopyRange reads an x-amz-copy-source-range header. It says exactly which bytes
// of a source are meant: nothing of it is ignored or cut short.
func parseCopyRange(header string, size int64) (span, error) {
	const name = "x-amz-copy-source-range"
	spec, found := strings.CutPrefix(header, "bytes=")
	first, last, _ := strings.Cut(spec, "-")
	from, okFrom := position(first)
	to, okTo := position(last)
	switch {
	case !found || !okFrom || !okTo || to < from:
		return span{}, invalidArgument(name, header, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
	case to >= size:
		return span{}, invalidArgument(name, header, "Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10))
	}
	return span{from, to - from + 1}, nil
}

// position reads a number of a range. What is too large to be one counts as
// the largest.
func position(text string) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 1<<63 - 1, true
	}
	return int64(n), true
}

// contentRange is the header that goes with a part of an object.
func (r span) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(r.from, 10) + "-" + strconv.FormatInt(r.from+r.size-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// invalidRange is the answer to a range outside of the object.
func invalidRange(header string, size int64) error {
	n := strconv.FormatInt(size, 10)
	e := fault(416, "InvalidRange", "The requested range is not satisfiable", "RangeRequested", header, "ActualObjectSize", n)
	e.Header = map[string][]string{"Content-Range": {"bytes */" + n}, "Accept-Ranges": {"bytes"}}
	return e
}
