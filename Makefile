# cdc_fdw: change logs of AWS DMS on S3 as tables at any instant
#
#   make, make install   build and install for the PostgreSQL of PG_CONFIG
#   make demo            a private server with a sample log; make demo-stop
#   make check           the tests for everybody, in ten minutes
#   make check-ci        the full oracle, and what else takes minutes
#   make check-long      PostgreSQL 17, 18 and with assertions, faults, soaks
#   make check-aws       against a bucket of yours: CDC_URL=... CDC_SCHEMA=...,
#                        see test/check_aws.sh
#   make bench           cdc_fdw against DuckDB, file_fdw and a local table;
#                        ARGS='rounds=5 queries=state,count': bench/bench.sh
#   make installcheck    the regression tests, on a server that runs
#   make deb             the Debian package, in build/deb;
#                        VERSIONS='15 17 18': for those releases' PostgreSQL
#   make dist            the archive for PGXN, in build
#   make deps            install what .ci/packages lists and is missing

# Goals that start on a machine where PostgreSQL's makefiles may not be yet.
FRONT = deps demo demo-stop check check-ci check-long check-aws floors bench deb dist

ifneq (,$(filter $(FRONT),$(MAKECMDGOALS)))

.PHONY: $(MAKECMDGOALS)

deps:
	@.ci/deps.sh check

demo:
	@.ci/deps.sh build
	+@test/demo.sh start

demo-stop:
	@test/demo.sh stop

check:
	@.ci/deps.sh check
	+@test/check.sh

check-ci:
	@.ci/deps.sh check
	+@test/check.sh --ci

check-long:
	@.ci/deps.sh long
	+@test/check.sh --long

check-aws:
	@.ci/deps.sh build
	+@test/check_aws.sh

floors:
	@.ci/floors

bench:
	@.ci/deps.sh bench
	+@bench/bench.sh $(ARGS)

deb:
	@.ci/deb $(VERSIONS)

dist:
	@.ci/dist

# whatever else was asked for in the same breath
$(filter-out $(FRONT),$(MAKECMDGOALS)):
	+@$(MAKE) $@

.NOTPARALLEL:

else

EXTENSION = cdc_fdw
MODULE_big = cdc_fdw
DATA = sql/cdc_fdw--0.1.0.sql sql/cdc_fdw--0.1.0--0.2.0.sql sql/cdc_fdw--0.2.0--0.3.0.sql
PGFILEDESC = "cdc_fdw - change logs on S3 as foreign tables"

# in a build folder of its own too: make -f .../Makefile
OBJS = $(patsubst $(srcdir)/%.c,%.o,$(sort $(shell find $(srcdir)/src -name '*.c')))

PG_CPPFLAGS = -I$(srcdir)/src
# compilers warn of ever more: only the tests stop at that (WERROR=1)
PG_CFLAGS = -std=gnu11 -Wall -Wextra $(if $(WERROR),-Werror) -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -fvisibility=hidden
# flags and headers of PostgreSQL are for the compiler that built it
PG_CFLAGS += $(if $(findstring clang,$(CC)),-Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes)
# loops over records gain a twentieth
COPT ?= -O3
SHLIB_LINK = -lcurl -lcrypto -lexpat -lcsv -lisal -lxxhash -lm

REGRESS = access options columns snapshot types files records nested replay keys errors drift plan import import_infer import_files import_op sync sync_own changes history \
	fingerprint import_keys compare pins known status why check_upgrade instants values progress
REGRESS_OPTS = --inputdir=$(srcdir) --outputdir=$(srcdir)/test/output

EXTRA_CLEAN = test/output

# the bitcode for JIT inlining buys a foreign data wrapper nothing
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(wildcard $(PGXS)))
$(error no makefiles of PostgreSQL at $(PG_CONFIG): "make deps" installs them)
endif
include $(PGXS)

# every object is made again when a header changes
$(OBJS): $(shell find $(srcdir)/src -name '*.h') | libraries folders

.PHONY: libraries folders
libraries:
	@$(srcdir)/.ci/libraries $(CC) $(CPPFLAGS)

folders:
	@mkdir -p $(sort $(dir $(OBJS)))

endif
