/*-------------------------------------------------------------------------
 *
 * store_text.c
 *	  Texts of strangers in messages.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "store/store.h"

int
store_control(const char *text)
{
	const unsigned char *s = (const unsigned char *) text;

	if (s[0] == '\0')
		return 0;
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	/* those of ISO 6429, as UTF-8 has them */
	return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

char *
store_clean_text(const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t		len = strlen(text);
	bool		valid = pg_verify_mbstr(GetDatabaseEncoding(), text, len,
										true);
	char	   *out = palloc(len * 3 + 1);
	char	   *p = out;
	int			control = 0;	/* bytes left of a control character */

	for (const unsigned char *s = (const unsigned char *) text; *s; s++)
	{
		control = Max(control, store_control((const char *) s));
		if (control > 0 || (*s >= 0x80 && !valid))
		{
			*p++ = '%';
			*p++ = hex[*s >> 4];
			*p++ = hex[*s & 15];
		}
		else
			*p++ = *s;
		control = Max(control - 1, 0);
	}
	*p = '\0';
	return out;
}
