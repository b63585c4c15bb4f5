package execution

import (
	"strings"
	"testing"
)

// A log tells what its level asks for, and of secrets their end at the most.
func TestLevels(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		log  *Log
		want string
	}{
		"all":    {New("- ", false, true), "- told|- traced|- failed|- Method response body after transformations: body|- Method response headers: {Authorization=************abcdef, X-Api-Key=*****}|- Successfully completed execution|- Method completed with status: 200"},
		"info":   {New("- ", false, false), "- told|- failed|- Successfully completed execution|- Method completed with status: 200"},
		"errors": {New("- ", true, true), "- failed"},
		"none":   {nil, ""},
	} {
		tt.log.Addf("told")
		tt.log.Tracef("traced")
		tt.log.Failf("failed")
		lines := tt.log.End(true, 200, map[string][]string{"Authorization": {"Bearer 12345abcdef"}, "X-Api-Key": {"short"}}, []byte("body"))
		if got := strings.Join(lines, "|"); got != tt.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if long := Body(make([]byte, 2000)); !strings.HasSuffix(long, " [TRUNCATED]") || len(long) > 1100 {
		t.Errorf("a long body has %d bytes in the log", len(long))
	}
}
