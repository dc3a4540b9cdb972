# Each target does all its set-up; on a fresh Debian or Ubuntu a Rust toolchain is enough.
SEEDS ?= 10000
BENCH ?=
TARGET ?= parse
SECONDS ?= 60
PARITY ?= 1..100

.PHONY: help demo test docs sim interop parity fuzz bench

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: ## play the story of two servers, two addresses and one client, in namespaces of its own
	@scripts/need cc ip
	@cargo build --quiet --package vipd --bins
	@cargo run --quiet --package vipd --bin vipd -- lab

test: ## check formatting, lint, run every test, print totals
	@scripts/need cc ip tshark insmod keepalived frr bird valgrind rustfmt clippy
	@scripts/test

docs: ## write the reference of the language, the grammar for editors and the JSON Schema from the records and types
	@scripts/need cc
	@cargo build --quiet --package vipd --bins
	@mkdir -p docs/man
	@cargo run --quiet --package vipd --bin vipd -- manual >docs/keywords.md
	@cargo run --quiet --package vipd --bin vipd -- manual --man >docs/man/vipd.conf.5
	@cargo run --quiet --package vipd --bin vipd -- manual --grammar >docs/vipd.tmLanguage.json
	@cargo run --quiet --package vipd --bin vipd -- manual --schema >docs/vipd.schema.json
	@cargo run --quiet --package vipd --bin vipd -- manual --page vipd >docs/man/vipd.8
	@cargo run --quiet --package vipd --bin vipd -- manual --page keepalived >docs/man/keepalived.8

sim: ## simulate SEEDS=n seeds of three nodes for a virtual minute each
	@scripts/need cc
	@cargo run --quiet --release --package vipd --bin vipd -- sim --seeds $(SEEDS)

interop: ## the whole interoperability matrix beside Debian's keepalived, and the tests beside FRR and BIRD
	@scripts/need cc ip tshark insmod keepalived frr bird
	@INTEROP=all cargo test --quiet --package vipd-tests --test network --test private_kernel -- interop

parity: ## random configurations and events, vipd and Debian's keepalived side by side, PARITY=1..100 (a seed, or FIRST..LAST)
	@scripts/need cc ip tshark insmod keepalived frr bird
	@PARITY=$(PARITY) cargo test --quiet --package vipd-tests --test random

fuzz: ## fuzz TARGET=parse|expand|fmt|check for SECONDS=60 (needs cargo-fuzz and a nightly toolchain)
	@scripts/need cc
	@mkdir -p fuzz/corpus/$(TARGET)
	@cargo +nightly fuzz run $(TARGET) fuzz/corpus/$(TARGET) fuzz/seeds -- -max_total_time=$(SECONDS) -timeout=60 -rss_limit_mb=4096

bench: ## measure vipd beside keepalived and print a table (about 15 minutes; BENCH=stop: one of them)
	@scripts/need cc ip keepalived
	@cargo build --quiet --release --package vipd --bins --package vipd-bench
	@if [ "$$(id -u)" = 0 ] && command -v chrt >/dev/null; then priority="chrt -f 10"; fi; \
	$$priority cargo run --quiet --release --package vipd-bench -- $(BENCH)
