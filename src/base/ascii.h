/*-------------------------------------------------------------------------
 *
 * ascii.h
 *	  Digits and letters of ASCII, in bytes that strangers wrote.  Pure C.
 *
 * Unlike ctype.h these depend on no locale and take bytes past 127.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_BASE_ASCII_H
#define CDC_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Returns the value of a hexadecimal digit of either case, -1 for others. */
static inline int
ascii_hex_digit(char c)
{
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
}

/*
 * True if the len bytes at s are the word, whose letters are lower case, with
 * letters of either case.
 */
static inline bool
ascii_is_word(const char *s, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++)
		if (word[i] == '\0' || ascii_lower(s[i]) != word[i])
			return false;
	return word[len] == '\0';
}

/* Returns how many of the len bytes at s are digits before one that is not. */
static inline size_t
ascii_digits(const char *s, size_t len)
{
	size_t		n = 0;

	while (n < len && ascii_is_digit(s[n]))
		n++;
	return n;
}

/*
 * Reads len bytes as a number.  Returns false, and leaves *value, unless all of
 * them are digits, one at least and max at most; max is 18 or less, so that
 * the number fits.
 */
static inline bool
ascii_number(const char *s, size_t len, size_t max, int64_t *value)
{
	int64_t		v = 0;

	if (len == 0 || len > max)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		if (!ascii_is_digit(s[i]))
			return false;
		v = v * 10 + (s[i] - '0');
	}
	*value = v;
	return true;
}

#endif							/* CDC_BASE_ASCII_H */
