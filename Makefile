# cdc_fdw: change logs of AWS DMS on S3 as tables at any instant

EXTENSION = cdc_fdw
MODULE_big = cdc_fdw
DATA = sql/cdc_fdw--0.1.0.sql
PGFILEDESC = "cdc_fdw - change logs on S3 as foreign tables"

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

PG_CPPFLAGS = -I$(srcdir)/src
PG_CFLAGS = -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -fvisibility=hidden
SHLIB_LINK = -lcurl -lcrypto -lexpat -lcsv -lz -lxxhash

REGRESS = options
REGRESS_OPTS = --inputdir=$(srcdir) --outputdir=$(srcdir)/test/output

# the bitcode for JIT inlining buys a foreign data wrapper nothing
override with_llvm = no

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
