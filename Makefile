# kith: build, try and check. "make help" lists the targets.
SHELL      := /bin/bash
GO         ?= go
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS    := -s -w -X main.version=$(VERSION)
FUZZTIME   ?= 20s
BENCHTIME  ?= 1s
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help build demo test race fuzz bench lint e2e docs clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the one binary, static, in bin/kith
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/kith ./cmd/kith

demo: build ## a made-up organisation on this machine, real seats, until Ctrl-C
	./bin/kith demo

test: ## all tests but the slow ones, with the race detector (under five minutes on two cores)
	$(GO) vet ./...
	$(GO) test -race -short -timeout 5m ./...

race: ## all tests, the slow ones too, with the race detector
	$(GO) test -race -timeout 30m ./...

# One target at a time, as the fuzzer wants it.
fuzz: ## every fuzz target for FUZZTIME (20s)
	@set -euo pipefail; \
	for dir in $$($(GO) list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' ./...); do \
	  for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go 2>/dev/null | cut -c6-); do \
	    echo "== $${dir#$(CURDIR)/} $$target"; \
	    (cd "$$dir" && $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) .); \
	  done; \
	done

bench: ## benchmarks of every room, with allocations
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./internal/...

lint: ## gofmt, vet, staticcheck, shellcheck
	@unformatted=$$(find . -name '*.go' -not -path './.git/*' -not -path '*/testdata/*' -print0 | xargs -0 gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags e2e ./e2e/...
	$(GO) run $(STATICCHECK) ./...
	shellcheck .ci/run

e2e: ## against real Postfix and Dovecot (Debian packages; root)
	$(GO) test -tags e2e -count 1 -timeout 40m ./e2e/...

docs: ## print etc/kith.toml and docs/config.md anew from the source
	$(GO) test ./internal/config -run TestDocumentsAreCurrent -update

clean: ## remove what build made
	rm -rf bin dist coverage.out
