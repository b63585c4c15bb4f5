package mapping

// document is a body as JSON.
type document struct{}
