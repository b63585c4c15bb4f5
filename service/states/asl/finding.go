package asl

import "strings"

// The severities of findings.
const (
	SeverityError   = "ERROR"
	SeverityWarning = "WARNING"
)

// The codes of findings: those that ValidateStateMachineDefinition lists, and three
// that it gives without listing them.
const (
	CodeInvalidJSON       = "INVALID_JSON_DESCRIPTION"
	CodeMissing           = "MISSING_DESCRIPTION"
	CodeSchema            = "SCHEMA_VALIDATION_FAILED"
	CodeResource          = "INVALID_RESOURCE"
	CodeMissingEnd        = "MISSING_END_STATE"
	CodeDuplicateState    = "DUPLICATE_STATE_NAME"
	CodeStateName         = "INVALID_STATE_NAME"
	CodeDuplicateLabel    = "DUPLICATE_LABEL_NAME"
	CodeLabelName         = "INVALID_LABEL_NAME"
	CodeMissingTransition = "MISSING_TRANSITION_TARGET"
	CodeJSONata           = "INVALID_JSONATA_EXPRESSION"
	CodeJSONataReference  = "UNSUPPORTED_JSONATA_EXPRESSION"
	CodeDuplicateVariable = "DUPLICATE_VARIABLE_NAME"
	CodeTooDeep           = "TOO_DEEPLY_NESTED"
	CodeNoDollar          = "NO_DOLLAR"
	CodeNoPath            = "NO_PATH"
	CodeStaticResult      = "PASS_RESULT_IS_STATIC"
)

// Finding is what the validator has to say about one place of a definition.
type Finding struct {
	Severity string
	Code     string
	Message  string

	// Location is a JSON pointer such as /States/A/Next, or "" if there is none.
	Location string
}

// String returns the finding as error messages list it.
func (f Finding) String() string {
	at := f.Location
	if at == "" {
		at = "null" // so AWS writes it
	}
	return f.Code + ": " + f.Message + " at " + at
}

// Refused tells whether findings make a definition unusable: whether one of
// them is more than a warning.
func Refused(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return true
		}
	}
	return false
}

// Message is the text with which CreateStateMachine refuses a definition.
func Message(findings []Finding) string {
	var texts []string
	for _, f := range findings {
		if f.Severity == SeverityError {
			texts = append(texts, f.String())
		}
	}
	return "Invalid State Machine Definition: '" + strings.Join(texts, ", ") + "'"
}
