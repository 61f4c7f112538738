/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Small texts around keys: times, urls, tokens.  See doc.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/doc.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/calendar.h"

#define TELLING		16			/* bytes of a secret that are no chance */

/* n digits at *s, which moves on; -1 where there are not so many */
static int
digits(const char **s, int n)
{
	int			value = 0;

	for (int i = 0; i < n; i++, (*s)++)
	{
		if (!ascii_is_digit(**s))
			return -1;
		value = value * 10 + (**s - '0');
	}
	return value;
}

static bool
separator(const char **s, const char *any)
{
	if (**s == '\0' || strchr(any, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

/* "Z", "+09:00" or "+0900", as seconds to take away */
static bool
offset_of(const char *s, int *offset)
{
	int			sign = *s == '-' ? -1 : 1;
	int			hours;
	int			minutes;

	*offset = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return true;
	if (!separator(&s, "+-"))
		return false;
	hours = digits(&s, 2);
	if (hours >= 0)
		separator(&s, ":");
	minutes = hours >= 0 ? digits(&s, 2) : -1;
	*offset = sign * (hours * 3600 + minutes * 60);
	return minutes >= 0 && hours < 24 && minutes < 60 && *s == '\0';
}

bool
cred_doc_time(const char *s, int64_t *seconds)
{
	int			year;
	int			month = -1;
	int			day = -1;
	int			hour = -1;
	int			minute = -1;
	int			second = -1;
	int			offset;

	year = digits(&s, 4);
	if (year >= 1970 && separator(&s, "-"))
		month = digits(&s, 2);
	if (month >= 1 && month <= 12 && separator(&s, "-"))
		day = digits(&s, 2);
	if (day >= 1 && day <= 31 && separator(&s, "Tt "))
		hour = digits(&s, 2);
	if (hour >= 0 && hour <= 23 && separator(&s, ":"))
		minute = digits(&s, 2);
	if (minute >= 0 && minute <= 59 && separator(&s, ":"))
		second = digits(&s, 2);
	if (second < 0 || second > 60)
		return false;
	if (separator(&s, ".,"))
	{
		if (digits(&s, 1) < 0)
			return false;
		while (ascii_is_digit(*s))
			s++;
	}
	if (!offset_of(s, &offset))
		return false;
	*seconds = (calendar_days(year, month, day) + CALENDAR_UNIX_DAYS) *
		INT64_C(86400) + hour * 3600 + minute * 60 + second - offset;
	return true;
}

bool
cred_doc_is_token(const char *text)
{
	const char *s = text;

	while (*s > ' ' && *s < 0x7f)
		s++;
	return *s == '\0' && s > text;
}

/* 127.x.y.z */
static bool
is_loopback_v4(const char *host)
{
	int			part[4];
	char		tail;

	if (strspn(host, "0123456789.") != strlen(host) ||
		sscanf(host, "%3d.%3d.%3d.%3d%c", &part[0], &part[1], &part[2],
			   &part[3], &tail) != 4)
		return false;
	return part[0] == 127 && part[1] <= 255 && part[2] <= 255 &&
		part[3] <= 255;
}

bool
cred_doc_container_url(const char *url)
{
	static const char *const hosts[] = {
		"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
		"[::1]"
	};
	bool		https = strncasecmp(url, "https://", 8) == 0;
	char		host[64];
	const char *s;
	size_t		len;
	size_t		authority;

	if (!cred_doc_is_token(url) ||
		(!https && strncasecmp(url, "http://", 7) != 0))
		return false;
	s = url + (https ? 8 : 7);
	authority = strcspn(s, "/?#");
	/* what a client could take for another host */
	if (memchr(s, '@', authority) || memchr(s, '\\', authority))
		return false;
	len = s[0] == '[' ? strcspn(s, "]/?#") : strcspn(s, ":/?#");
	if (s[0] == '[' && s[len] == ']')
		len++;
	if (len == 0 || strspn(s + len, ":0123456789") != authority - len ||
		(authority > len && s[len] != ':'))
		return false;
	if (https)
		return true;
	if (len >= sizeof(host))
		return false;
	memcpy(host, s, len);
	host[len] = '\0';
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strcasecmp(hosts[i], host) == 0)
			return true;
	return is_loopback_v4(host);
}

bool
cred_doc_repeats(const char *text, const char *secret)
{
	size_t		len = strlen(secret);
	size_t		left = strlen(text);
	size_t		run = len < TELLING ? len : TELLING;

	if (len == 0)
		return false;
	for (; left >= run; text++, left--)
		for (size_t i = 0; i + run <= len; i++)
			if (text[0] == secret[i] && memcmp(text, secret + i, run) == 0)
				return true;
	return false;
}
