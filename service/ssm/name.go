package ssm

import (
	"strings"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/wire"
)

// What names may be.
const (
	maxName   = 1011
	maxLevels = 15
)

// checkName holds a new parameter's name against the rules.
func checkName(name string) error {
	lower, path := strings.ToLower(strings.TrimPrefix(name, "/")), strings.Count(name, "/") > 1
	switch {
	case strings.HasPrefix(strings.ToLower(name), "/aws") && path:
		return &wire.APIError{Code: "AccessDeniedException", Message: "No access to reserved parameter name: " + name + "."}
	case (strings.HasPrefix(lower, "aws") || strings.HasPrefix(lower, "ssm")) && !path:
		return invalid(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`)
	case strings.HasPrefix(lower, "ssm") || strings.ContainsFunc(name, foreign) || strings.Contains(name, "//") || strings.HasSuffix(name, "/"):
		return invalid(`Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of ` +
			`sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_`)
	case strings.Contains(name, "/") && name[0] != '/':
		return invalid("Parameter name must be a fully qualified name.")
	case len(name) > maxName:
		return invalid("Parameter name: can't be longer than %d characters.", maxName)
	case strings.Count(name, "/") > maxLevels:
		return &api.HierarchyLevelLimitExceededException{
			Message: "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints " +
				"for parameter names in the AWS Systems Manager User Guide.",
		}
	}
	return nil
}

// foreign says that a character cannot be in a name.
func foreign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_.-/", r)
}

// splitSelector cuts a version or label off a name or ARN.
func splitSelector(name string) (bare, selector string) {
	head := ""
	if strings.HasPrefix(name, "arn:") {
		if i := strings.Index(name, ":parameter/"); i >= 0 {
			head, name = name[:i+1], name[i+1:]
		}
	}
	name, selector, _ = strings.Cut(name, ":")
	return head + name, selector
}

// rooted is a name as a path.
func rooted(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return "/" + name
}

// under says whether a parameter is below a path, directly or at any depth.
func under(name, path string, recursive bool) bool {
	rest, ok := strings.CutPrefix(rooted(name), strings.TrimSuffix(path, "/")+"/")
	return ok && (recursive || !strings.Contains(rest, "/"))
}

// checkPath holds a path of a request against the rules.
func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, foreign) || strings.Contains(path, "//") {
		return invalid(`The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". ` +
			`It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: ` +
			`. (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the ` +
			`forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`)
	}
	return nil
}
