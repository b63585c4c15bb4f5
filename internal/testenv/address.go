package testenv

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// The ports of FreeAddress are below those that kernels give to whoever asks for
// any: those are taken again and again while a program is down.
const firstPort, ports = 20_000, 12_000

// FreeAddress is an address of this machine that nobody listens on. No other test
// is given it before this one's end.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	dir := filepath.Join(os.TempDir(), "maru-testenv-ports")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tb.Fatalf("find a free port: %v", err)
	}
	for n := range ports {
		port := strconv.Itoa(firstPort + (os.Getpid()*101+n)%ports) // each process begins at another one
		if release := claim(tb, filepath.Join(dir, port)); release != nil {
			tb.Cleanup(release)
			address := net.JoinHostPort("127.0.0.1", port)
			if l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", address); err == nil {
				_ = l.Close()
				return address
			}
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// claim takes the file of a port, unless another test has it.
func claim(tb testing.TB, name string) (release func()) {
	tb.Helper()
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatalf("find a free port: %v", err)
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = file.Close()
		return nil
	}
	return func() { _ = file.Close() }
}
