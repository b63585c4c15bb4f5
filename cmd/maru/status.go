package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// health is what a running maru tells of itself.
type health struct {
	Status   string   `json:"status"`
	Version  string   `json:"version"`
	Mode     string   `json:"mode"`
	Time     string   `json:"time"`
	Uptime   float64  `json:"uptimeSeconds"`
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Services []string `json:"services"`
}

// statusCommand tells how a running maru is.
type statusCommand struct {
	remote

	JSON bool `help:"Print the JSON document."`
}

// Run asks and prints.
func (c *statusCommand) Run(t *terminal) error {
	var h health
	if err := c.get(t, "/_maru/health", &h); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(t, h)
	}
	t.printf("maru %s at %s: %s, %s mode, up %s\n  account   %s, region %s\n  time      %s\n  services  %s\n",
		h.Version, c.Endpoint, h.Status, h.Mode, time.Duration(h.Uptime*float64(time.Second)).Round(time.Second),
		h.Account, h.Region, h.Time, strings.Join(h.Services, " "))
	return nil
}

// printJSON prints a document for programs.
func printJSON(t *terminal, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	t.printf("%s\n", raw)
	return nil
}

// envCommand prints export lines.
type envCommand struct {
	remote

	Key string `help:"Access key; 12 digits name an account." default:"test" env:"MARU_KEY" placeholder:"ID"`
}

// Help is the long text of maru env --help.
func (envCommand) Help() string {
	return "For a shell:\n\n  eval \"$(maru env)\""
}

// Run prints. A maru that is not running is no reason to fail: it may be up
// later.
func (c *envCommand) Run(t *terminal) error { //nolint:unparam // kong's Run methods return an error
	region := "us-east-1"
	var h health
	if err := c.get(t, "/_maru/health", &h); err == nil && h.Region != "" {
		region = h.Region
	}
	t.printf("%s", strings.ReplaceAll(exports(c.Endpoint, c.Key, "test", region), "  export", "export"))
	return nil
}

// versionCommand prints the version.
type versionCommand struct{}

// Run prints.
func (versionCommand) Run(t *terminal) error { //nolint:unparam // kong's Run methods return an error
	t.printf("maru %s\n", version())
	return nil
}

// version is the module's version, or the commit that was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = "-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	return "devel" + commit + dirty
}
