/*-------------------------------------------------------------------------
 *
 * simd.c
 *	  Bytes to bit masks: AVX2 or SSE2 on x86-64, NEON on arm64, plain C
 *	  elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "format/csv/simd.h"

/* Bit i: byte i of the eight in x is zero. */
static inline uint64_t
zero_bytes(uint64_t x)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7fULL;
	uint64_t	z = ~(((x & low) + low) | x | low);

	/* the top bits of the bytes, gathered in the lowest byte */
	return (z >> 7) * 0x0102040810204080ULL >> 56;
}

void
simd_bytes_portable(const char *p, char delim, char quote, char term,
					ScanRaw *out)
{
	const uint64_t ones = 0x0101010101010101ULL;
	uint64_t	d = ones * (unsigned char) delim;
	uint64_t	q = ones * (unsigned char) quote;
	uint64_t	t = ones * (unsigned char) term;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < SCAN_BLOCK; i += 8)
	{
		uint64_t	w = 0;

		/* little end first, whatever the machine */
		for (int b = 7; b >= 0; b--)
			w = w << 8 | (unsigned char) p[i + b];
		out->delim |= zero_bytes(w ^ d) << i;
		out->quote |= zero_bytes(w ^ q) << i;
		out->term |= zero_bytes(w ^ t) << i;
	}
}

#if defined(__x86_64__) && defined(__GNUC__)

static void
scan_bytes_sse2(const char *p, char delim, char quote, char term, ScanRaw *out)
{
	__m128i		d = _mm_set1_epi8(delim);
	__m128i		q = _mm_set1_epi8(quote);
	__m128i		t = _mm_set1_epi8(term);

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < SCAN_BLOCK; i += 16)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) (p + i));

		out->delim |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(v, d)) << i;
		out->quote |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(v, q)) << i;
		out->term |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(v, t)) << i;
	}
}

ScanBytes
simd_bytes(void)
{
	return scan_has_avx2() ? scan_bytes_avx2 : scan_bytes_sse2;
}

#elif defined(__aarch64__)

#include <arm_neon.h>

/* Bits of the 64 bytes in four comparisons, as movemask would give them. */
static inline uint64_t
neon_mask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128,
	1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t	ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
	uint8x16_t	cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
	uint8x16_t	sum = vpaddq_u8(ab, cd);

	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u64(vreinterpretq_u64_u8(sum), 0);
}

static void
scan_bytes_neon(const char *p, char delim, char quote, char term, ScanRaw *out)
{
	const uint8_t *u = (const uint8_t *) p;
	uint8x16_t	v0 = vld1q_u8(u);
	uint8x16_t	v1 = vld1q_u8(u + 16);
	uint8x16_t	v2 = vld1q_u8(u + 32);
	uint8x16_t	v3 = vld1q_u8(u + 48);
	uint8x16_t	d = vdupq_n_u8((uint8_t) delim);
	uint8x16_t	q = vdupq_n_u8((uint8_t) quote);
	uint8x16_t	t = vdupq_n_u8((uint8_t) term);

	out->delim = neon_mask(vceqq_u8(v0, d), vceqq_u8(v1, d),
						   vceqq_u8(v2, d), vceqq_u8(v3, d));
	out->quote = neon_mask(vceqq_u8(v0, q), vceqq_u8(v1, q),
						   vceqq_u8(v2, q), vceqq_u8(v3, q));
	out->term = neon_mask(vceqq_u8(v0, t), vceqq_u8(v1, t),
						  vceqq_u8(v2, t), vceqq_u8(v3, t));
}

ScanBytes
simd_bytes(void)
{
	return scan_bytes_neon;
}

#else

ScanBytes
simd_bytes(void)
{
	return simd_bytes_portable;
}

#endif
