package asl

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonFault is what is wrong with a JSON text, and where: the offset behind what
// was not expected.
type jsonFault struct {
	message string
	offset  int
}

// findFault tells what is wrong with a text that could not be read.
func findFault(text []byte, err error) jsonFault {
	at := len(text)
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = min(int(syntactic.ByteOffset), len(text))
	}
	if at < len(text) && text[at] == ',' { // a comma with nothing behind it
		rest := bytes.TrimLeft(text[at+1:], " \t\r\n")
		if len(rest) > 0 && (rest[0] == '}' || rest[0] == ']') {
			at = len(text) - len(rest)
		}
	}
	for at > 0 && at < len(text) && wordByte(text[at]) && wordByte(text[at-1]) {
		at--
	}
	end := at
	for end < len(text) && wordByte(text[end]) {
		end++
	}
	switch {
	case at == len(text):
		return jsonFault{"Unexpected end-of-input", at}
	case end > at:
		return jsonFault{fmt.Sprintf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", text[at:end]), end}
	case text[at] == '}':
		return jsonFault{"Unexpected character ('}' (code 125)): was expecting double-quote to start field name", at + 1}
	}
	return jsonFault{fmt.Sprintf("Unexpected character ('%c' (code %d))", text[at], text[at]), at + 1}
}

// maxShown is how much of a definition the location of a fault repeats.
const maxShown = 500

// position writes a fault's place as the location of its finding.
func (f jsonFault) position(text []byte) string {
	before := text[:f.offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	shown := string(text)
	if len(text) > maxShown {
		shown = string(text[:maxShown]) + fmt.Sprintf("\"[truncated %d chars]", len(text)-maxShown)
	} else {
		shown += `"`
	}
	return fmt.Sprintf("[Source: (String)\"%s; line: %d, column: %d]", shown, line, column)
}

// wordByte tells whether c may belong to a word outside quotes.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}
