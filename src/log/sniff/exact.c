/*-------------------------------------------------------------------------
 *
 * exact.c
 *	  Which binary floats hold all digits of a decimal number's text.  Pure C.
 *
 * A float is printed with as many digits as are asked for and compared with the
 * text: 17 digits tell any two doubles apart, and nine any two reals, but not
 * each such text is what a float would be printed as.
 *
 *-------------------------------------------------------------------------
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/sniff/exact.h"

#define DOUBLE_DIGITS	17
#define DOUBLE_SURE		15		/* any so many digits stay as they are */
#define REAL_DIGITS		9
/* DMS prints no larger ones than this as reals; the largest is 3.4e38. */
#define REAL_LARGEST	37

/* A number's significant digits, without zeros at either end. */
typedef struct Digits
{
	char		digit[DOUBLE_DIGITS];
	int			n;				/* 0: the number is zero */
	int			ten;			/* power of ten of the first one */
} Digits;

/* The number in its exponent, of three digits at most. */
static int
exponent_of(const LiteralNumber *n)
{
	const char *s = n->digits + n->ndigits + (n->point ? 1 + n->nfraction : 0);
	int			e = 0;

	if (!n->exponent)
		return 0;
	s += n->exponent_sign ? 2 : 1;
	for (size_t i = 0; i < n->nexponent; i++)
		e = e * 10 + (s[i] - '0');
	return n->exponent_sign && s[-1] == '-' ? -e : e;
}

/* False where there are too many. */
static bool
take_digits(const LiteralNumber *n, Digits *d)
{
	size_t		total = n->ndigits + n->nfraction;
	int			zeros = 0;		/* met since the last other digit */

	memset(d, 0, sizeof(*d));
	if (n->nexponent > 3)
		return false;
	for (size_t i = 0; i < total; i++)
	{
		char		c = n->digits[i < n->ndigits ? i : i + 1];

		if (c == '0')
		{
			zeros++;
			continue;
		}
		if (d->n == 0)
			d->ten = (int) n->ndigits - 1 - (int) i;
		else
		{
			if (d->n + zeros >= DOUBLE_DIGITS)
				return false;
			memset(d->digit + d->n, '0', (size_t) zeros);
			d->n += zeros;
		}
		if (d->n == DOUBLE_DIGITS)
			return false;
		d->digit[d->n++] = c;
		zeros = 0;
	}
	d->ten += exponent_of(n);
	return true;
}

/* The text of the digits as strtod() reads it. */
static const char *
digits_text(const Digits *d, char *text, size_t size)
{
	snprintf(text, size, "%.*se%d", d->n, d->digit, d->ten - d->n + 1);
	return text;
}

/* True if v, printed with so many digits, has these and only zeros behind. */
static bool
prints(double v, int digits, const Digits *d)
{
	char		text[64];
	LiteralNumber n;
	Digits		printed;

	snprintf(text, sizeof(text), "%.*e", digits - 1, v);
	return literal_number(text, strlen(text), &n) &&
		take_digits(&n, &printed) && printed.n == d->n &&
		printed.ten == d->ten && memcmp(printed.digit, d->digit, d->n) == 0;
}

/* True if a text of fewer digits reads as the same double. */
static bool
has_shorter(double v, int digits)
{
	char		text[64];

	for (int i = DOUBLE_SURE; i < digits; i++)
	{
		snprintf(text, sizeof(text), "%.*e", i - 1, v);
		if (strtod(text, NULL) == v)
			return true;
	}
	return false;
}

/*
 * True if the number lies in the middle of two doubles.  It reads as one of
 * them, but PostgreSQL prints only texts that are nearer to it than to any other
 * (Ryu without bounds, src/common/d2s.c).  A middle has one bit more than a
 * double: it is a power of two times an odd number of so many bits.  Below the
 * normal doubles a middle has far more digits than Digits holds.
 */
static bool
is_middle(const Digits *d)
{
	uint64_t	odd = 0;
	int			five = d->ten - d->n + 1;	/* power of it left to multiply by */

	for (int i = 0; i < d->n; i++)
		odd = odd * 10 + (uint64_t) (d->digit[i] - '0');
	for (; five < 0; five++)
	{
		if (odd % 5 != 0)
			return false;
		odd /= 5;
	}
	while (odd % 2 == 0)
		odd /= 2;
	for (; five > 0 && odd >> (DBL_MANT_DIG + 1) == 0; five--)
		odd *= 5;
	return odd >> DBL_MANT_DIG == 1;
}

static unsigned
exact_doubles(const LiteralNumber *n, const Digits *d)
{
	bool		form = (n->plus || n->minus) && n->ndigits == 1 &&
		n->nfraction >= DOUBLE_DIGITS - 1 && n->exponent && n->exponent_sign;
	char		text[64];
	double		v;
	unsigned	exact = 0;

	/* no need to look: not subnormal, and below 2^53 no middle is so short */
	if (d->n <= DOUBLE_SURE && d->ten > -300 && d->ten < DOUBLE_SURE && !form)
		return EXACT_DOUBLE;
	v = strtod(digits_text(d, text, sizeof(text)), NULL);
	if (d->n > 0 && (v == 0 || isinf(v)))
		return 0;
	if (d->n == 0 || (prints(v, d->n, d) && !has_shorter(v, d->n) &&
					  !is_middle(d)))
		exact |= EXACT_DOUBLE;
	if (form && (d->n == 0 || prints(v, DOUBLE_DIGITS, d)))
		exact |= EXACT_DOUBLE_17;
	return exact;
}

static bool
is_exact_real(const LiteralNumber *n, const Digits *d)
{
	char		text[64];
	float		v;

	if (!(n->plus || n->minus) || n->ndigits != 1 ||
		n->nfraction != REAL_DIGITS - 1 || !n->exponent_sign ||
		n->nexponent != 2)
		return false;
	if (d->n == 0)
		return true;
	if (d->ten > REAL_LARGEST)
		return false;
	v = strtof(digits_text(d, text, sizeof(text)), NULL);
	return v != 0 && prints((double) v, REAL_DIGITS, d);
}

unsigned
exact_floats(const LiteralNumber *n)
{
	Digits		d;

	if (!take_digits(n, &d))
		return 0;
	return exact_doubles(n, &d) | (is_exact_real(n, &d) ? EXACT_REAL_9 : 0);
}
