# maru's commands. Each is a line or two; logic lives in Go.
.PHONY: all build run gen gen-check lint test short race crash fuzz bench scale golden soak compat docs console screenshots fmt help
GOLANGCI := go tool -modfile=tools/go.mod golangci-lint

all: gen-check build lint short ## everything that must hold before a commit

build: ## one static binary in bin/
	CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o bin/maru ./cmd/maru

run: ## the platform with the demo application, on 127.0.0.1:4566
	go run ./cmd/maru up --demo

gen: ## API models to code
	go run ./cmd/awsgen

gen-check: ## fails when generated code is not current
	go run ./cmd/awsgen -check

lint: ## the house rules
	$(GOLANGCI) run ./...

test: ## all tests
	go test ./...

short: ## the quick tests
	go test -short ./...

race: ## all tests under the race detector
	go test -race -shuffle=on ./...

fuzz: ## every fuzz target for FUZZTIME (default 20s) each
	go run ./internal/fuzzall -time $(or $(FUZZTIME),20s)

crash: ## kill -9 again and again, ROUNDS times (default 50); SEED repeats a run's choices
	MARU_CRASH_ROUNDS=$(or $(ROUNDS),50) MARU_CRASH_SEED=$(SEED) go test -count=1 -v -timeout 0 ./test/crash

golden: ## keep a data folder as the program of today writes it: NAME=v1-2027-01-31
	go test -count=1 -run TestWriteAFolder ./test/golden -write $(NAME)

compat: ## the real AWS CLI and boto3
	go test -count=1 -v ./test/compat

bench: ## rates and latencies on this machine, into docs/performance
	go run ./test/bench -open 25,50,75 -out docs/performance

scale: ## does cost grow with what is stored? by more than a fifth it fails; into docs/performance
	go run ./test/bench -only scale -connections 1,16 -within 80 -out docs/performance

docs: ## the operation tables of docs/services
	go run ./internal/docgen

console: ## the page at /_maru/, from console/web; needs Node
	cd console/web && npm ci --no-audit --no-fund && npm run check && npm run build

screenshots: ## the pictures of docs/console.md; needs Chromium
	MARU_SCREENSHOTS=$(CURDIR)/docs/screenshots go test -count=1 ./test/console

fmt: ## gofumpt
	$(GOLANGCI) fmt ./...

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

soak: build ## an hour (MARU_SOAK) of work that leaves nothing behind, by the program that is delivered
	MARU_BINARY=$(CURDIR)/bin/maru MARU_SOAK=$(or $(MARU_SOAK),1h) MARU_SOAK_REPORT=$(CURDIR)/docs/performance go test -count=1 -v -timeout 0 ./test/soak
