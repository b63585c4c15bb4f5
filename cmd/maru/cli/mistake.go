package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// mistake is an error in how a command was called. It says where help is.
func mistake(cmd *cobra.Command, format string, args ...any) error {
	return fmt.Errorf(format+" (try %s --help)", append(args, cmd.CommandPath())...)
}

// astray answers a command line that names no command.
func astray(root *cobra.Command, args []string) error {
	switch names := names(root); {
	case len(args) == 0:
		return mistake(root, "a command is missing: %s", strings.Join(names, ", "))
	case args[0] == "--help" || args[0] == "-h":
		return root.Help()
	case strings.HasPrefix(args[0], "-"):
		return mistake(root, "unknown flag %s", args[0])
	default:
		return mistake(root, "unknown command %q%s", args[0], meant(args[0], names))
	}
}

// nothing answers arguments of a command that takes none.
func nothing(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return mistake(cmd, "unknown command %q%s", args[0], meant(args[0], names(cmd)))
	}
	return mistake(cmd, "unexpected argument %q", args[0])
}

// names are those of the commands directly below one.
func names(cmd *cobra.Command) (list []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c.Name())
		}
	}
	return list
}

// misgiven answers flags that cannot be read.
func misgiven(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if unknown.GetSpecifiedShortnames() != "" {
			return mistake(cmd, "unknown flag -%s", unknown.GetSpecifiedName())
		}
		var names []string
		for f := range declared(cmd) {
			names = append(names, "--"+f.Name)
		}
		name := "--" + unknown.GetSpecifiedName()
		return mistake(cmd, "unknown flag %s%s", name, meant(name, names))
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		if own, ok := bare.GetFlag().Value.(Flag); ok {
			return mistake(cmd, "--%s has no value; want %s", own.Name, own.written())
		}
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return mistake(cmd, "--%s: %w", wrong.GetFlag().Name, wrong.Unwrap())
	}
	return mistake(cmd, "%w", err)
}

// settle sets the flags that the command line has left out from their
// variables, and tells those that are required and still not set.
func settle(cmd *cobra.Command, lookup func(string) (string, bool)) error {
	var missing []string
	for f, own := range declared(cmd) {
		for _, name := range strings.Fields(own.Env) {
			text, set := lookup(name)
			if !set || f.Changed {
				continue
			}
			if err := f.Value.Set(text); err != nil {
				return mistake(cmd, "%s (for --%s): %w", name, f.Name, err)
			}
			f.Changed = true
		}
		if own.Required && !f.Changed {
			missing = append(missing, strings.Join(append([]string{own.written()}, own.variables()...), " or "))
		}
	}
	if len(missing) > 0 {
		return mistake(cmd, "missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

// meant asks whether one of names was meant: those that begin with word, or are
// a slip or two away from it.
func meant(word string, names []string) string {
	var likely []string
	for _, name := range names {
		if bare := strings.Trim(word, "-"); bare != "" && (strings.HasPrefix(name, word) || 2*slips(word, name) <= min(len(bare), 4)) {
			likely = append(likely, name)
		}
	}
	if len(likely) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(likely, " or ") + "?"
}

// slips is how many letters are left out, put in, mistaken or swapped with the
// next between two words.
func slips(a, b string) int {
	var before, last []int // rows of the table of distances between beginnings
	for i := range len(a) + 1 {
		row := make([]int, len(b)+1)
		for j := range row {
			switch {
			case i == 0 || j == 0:
				row[j] = i + j
				continue
			case a[i-1] == b[j-1]:
				row[j] = last[j-1]
			default:
				row[j] = 1 + min(last[j-1], last[j], row[j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
