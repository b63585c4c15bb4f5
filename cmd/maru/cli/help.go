package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Widths of help, in columns.
const (
	narrow = 80  // where there is no terminal
	wide   = 100 // longer lines are hard to read
	left   = 28  // longer names have a line of their own
)

// newHelp is the command help, which shows that of another command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [<command>...]",
		Short: "Show the help of a command.",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return mistake(about, "unknown command %q%s", rest[0], meant(rest[0], names(about)))
			}
			return about.Help()
		},
	}
}

// help is the help of a command.
func help(cmd *cobra.Command, width int) string {
	if width <= 0 {
		width = narrow
	}
	width = min(width, wide)
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s", cmd.UseLine(), fill(cmd.Short, width))
	for paragraph := range strings.SplitSeq(cmd.Long, "\n\n") {
		if paragraph != "" {
			b.WriteString("\n" + fill(paragraph, width))
		}
	}
	if cmd.Example != "" {
		b.WriteString("\nExamples:\n" + strings.TrimRight(cmd.Example, "\n") + "\n")
	}
	for _, part := range []struct {
		title string
		rows  []row
	}{{"Arguments", argumentRows(cmd)}, {"Flags", flagRows(cmd)}, {"Commands", commandRows(cmd)}} {
		if len(part.rows) > 0 {
			b.WriteString("\n" + part.title + ":\n" + table(part.rows, width))
		}
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nRun \"%s <command> --help\" for more about a command.\n", cmd.CommandPath())
	}
	return b.String()
}

// row is a name and what it is.
type row struct{ name, says string }

// argumentRows tell of what a command takes by its place.
func argumentRows(cmd *cobra.Command) (rows []row) {
	for _, name := range slices.Sorted(maps.Keys(cmd.Annotations)) {
		rows = append(rows, row{name, cmd.Annotations[name]})
	}
	return rows
}

// flagRows tell of a command's flags: the letter, the name, what it does, its
// default and its variables.
func flagRows(cmd *cobra.Command) []row {
	var rows []row
	for f, own := range declared(cmd) {
		letter := "    "
		if own.Short != "" {
			letter = "-" + own.Short + ", "
		}
		var more []string
		if f.DefValue != "" {
			more = append(more, "default "+f.DefValue)
		}
		more = append(more, own.variables()...)
		says := own.Help
		if len(more) > 0 {
			says = strings.TrimSuffix(says, ".") + " (" + strings.Join(more, ", ") + ")."
		}
		rows = append(rows, row{letter + own.written(), says})
	}
	about := cmd.Flag("help")
	return append(rows, row{"-" + about.Shorthand + ", --" + about.Name, about.Usage})
}

// commandRows tell of the commands that can be run below this one.
func commandRows(cmd *cobra.Command) []row {
	var rows []row
	for _, c := range below(cmd) {
		if c.IsAvailableCommand() && !c.HasSubCommands() {
			rows = append(rows, row{strings.TrimPrefix(c.CommandPath(), cmd.Root().Name()+" "), c.Short})
		}
	}
	return rows
}

// table sets names at the left and what they are beside them.
func table(rows []row, width int) string {
	column := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r.name); n <= left {
			column = max(column, n)
		}
	}
	var b strings.Builder
	for _, r := range rows {
		says := fill(r.says, width-column-6)
		name := r.name
		if utf8.RuneCountInString(name) > column {
			b.WriteString("  " + name + "\n")
			name = ""
		}
		for line := range strings.Lines(says) {
			fmt.Fprintf(&b, "  %-*s    %s", column, name, line)
			name = ""
		}
	}
	return b.String()
}

// fill breaks text into lines.
func fill(text string, width int) string {
	var b strings.Builder
	at := 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case at == 0:
		case at+1+n > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteByte('\n')
	return b.String()
}
