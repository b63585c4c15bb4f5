package edge

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// refuse has the system take no new connections by l, and leave those alone that
// it has taken: a filter drops the segments that ask for one (SYN is the second
// bit of byte 13 of TCP's header). Who asks tries again by itself, and is refused
// or, after a quick restart, let in by the next server.
func refuse(l net.Listener) {
	raw, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	conn, err := raw.SyscallConn()
	if err != nil {
		return
	}
	drop := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13},
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, Jt: 0, Jf: 1, K: 0x02},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
	}
	// Where it may not be done a connection can be lost in the moment between the
	// last one and the end.
	_ = conn.Control(func(fd uintptr) {
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(drop)), Filter: &drop[0]})
	})
}
