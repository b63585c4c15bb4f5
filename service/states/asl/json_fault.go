package asl

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonOffset returns where in the text a JSON fault was found.
func jsonOffset(text []byte, err error) int {
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return min(int(syntactic.ByteOffset), len(text))
	}
	return len(text)
}

// maxShown is how much of a definition the location of a fault repeats.
const maxShown = 500

// jsonPosition writes a fault's place as the location of its finding.
func jsonPosition(text []byte, err error) string {
	before := text[:jsonOffset(text, err)]
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

// jsonFault says what is wrong with a JSON text.
func jsonFault(text []byte, err error) string {
	rest := text[jsonOffset(text, err):]
	word := rest
	for i, c := range rest {
		if !wordByte(c) {
			word = rest[:i]
			break
		}
	}
	switch {
	case len(rest) == 0:
		return "Unexpected end-of-input"
	case len(word) > 0:
		return fmt.Sprintf("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", word)
	}
	return fmt.Sprintf("Unexpected character ('%c' (code %d))", rest[0], rest[0])
}

// wordByte tells whether c may belong to a word outside quotes.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}
