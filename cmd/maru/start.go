package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/kv/disk"
	"maru.dev/maru/platform"
	"maru.dev/maru/telemetry"
)

// defaultListen is where maru listens unless told otherwise.
const defaultListen = "127.0.0.1:4566"

// place is what every command is told that starts a platform.
type place struct {
	serviceOptions
	otlpOptions

	Listen, Data, Log   string
	Ephemeral           bool
	Account, Region     string
	SMTP                string
	Token, Traces, XRay string // Token is for telemetry

	collector collector
}

// flags are those of every such command.
func (p *place) flags() []cli.Flag {
	return slices.Concat(p.serviceOptions.flags(), []cli.Flag{
		{
			Name: "listen", Shown: "HOST:PORT", Value: cli.Text(&p.Listen, defaultListen), Env: "MARU_LISTEN",
			Help: "Address to listen on.",
		}, {
			Name: "data", Shown: "DIR", Value: cli.Folder(&p.Data, defaultDataDir()), Env: "MARU_DATA",
			Help: "Folder that holds everything.",
		}, {
			Name: "ephemeral", Value: cli.Switch(&p.Ephemeral), Env: "MARU_EPHEMERAL",
			Help: "Keep everything in memory, and forget it at the end.",
		}, {
			Name: "account", Shown: "ID", Value: cli.Text(&p.Account, "000000000000"), Env: "MARU_ACCOUNT",
			Help: "Account of keys that name none (a key of 12 digits names its own).",
		}, {
			Name: "region", Shown: "NAME", Value: cli.Text(&p.Region, "us-east-1"), Env: "MARU_REGION",
			Help: "Region of requests that name none.",
		}, {
			Name: "smtp", Shown: "[USER:PASSWORD@]HOST:PORT", Value: cli.Text(&p.SMTP, ""), Env: "MARU_SMTP",
			Help: "Mail server to pass e-mail on to; without one it stays in the outbox (maru mail).",
		}, {
			Name: "telemetry-token", Shown: "TOKEN", Value: cli.Text(&p.Token, ""), Env: "MARU_TELEMETRY_TOKEN",
			Help: "Token for reading metrics (/_maru/metrics) and sending telemetry (OTLP), as Authorization: Bearer. maru up does without one; maru serve lets nobody in without.",
		}, {
			Name: "traces", Shown: "WHICH", Value: cli.Choice(&p.Traces, "", "all", "sampled", "off"), Env: "MARU_TRACES",
			Help: "Traces that are kept: all (as many as a person can look at), sampled (as X-Ray's sampling rules say) or off. By default all in developer mode, else sampled.",
		}, {
			Name: "xray-daemon", Shown: "HOST:PORT", Value: cli.Text(&p.XRay, ""), Env: "MARU_XRAY_DAEMON",
			Help: "Address at which the X-Ray daemon's protocol is served for X-Ray SDKs; off serves none. By default 127.0.0.1:2000 in developer mode, if that is free.",
		},
	}, p.otlpOptions.flags(), []cli.Flag{{
		Name: "log", Shown: "FILE", Value: cli.Text(&p.Log, ""), Env: "MARU_LOG",
		Help: "Log file, with a line for each call; - is standard error. By default maru.log in the data folder.",
	}})
}

// defaultDataDir is the user's own folder for data of programs.
func defaultDataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "maru")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "maru-data"
	}
	return filepath.Join(home, ".local", "share", "maru")
}

// open opens the platform with all its services.
func (p *place) open(t *terminal, config platform.Config) (*platform.Platform, error) {
	all, err := services(p.serviceOptions)
	if err != nil {
		return nil, err
	}
	opened, err := platform.Open(t, config, all)
	if err != nil {
		return nil, err
	}
	stored := opened.Stored
	p.collector.stored.Store(&stored)
	return opened, nil
}

// config is the platform's, as far as the flags say it. The function closes
// the log.
func (p *place) config(mode platform.Mode) (platform.Config, func() error, error) {
	p.collector.memory = memoryOf(machineMemory(os.DirFS("/")))
	p.collector.start()
	p.collector.hugePages()
	syncAside()
	log, closeLog, err := p.openLog()
	if err != nil {
		return platform.Config{}, nil, err
	}
	return platform.Config{
		Listen: p.Listen, DataDir: p.Data, Ephemeral: p.Ephemeral, Account: p.Account, Region: p.Region,
		SMTP: p.SMTP, TelemetryToken: p.Token, OTLP: p.otlp(mode), Mode: mode, Version: version(), Log: log,
		Traces: platform.Traces(p.Traces), XRayDaemon: p.daemon(mode), XRayOptional: p.XRay == "",
		Cache:  p.collector.cache,
		Mounts: dataPlanes, ProfileOn: syscall.SIGUSR1,
	}, closeLog, nil
}

// xrayPort is where X-Ray SDKs look for the daemon.
const xrayPort = "127.0.0.1:2000"

// daemon is where the X-Ray daemon's protocol is served; "" is nowhere.
func (p *place) daemon(mode platform.Mode) string {
	switch {
	case p.XRay == "off":
		return ""
	case p.XRay == "" && mode == platform.Developer:
		return xrayPort
	}
	return p.XRay
}

// openLog opens the log. What is wrong goes to the terminal as well.
func (p *place) openLog() (*slog.Logger, func() error, error) {
	loud := slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})
	switch {
	case p.Log == "-":
		return slog.New(slog.NewTextHandler(os.Stderr, nil)), func() error { return nil }, nil
	case p.Log == "" && p.Ephemeral:
		return slog.New(loud), func() error { return nil }, nil
	}
	name := p.Log
	if name == "" {
		name = filepath.Join(p.Data, "maru.log")
		if err := disk.MakeFolder(disk.System(), p.Data); err != nil {
			return nil, nil, fmt.Errorf("make data folder: %w", err)
		}
	}
	file, err := telemetry.OpenLog(name, clock.System{})
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	return slog.New(telemetry.NewLines(file, loud)), file.Close, nil
}

// started tells how long the start took, to people.
func started(since time.Time) string {
	return (clock.System{}).Now().Sub(since).Round(time.Millisecond).String()
}

// syncAside adds one to the processors that Go runs goroutines on. A thread in
// fdatasync holds one of them without using it until the runtime takes it away
// from it, tens of microseconds later: with two of them that is most of a sync,
// thousands of times a second. GOMAXPROCS, if set, says otherwise.
func syncAside() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
