/*-------------------------------------------------------------------------
 *
 * test_scan.c
 *	  The vector scanner's masks against a byte at a time.
 *
 *-------------------------------------------------------------------------
 */
#include "unit.h"

#include "format/csv/simd.h"

static void
by_byte(const char *p, char d, char q, char t, ScanRaw *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < SCAN_BLOCK; i++)
	{
		out->delim |= (uint64_t) (p[i] == d) << i;
		out->quote |= (uint64_t) (p[i] == q) << i;
		out->term |= (uint64_t) (p[i] == t) << i;
	}
}

static bool
same(const ScanRaw *a, const ScanRaw *b)
{
	return a->delim == b->delim && a->quote == b->quote && a->term == b->term;
}

static void
test_masks(ScanBytes bytes, const char *name)
{
	int			times = unit_times(400000);
	bool		good = true;
	char		buf[SCAN_BLOCK + 16];

	for (int i = 0; i < times && good; i++)
	{
		const char	meant[] = {',', '"', '\n', '\0', (char) 0x80, (char) 0xff,
		',' ^ (char) 0x80, ',' + 1, '"' - 1};
		char	   *p = buf + unit_random(16);
		char		d = meant[unit_random(sizeof(meant))];
		char		q = meant[unit_random(sizeof(meant))];
		char		t = meant[unit_random(sizeof(meant))];
		ScanRaw		got;
		ScanRaw		want;

		for (int b = 0; b < SCAN_BLOCK; b++)
			p[b] = unit_random(2) ? meant[unit_random(sizeof(meant))] :
				(char) unit_random(256);
		bytes(p, d, q, t, &got);
		by_byte(p, d, q, t, &want);
		good = same(&got, &want);
	}
	ok(good, "%s masks of %d blocks", name, times);
}

static void
test_prefix_xor(ScanPrefixXor prefix, const char *name)
{
	bool		good = true;

	for (int i = 0; i < 10000; i++)
	{
		uint64_t	x = (uint64_t) unit_random(UINT32_MAX) << 32 |
			unit_random(UINT32_MAX);
		uint64_t	want = 0;
		uint64_t	bit = 0;

		for (int b = 0; b < 64; b++)
		{
			bit ^= x >> b & 1;
			want |= bit << b;
		}
		good = good && prefix(x) == want;
	}
	ok(good, "%s prefix XOR", name);
}

int
main(void)
{
	unit_seed(1);
	test_masks(simd_bytes(), "this machine's");
	test_masks(simd_bytes_portable, "portable");
	test_prefix_xor(scan_prefix_xor, "portable");
#ifdef SCAN_AVX2
	if (scan_has_avx2())
		test_prefix_xor(scan_prefix_xor_avx2, "this machine's");
#endif
	return unit_done();
}
