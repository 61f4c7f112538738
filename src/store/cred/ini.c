/*-------------------------------------------------------------------------
 *
 * ini.c
 *	  Reads the files of AWS's tools: see ini.h.  Pure C.
 *
 *-------------------------------------------------------------------------
 */
#include "store/cred/ini.h"

#include <string.h>
#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static IniText
trim(IniText t)
{
	while (t.len > 0 && is_blank(t.text[0]))
	{
		t.text++;
		t.len--;
	}
	while (t.len > 0 && is_blank(t.text[t.len - 1]))
		t.len--;
	return t;
}

/* The next line, without its end; false at the end of the file. */
static bool
next_line(const IniFile *file, size_t *at, IniText *line)
{
	const char *end;

	if (*at >= file->len)
		return false;
	line->text = file->text + *at;
	end = memchr(line->text, '\n', file->len - *at);
	line->len = end ? (size_t) (end - line->text) : file->len - *at;
	*at += line->len + 1;
	return true;
}

/* What stands between the brackets of a section's line. */
static bool
section_name(IniText line, IniText *name)
{
	const char *end;

	if (line.len == 0 || line.text[0] != '[')
		return false;
	end = memchr(line.text, ']', line.len);
	name->text = line.text + 1;
	name->len = end ? (size_t) (end - name->text) : 0;
	*name = trim(*name);
	return true;
}

static bool
equals(IniText t, const char *text)
{
	return t.len == strlen(text) && memcmp(t.text, text, t.len) == 0;
}

/* Is this the section of the profile? */
static bool
is_profile(const IniFile *file, IniText name, const char *profile)
{
	static const char word[] = "profile";
	size_t		len = sizeof(word) - 1;
	bool		named = name.len > len && memcmp(name.text, word, len) == 0 &&
		is_blank(name.text[len]);

	if (file->config && !named)
		return strcmp(profile, "default") == 0 && equals(name, profile);
	if (file->config)
	{
		name.text += len;
		name.len -= len;
		name = trim(name);
	}
	if (name.len >= 2 && (name.text[0] == '"' || name.text[0] == '\'') &&
		name.text[name.len - 1] == name.text[0])
	{
		name.text++;
		name.len -= 2;
	}
	return equals(name, profile);
}

/* A value ends at a comment that stands after a blank. */
static IniText
without_comment(IniText value)
{
	for (size_t i = 1; i < value.len; i++)
	{
		if ((value.text[i] == '#' || value.text[i] == ';') &&
			is_blank(value.text[i - 1]))
		{
			value.len = i;
			break;
		}
	}
	return trim(value);
}

/* "name = value", at the beginning of the line */
static bool
setting(IniText line, const char *name, IniText *value)
{
	const char *sign = line.len > 0 ? memchr(line.text, '=', line.len) : NULL;
	IniText		left = {line.text, sign ? (size_t) (sign - line.text) : 0};
	IniText		right;

	if (sign == NULL || is_blank(line.text[0]) || line.text[0] == '#' ||
		line.text[0] == ';')
		return false;
	left = trim(left);
	if (left.len != strlen(name) ||
		strncasecmp(left.text, name, left.len) != 0)
		return false;
	right.text = sign + 1;
	right.len = line.len - (size_t) (sign + 1 - line.text);
	*value = without_comment(right);
	return true;
}

bool
ini_has_profile(const IniFile *file, const char *profile)
{
	size_t		at = 0;
	IniText		line;
	IniText		name;

	while (next_line(file, &at, &line))
		if (section_name(line, &name) && is_profile(file, name, profile))
			return true;
	return false;
}

bool
ini_get(const IniFile *file, const char *profile, const char *name,
		IniText *value)
{
	size_t		at = 0;
	bool		inside = false;
	bool		found = false;
	IniText		line;
	IniText		section;

	while (next_line(file, &at, &line))
	{
		if (section_name(line, &section))
			inside = is_profile(file, section, profile);
		else if (inside && setting(line, name, value))
			found = true;
	}
	return found;
}
