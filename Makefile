# Everything here needs only Go; `make test` says what else it wants and
# installs it where it can. `make help` lists the targets.

SHELL       := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
GO          ?= go
TOOL        := $(GO) tool -modfile=tools/go.mod
BENCH       ?= .
PKG         ?= ./...

.DEFAULT_GOAL := help
.PHONY: help demo build test lint fmt fuzz bench faults power-cuts dock-day labels-proof labels-gallery usb rig wine cross clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Run hub, station, printer and scanner in one process, on loopback, until Ctrl-C.
	$(GO) run ./cmd/waybill demo

build: ## Build bin/waybill, static.
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/waybill ./cmd/waybill

test: ## Run everything a change must pass, as CI does.
	@tools/check.sh

lint: ## Run the linters. PKG=./printer/... for a part.
	$(TOOL) golangci-lint run $(PKG)

fmt: ## Format the code and sort its imports.
	$(TOOL) golangci-lint fmt

fuzz: ## Run every fuzz target for a while. FUZZ_TIME=60 seconds each, FUZZ_TOTAL=1800 in all.
	@FUZZ_TIME=$${FUZZ_TIME:-60} FUZZ_TOTAL=$${FUZZ_TOTAL:-1800} tools/fuzz.sh $(PKG)

bench: ## Run the benchmarks. BENCH=regexp and PKG=./sync/... for a part.
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

faults: power-cuts ## Print and send at length while everything goes wrong, cut the power, and count. SEED=1 JOBS=10000 BENCHES=6 STATIONS=20 EVENTS=1000000.
	SEED=$${SEED:-1} JOBS=$${JOBS:-10000} BENCHES=$${BENCHES:-6} STATIONS=$${STATIONS:-20} EVENTS=$${EVENTS:-1000000} \
		$(GO) test -v -count=1 -p 1 -timeout 12h ./internal/printfaults ./internal/syncfaults

power-cuts: ## Cut the power under stations and hub and count what they acknowledged. SEED=1 CUTS=10000 HUB_CUTS=2000 KERNEL_CUTS=50 PROGRAM_CUTS=20; the last two as root.
	SEED=$${SEED:-1} CUTS=$${CUTS:-10000} HUB_CUTS=$${HUB_CUTS:-2000} KERNEL_CUTS=$${KERNEL_CUTS:-50} PROGRAM_CUTS=$${PROGRAM_CUTS:-20} \
		$(GO) test -v -count=1 -p 1 -timeout 4h -run PowerCut ./sync/journal ./tracking/store ./internal/syncfaults

dock-day: ## A day at the dock: parcels to three carriers, wrong scans, crashes, the hub away. SEED=1 PARCELS=2000.
	SEED=$${SEED:-1} PARCELS=$${PARCELS:-2000} $(GO) test -v -count=1 -timeout 2h ./internal/dockday

labels-proof: ## Prove labels with programs that are not ours, at length. LABELS=5000 STRINGS=100000 TEXTS=2000.
	@tools/install.sh
	LABELS=$${LABELS:-5000} STRINGS=$${STRINGS:-100000} TEXTS=$${TEXTS:-2000} \
		$(GO) test -v -count=1 -timeout 12h ./internal/labelproof

labels-gallery: ## Draw every template in every format into docs/gallery, and the pictures of docs/labels.md.
	@tools/install.sh
	rm -rf docs/gallery
	$(GO) run ./internal/labelproof/gallery -out docs/gallery -docs docs

usb: ## Try the USB link against a real kernel with an emulated printer, in a virtual machine. WORK=dir.
	@tools/usb/run.sh

rig: ## Pull scanners, a scale and a printer out and put them back, against a real kernel that emulates them, in a virtual machine. WORK=dir RUN=regexp RELEASE=name.
	@tools/rig/run.sh

wine: ## Try the Windows spooler and serial port under wine. Smoke only: it proves nothing of real Windows. WORK=dir.
	@tools/wine/run.sh

cross: ## Build for Linux, Windows and macOS, on amd64 and arm64.
	@tools/cross.sh

clean: ## Remove what make build made.
	rm -rf bin
