# SPDX-License-Identifier: Apache-2.0
# Front door to CMake: `make demo` and `make test` work on a bare Debian 12 or Ubuntu 24.04, as root or with sudo.
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
CTEST   = ctest -j $(JOBS) --output-on-failure --no-tests=error

.PHONY: all build demo test asan tsan nightly clang debug fuzz check install bench clean help

all: build

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

build: ## install missing packages, build build/release/octet
	@scripts/install-deps build
	@cmake --preset release -DOCTET_TESTS=OFF >/dev/null
	@cmake --build --preset release -j $(JOBS)

demo: build ## build, then classify the sample images with the sample model
	build/release/octet run examples/roadsigns/roadsigns.onnx examples/roadsigns/samples \
	    --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 \
	    --labels examples/roadsigns/labels.txt --top 1

test: ## build with all tests and run them
	@scripts/install-deps test
	@cmake --preset release -DOCTET_TESTS=ON >/dev/null
	@cmake --build --preset release -j $(JOBS)
	cd build/release && $(CTEST)

asan: ## the tests under the address and undefined behaviour sanitizers
	@scripts/install-deps test
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	cd build/asan && $(CTEST) -LE slow

nightly: ## what takes too long for every run: requantization of all 2^32 sums
	@scripts/install-deps test
	@cmake --preset release -DOCTET_TESTS=ON >/dev/null
	@cmake --build --preset release -j $(JOBS) --target test_requant
	cd build/release && $(CTEST) -C nightly -L nightly

tsan: ## the threading tests under the thread sanitizer
	@scripts/install-deps test
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan -j $(JOBS) --target test_pool test_sessions
	cd build/tsan && $(CTEST) -L threads

clang: ## the tests with clang
	@scripts/install-deps fuzz
	@cmake --preset clang >/dev/null
	@cmake --build --preset clang -j $(JOBS)
	cd build/clang && $(CTEST) -LE slow

debug: ## unoptimised build
	@scripts/install-deps test
	@cmake --preset debug >/dev/null
	@cmake --build --preset debug -j $(JOBS)

fuzz: ## build the libFuzzer targets into build/fuzz/tests/fuzz
	@scripts/install-deps fuzz
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)

check: ## same bits from gcc and clang, -O0 and -O3, every CPU level and 1 to 3 threads
	@scripts/install-deps fuzz
	tests/models/same_bits

install: build ## install to PREFIX (default /usr/local): program, libraries, headers, man page, completion
	DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(abspath $(PREFIX))
	@[ -n "$(DESTDIR)" ] || [ "$$(id -u)" != 0 ] || ldconfig

bench: ## compare with ONNX Runtime and Pillow in one run (makes bench/venv)
	@$(MAKE) --no-print-directory build
	bench/compare

clean: ## remove build/
	rm -rf build
