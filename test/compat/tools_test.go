package compat_test

import (
	"os/exec"
	"testing"
)

// The commands that tell whether the tools of a tour are here.
const (
	hasCLI    = "aws --version"
	hasSAM    = "sam --version"
	hasPython = "python3.11 --version"
	hasCDK    = "cdk --version"
	hasCDKLib = `node -p 'require.resolve("aws-cdk-lib")'`
)

// needs skips a test that takes long where no time is given, or where a command
// that it needs cannot be run.
func needs(t *testing.T, commands ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs many commands of a second and more each")
	}
	for _, command := range commands {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
		if err != nil {
			t.Skipf("%s cannot be run here (the CDK's library is looked for in NODE_PATH): %v", command, err)
		}
		t.Logf("%s", out)
	}
}
