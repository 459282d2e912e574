# Everything a newcomer needs: `make run` to see it work, `make test` to see it hold.

.DEFAULT_GOAL := help
.PHONY: help setup run test bench lint

# Where rustup puts cargo, so that a fresh toolchain is found without a new shell.
CARGO_HOME ?= $(HOME)/.cargo
export PATH := $(CARGO_HOME)/bin:$(PATH)

help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Install what is missing: system packages, Rust, ONNX Runtime; build the page
	@deploy/setup.sh
	@deploy/page.sh

run: setup ## Build, then show the whole way on cameras of its own
	@cargo build --release --locked
	@./target/release/xunjie demo $(ARGS)

test: setup ## Run all tests; ARGS="name" picks some
	@deploy/page.sh npm test
	@cargo test --locked $(ARGS)

bench: setup ## Measure; ARGS="--bench name" picks one
	@cargo bench --locked $(ARGS)

# Clippy and rustdoc share most of what they build of the dependencies.
lint: setup ## Check format, lints and documentation
	@deploy/page.sh npm run --silent lint
	@cargo fmt --check
	@cargo clippy --locked --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
