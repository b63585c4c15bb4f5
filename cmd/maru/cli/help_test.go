package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestHelpFitsItsWidth(t *testing.T) {
	t.Parallel()
	var text string
	var d time.Duration
	cmd := &cobra.Command{Use: "try", Short: "Try.", Long: "One two three four five six seven eight nine ten.\n\nEleven.", Example: "  cli try this"}
	cmd.Flags().BoolP("help", "h", false, "Show this help.")
	Take(cmd, Arg{Name: "[<what>]", Value: Text(&text, ""), Help: "What."})
	Declare(cmd,
		Flag{Name: "a-name-of-some-length", Shown: "VALUE", Value: Text(&text, ""), Help: "Long."},
		Flag{Name: "for", Short: "f", Shown: "DURATION", Value: Duration(&d, 90*time.Minute), Env: "A B", Help: "How long it takes; ü counts once."},
	)
	want := []string{
		"Usage: try [<what>] [flags]", "", "Try.", "",
		"One two three four five six seven eight", "nine ten.", "", "Eleven.", "",
		"Examples:", "  cli try this", "",
		"Arguments:", "  [<what>]    What.", "",
		"Flags:", "      --a-name-of-some-length=VALUE", "                        Long.",
		"  -f, --for=DURATION    How long it", "                        takes; ü counts", "                        once (default", "                        1h30m, $A, $B).",
		"  -h, --help            Show this help.", "",
	}
	if diff := cmp.Diff(want, strings.Split(help(cmd, 40), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestDefaultsOfDurationsAreShort(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "", time.Second: "1s", 10 * time.Second: "10s", 10 * time.Minute: "10m", 6 * time.Hour: "6h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestSlipsAreCounted(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]int{
		{"", ""}: 0, {"", "abc"}: 3, {"logs", "logs"}: 0, {"lgos", "logs"}: 1, {"log", "logs"}: 1, {"stauts", "status"}: 1, {"foo", "top"}: 2, {"kitten", "sitting"}: 3,
	} {
		if got, back := slips(pair[0], pair[1]), slips(pair[1], pair[0]); got != want || back != want {
			t.Errorf("%q: %d and %d, want %d", pair, got, back, want)
		}
	}
}
