/*-------------------------------------------------------------------------
 *
 * simd.h
 *	  Where records end and fields are delimited: 64 bytes at a time, by the
 *	  vector unit.  Pure C.
 *
 * Only RFC 4180 and unquoted text with one-byte delimiter, quote and
 * terminator are scanned.  Whatever is not surely well-formed is called bad,
 * and left to libcsv to judge.
 *
 * The technique (quotes as a prefix XOR over bit masks) is that of "Parsing
 * Gigabytes of JSON per Second", Langdale and Lemire, VLDB Journal 28, 2019.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FORMAT_SCAN_H
#define CDC_FORMAT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_BLOCK	64

/* Bits of the bytes in a block, lowest first. */
typedef struct ScanRaw
{
	uint64_t	delim;
	uint64_t	quote;
	uint64_t	term;
} ScanRaw;

/* What a scan carries from block to block; all zero but start at the begin. */
typedef struct ScanState
{
	uint64_t	inside;			/* all ones: the block begins inside quotes */
	uint64_t	border;			/* 1: the byte before may precede a quote */
	uint64_t	closed;			/* 1: the byte before was a closing quote */
} ScanState;

/* Bits of a block with quotes honoured. */
typedef struct ScanBits
{
	uint64_t	delim;			/* delimiters outside quotes */
	uint64_t	end;			/* terminators outside quotes */
	uint64_t	term;			/* all terminators, for line numbers */
	uint64_t	bad;			/* bytes that make the text ill-formed */
} ScanBits;

typedef void (*ScanBytes) (const char *p, char delim, char quote, char term,
						   ScanRaw *out);

/* The fastest way of this machine; or the portable one. */
extern ScanBytes simd_bytes(void);
extern void simd_bytes_portable(const char *p, char delim, char quote,
								char term, ScanRaw *out);

/*
 * A loop over blocks is compiled once more for processors with AVX2, and for
 * those with AVX-512, with the looking at bytes inlined: SCAN_AVX2 and
 * SCAN_AVX512 mark those copies, and scan_has_avx2() and scan_has_avx512() tell
 * at run time whether they may be called.
 */
#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define SCAN_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))

SCAN_AVX2
static inline void
scan_bytes_avx2(const char *p, char delim, char quote, char term, ScanRaw *out)
{
	__m256i		d = _mm256_set1_epi8(delim);
	__m256i		q = _mm256_set1_epi8(quote);
	__m256i		t = _mm256_set1_epi8(term);
	__m256i		a = _mm256_loadu_si256((const __m256i *) p);
	__m256i		b = _mm256_loadu_si256((const __m256i *) (p + 32));

	out->delim = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, d)) |
		(uint64_t) (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(b, d)) << 32;
	out->quote = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, q)) |
		(uint64_t) (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(b, q)) << 32;
	out->term = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, t)) |
		(uint64_t) (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(b, t)) << 32;
}

#define SCAN_AVX512 \
	__attribute__((target("avx512f,avx512bw,avx2,bmi,bmi2,popcnt,pclmul")))

SCAN_AVX512
static inline void
scan_bytes_avx512(const char *p, char delim, char quote, char term,
				  ScanRaw *out)
{
	__m512i		a = _mm512_loadu_si512((const void *) p);

	out->delim = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(delim));
	out->quote = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(quote));
	out->term = _mm512_cmpeq_epi8_mask(a, _mm512_set1_epi8(term));
}

static inline bool
scan_has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
		__builtin_cpu_supports("pclmul");
}

static inline bool
scan_has_avx512(void)
{
	return scan_has_avx2() && __builtin_cpu_supports("avx512f") &&
		__builtin_cpu_supports("avx512bw");
}

/* scan_prefix_xor() in one multiplication without carries. */
SCAN_AVX2
static inline uint64_t
scan_prefix_xor_avx2(uint64_t x)
{
	return (uint64_t) _mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t) x),
															  _mm_set1_epi8(-1), 0));
}

#endif

/* Before the first byte of a record. */
static inline void
scan_start(ScanState *s)
{
	s->inside = 0;
	s->border = 1;
	s->closed = 0;
}

static inline uint64_t
scan_prefix_xor(uint64_t x)
{
	x ^= x << 1;
	x ^= x << 2;
	x ^= x << 4;
	x ^= x << 8;
	x ^= x << 16;
	x ^= x << 32;
	return x;
}

typedef uint64_t (*ScanPrefixXor) (uint64_t x);

/*
 * Honour the quotes of a block of which valid says which bytes exist; prefix is
 * one of the functions above.
 */
static inline __attribute__((always_inline)) void
scan_quotes(ScanState *s, const ScanRaw *raw, uint64_t valid,
			ScanPrefixXor prefix, ScanBits *out)
{
	uint64_t	q = raw->quote & valid;
	uint64_t	inside = prefix(q) ^ s->inside;
	uint64_t	opening = q & inside;
	uint64_t	closing = q & ~inside;
	uint64_t	after;
	uint64_t	borders;

	out->term = raw->term & valid;
	out->delim = raw->delim & valid & ~inside;
	out->end = out->term & ~inside;

	/* a quote opens behind a delimiter, a line's end, or a closing quote */
	borders = out->delim | out->end | closing;
	out->bad = opening & ~((borders << 1) | s->border);
	/* behind a closing quote stands a delimiter, a line's end, or a quote */
	after = ((closing << 1) | s->closed) & valid;
	out->bad |= after & ~(out->delim | out->end | q);

	s->inside = (uint64_t) ((int64_t) inside >> 63);
	s->border = borders >> 63;
	s->closed = closing >> 63;
}

#endif							/* CDC_FORMAT_SCAN_H */
