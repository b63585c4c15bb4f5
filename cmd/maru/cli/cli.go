// Package cli is what maru's commands have beyond cobra: flags that variables
// of the environment set, too, values that are checked as they are read, help
// that tells of both, and mistakes that are answered with what to do.
package cli

import (
	"io"
	"iter"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Flag is a flag of a command.
type Flag struct {
	Value

	Name     string
	Short    string // its letter, if it has one
	Shown    string // stands for the value in help
	Env      string // variables that set it where the command line does not, the first that is set; parted by spaces
	Help     string // a sentence or more
	Required bool
}

// Declare gives a command its flags. Help lists them in this order.
func Declare(cmd *cobra.Command, flags ...Flag) {
	cmd.Flags().SortFlags = false
	for _, f := range flags {
		declared := &pflag.Flag{Name: f.Name, Shorthand: f.Short, Usage: f.Help, Value: f, DefValue: f.String()}
		if f.isSwitch() {
			declared.NoOptDefVal = "true"
		}
		cmd.Flags().AddFlag(declared)
		_ = cmd.RegisterFlagCompletionFunc(f.Name, completion(f.Value)) // fails where there is no such flag
	}
}

// isSwitch tells whether the flag's name alone says all.
func (f Flag) isSwitch() bool { return f.Type() == string(onOff) }

// written is the flag as it is given.
func (f Flag) written() string {
	if f.isSwitch() {
		return "--" + f.Name
	}
	return "--" + f.Name + "=" + f.Shown
}

// variables are the names of those that set the flag, as help shows them.
func (f Flag) variables() []string {
	names := strings.Fields(f.Env)
	for i := range names {
		names[i] = "$" + names[i]
	}
	return names
}

// declared are a command's own flags, in order.
func declared(cmd *cobra.Command) iter.Seq2[*pflag.Flag, Flag] {
	var all []*pflag.Flag
	cmd.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, f) })
	return func(yield func(*pflag.Flag, Flag) bool) {
		for _, f := range all {
			if own, ok := f.Value.(Flag); ok && !yield(f, own) {
				return
			}
		}
	}
}

// Arg is what a command takes by its place.
type Arg struct {
	Value

	Name string // as <this>, or [<this>] where it may be left out
	Help string
}

// Take gives a command its one argument.
func Take(cmd *cobra.Command, a Arg) {
	cmd.Use += " " + a.Name
	cmd.Annotations = map[string]string{a.Name: a.Help}
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completion(a.Value)(cmd, args, begun)
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 1:
			return mistake(cmd, "unexpected argument %q", args[1])
		case len(args) == 1:
			if err := a.Set(args[0]); err != nil {
				return mistake(cmd, "%s: %w", a.Name, err)
			}
		case !strings.HasPrefix(a.Name, "["):
			return mistake(cmd, "%s is missing", a.Name)
		}
		return nil
	}
}

// completion offers a shell what a value may be.
func completion(v Value) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return v.Offers()
	}
}

// World is where commands run.
type World struct {
	Out   io.Writer
	Width int // of the terminal; 0 where there is none
	Env   func(name string) (value string, set bool)
}

// Run runs the command below root that args name, or shows its help.
func Run(root *cobra.Command, args []string, w World) error {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.DisableFlagParsing = true // what is wrong is the command, whatever flags come after it
	root.DisableFlagsInUseLine = true
	root.Args, root.RunE = cobra.ArbitraryArgs, astray
	root.SetHelpCommand(newHelp())
	root.PersistentFlags().BoolP("help", "h", false, "Show this help.")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return settle(cmd, w.Env) }
	root.SetFlagErrorFunc(misgiven)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { _, _ = io.WriteString(w.Out, help(cmd, w.Width)) })
	root.SetOut(w.Out)
	root.SetErr(io.Discard) // errors are returned
	root.SetArgs(args)
	for _, cmd := range below(root) {
		cmd.DisableFlagsInUseLine = !cmd.Flags().HasFlags()
		if cmd.Args == nil {
			cmd.Args, cmd.ValidArgsFunction = nothing, cobra.NoFileCompletions
		}
	}
	return root.Execute()
}

// below are all commands under one, each before its own.
func below(cmd *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range cmd.Commands() {
		all = append(append(all, c), below(c)...)
	}
	return all
}
