package s3

import "time"

// upload is an upload in parts that is under way.
type upload struct {
	ID, Data  string
	Initiated time.Time
	Object    object // what it will be
	Algorithm string
	SumType   string
}
