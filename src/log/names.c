/*-------------------------------------------------------------------------
 *
 * names.c
 *	  Which field of a header is which column, by its name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/varlena.h"

#include "log/names.h"
#include "log/position.h"
#include "log/shown.h"

HeaderName
names_field(const char *data, size_t len, int place)
{
	HeaderName	name = {data, len, place};

	for (size_t i = 0; GetDatabaseEncoding() != PG_UTF8 && i < len; i++)
	{
		char	   *text;

		if (!IS_HIGHBIT_SET(data[i]))
			continue;
		text = shown_exactly(data, len);
		if (text != NULL)
		{
			name.data = text;
			name.len = strlen(text);
		}
		break;
	}
	return name;
}

const char *
names_op(const LogConfig *config)
{
	return config->op_column ? config->op_column : NAMES_DMS_OP;
}

/* The k'th name under which i is sought; NULL: there are no more. */
static const char *
wanted_name(const LogConfig *config, int i, int k)
{
	if (i == NAMES_OP(config))
		return k == 0 ? names_op(config) : NULL;
	if (i == NAMES_TIME(config))
		return k == 0 ? config->timestamp_column : NULL;
	return config->columns[i].role == ROLE_NONE &&
		k < config->columns[i].nnames ? config->columns[i].names[k] : NULL;
}

const char *
names_first(const LogConfig *config, int i)
{
	return wanted_name(config, i, 0);
}

static bool
is_exactly(const HeaderName *field, const char *name)
{
	size_t		len = strlen(name);

	return field->len == len && memcmp(field->data, name, len) == 0;
}

static bool
is_folded(const HeaderName *field, const char *name)
{
	size_t		len = strlen(name);

	return field->len == len && pg_strncasecmp(field->data, name, len) == 0;
}

/* True if something is declared under exactly this name, found or not. */
static bool
is_owned(const LogConfig *config, const HeaderName *field)
{
	const char *name;

	for (int i = 0; i < NAMES_WANTED(config); i++)
		for (int k = 0; (name = wanted_name(config, i, k)) != NULL; k++)
		{
			CHECK_FOR_INTERRUPTS();
			if (is_exactly(field, name))
				return true;
		}
	return false;
}

static int
find_exactly(const LogConfig *config, const HeaderName *header, int n, int i)
{
	const char *name;

	for (int k = 0; (name = wanted_name(config, i, k)) != NULL; k++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int f = 0; f < n; f++)
			if (is_exactly(&header[f], name))
				return f;
	}
	return -1;
}

/* The only field whose name differs in case, where nobody owns it; or -1. */
static int
find_folded(const LogConfig *config, const HeaderName *header, int n, int i)
{
	const char *name;

	for (int k = 0; (name = wanted_name(config, i, k)) != NULL; k++)
	{
		int			found = -1;
		int			count = 0;

		CHECK_FOR_INTERRUPTS();
		for (int f = 0; f < n; f++)
		{
			if (is_folded(&header[f], name))
			{
				found = f;
				count++;
			}
		}
		/* the operation comes first: elsewhere "op" is a source's column */
		if (count == 1 && !is_owned(config, &header[found]) &&
			(i != NAMES_OP(config) || found == 0))
			return found;
	}
	return -1;
}

void
names_find(const LogConfig *config, const HeaderName *header, int n, int *pos,
		   bool *folded)
{
	int			wanted = NAMES_WANTED(config);
	int			unfound = 0;
	int		   *takers;

	for (int i = 0; i < wanted; i++)
	{
		pos[i] = find_exactly(config, header, n, i);
		folded[i] = false;
		unfound += pos[i] < 0;
	}
	if (unfound == 0)
		return;
	takers = palloc0(sizeof(int) * Max(n, 1));
	for (int i = 0; i < wanted; i++)
	{
		if (pos[i] >= 0)
			continue;
		pos[i] = find_folded(config, header, n, i);
		folded[i] = pos[i] >= 0;
		if (folded[i])
			takers[pos[i]]++;
	}
	/* two cannot both mean it */
	for (int i = 0; i < wanted; i++)
	{
		if (folded[i] && takers[pos[i]] > 1)
		{
			pos[i] = -1;
			folded[i] = false;
		}
	}
	pfree(takers);
}

/* Several fields have one of i's names in another case. */
static bool
are_several(const LogConfig *config, const HeaderName *header, int n, int i)
{
	const char *name;

	for (int k = 0; (name = wanted_name(config, i, k)) != NULL; k++)
	{
		int			count = 0;
		int			unowned = 0;

		CHECK_FOR_INTERRUPTS();
		for (int f = 0; f < n; f++)
		{
			if (!is_folded(&header[f], name))
				continue;
			count++;
			unowned += !is_owned(config, &header[f]);
		}
		if (count > 1 && unowned > 0)
			return true;
	}
	return false;
}

NameTwin
names_twin(const LogConfig *config, const HeaderName *header, int n,
		   const int *pos, const bool *folded, int i)
{
	if (pos[i] < 0 || folded[i])
		return are_several(config, header, n, i) ? NAME_SEVERAL : NAME_ALONE;
	for (int f = 0; f < n; f++)
	{
		if (f != pos[i] && header[f].len == header[pos[i]].len &&
			pg_strncasecmp(header[f].data, header[pos[i]].data,
						   header[f].len) == 0 &&
			!is_owned(config, &header[f]))
			return NAME_BESIDE;
	}
	return NAME_ALONE;
}

/* True if a field is something declared, or may be what DMS writes in front. */
static bool
is_taken(const LogConfig *config, const HeaderName *header, const int *pos,
		 int field)
{
	const char *time = names_first(config, NAMES_TIME(config));

	for (int i = 0; i < NAMES_WANTED(config); i++)
		if (pos[i] == field)
			return true;
	return (field == 0 && pos[NAMES_OP(config)] < 0 &&
			is_folded(&header[field], names_op(config))) ||
		(time != NULL && pos[NAMES_TIME(config)] < 0 &&
		 is_folded(&header[field], time));
}

char *
names_closest(const LogConfig *config, const HeaderName *header, int n,
			  const int *pos, const char *name)
{
	char	   *closest = NULL;
	int			best = Max(3, (int) strlen(name) / 2);

	/* where the option is wrong, names of a header are values */
	if (position_hides())
		return NULL;
	for (int f = 0; f < n && strlen(name) <= NAMEDATALEN; f++)
	{
		char	   *h;
		int			d;

		CHECK_FOR_INTERRUPTS();
		if (header[f].len > NAMEDATALEN || is_taken(config, header, pos, f))
			continue;
		h = shown_text(header[f].data, header[f].len);
		d = varstr_levenshtein_less_equal(h, strlen(h), name, strlen(name),
										  1, 1, 1, best, true);
		if (d <= best && (closest == NULL || d < best))
		{
			best = d;
			closest = h;
		}
		else
			pfree(h);
	}
	return closest;
}
