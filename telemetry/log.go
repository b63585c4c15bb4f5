package telemetry

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"maru.dev/maru/clock"
)

// How a log file is kept.
const (
	logBuffer = 64 << 10               // lines are written together
	logDelay  = 200 * time.Millisecond // but not later than this
	logLimit  = 128 << 20              // then the file becomes name.1, and a new one starts
)

// Log is a file of log lines: written in batches, so that a line costs a
// request no system call, and turned over before it fills the disk.
type Log struct {
	clock clock.Clock
	name  string

	mu      sync.Mutex
	file    *os.File
	out     *bufio.Writer
	size    int64
	pending bool // the flusher knows that there is something to write
	wake    chan struct{}
	done    chan struct{}
	ended   chan struct{}
}

// OpenLog opens or creates the log file name, to be closed by the caller.
func OpenLog(name string, c clock.Clock) (*Log, error) {
	l := &Log{clock: c, name: name, wake: make(chan struct{}, 1), done: make(chan struct{}), ended: make(chan struct{})}
	if err := l.open(); err != nil {
		return nil, err
	}
	go l.run()
	return l, nil
}

// open opens the file at its end.
func (l *Log) open() error {
	file, err := os.OpenFile(l.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size, l.out = file, info.Size(), bufio.NewWriterSize(file, logBuffer)
	return nil
}

// Write adds one line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > logLimit {
		if err := l.turn(); err != nil {
			return 0, err
		}
	}
	n, err := l.out.Write(p)
	l.size += int64(n)
	if !l.pending {
		l.pending = true
		l.wake <- struct{}{}
	}
	return n, err
}

// turn puts the full file aside, in the place of the one before. The lock is
// held.
func (l *Log) turn() error {
	if err := errors.Join(l.out.Flush(), l.file.Close(), os.Rename(l.name, l.name+".1")); err != nil {
		return fmt.Errorf("turn log over: %w", err)
	}
	return l.open()
}

// run flushes a while after the first line of a batch.
func (l *Log) run() {
	defer close(l.ended)
	for {
		select {
		case <-l.done:
			return
		case <-l.wake:
		}
		timer := l.clock.NewTimer(logDelay)
		select {
		case <-l.done:
			timer.Stop()
			return
		case <-timer.C():
		}
		l.flush()
	}
}

// flush writes what is there. A full disk loses log lines, and nothing else.
func (l *Log) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = false
	if err := l.out.Flush(); err != nil {
		l.out.Reset(l.file) // a bufio.Writer keeps its first error for ever
	}
}

// Close writes what is left and closes the file.
func (l *Log) Close() error {
	close(l.done)
	<-l.ended
	l.mu.Lock()
	defer l.mu.Unlock()
	return errors.Join(l.out.Flush(), l.file.Close())
}
