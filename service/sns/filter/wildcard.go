package filter

import "maru.dev/maru/pattern/glob"

// wildcard reads a pattern in which * stands for any text, and \* and \\ for
// themselves.
func wildcard(p string) (func(string) bool, error) {
	pieces, err := glob.Cut(p)
	if err != nil {
		return nil, fail("%v", err)
	}
	return func(s string) bool { return glob.Pieces(pieces, s) }, nil
}
