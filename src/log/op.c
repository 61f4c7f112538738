/*-------------------------------------------------------------------------
 *
 * op.c
 *	  The operation that a record begins with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/op.h"

bool
layout_parse_op(const char *s, size_t len, LogOp *op)
{
	static const struct
	{
		const char *name;
		LogOp		op;
	}			ops[] =
	{
		{"I", LOG_INSERT}, {"U", LOG_UPDATE}, {"D", LOG_DELETE},
		{"INSERT", LOG_INSERT}, {"UPDATE", LOG_UPDATE}, {"DELETE", LOG_DELETE}
	};

	if (len == 1)
	{
		*op = *s == 'I' ? LOG_INSERT : *s == 'U' ? LOG_UPDATE : LOG_DELETE;
		if (*s == 'I' || *s == 'U' || *s == 'D')
			return true;
	}
	for (int i = 0; i < lengthof(ops); i++)
	{
		if (strlen(ops[i].name) == len && pg_strncasecmp(s, ops[i].name, len) == 0)
		{
			*op = ops[i].op;
			return true;
		}
	}
	return false;
}

LayoutQlikOp
layout_qlik_op(const char *s, size_t len)
{
	static const struct
	{
		const char *name;
		LayoutQlikOp op;
	}			ops[] =
	{
		{"B", LAYOUT_QLIK_BEFORE}, {"BEFOREIMAGE", LAYOUT_QLIK_BEFORE},
		{"T", LAYOUT_QLIK_TRUNCATE}, {"TRUNCATE", LAYOUT_QLIK_TRUNCATE}
	};

	for (int i = 0; i < lengthof(ops); i++)
	{
		if (strlen(ops[i].name) == len && pg_strncasecmp(s, ops[i].name, len) == 0)
			return ops[i].op;
	}
	return LAYOUT_QLIK_NONE;
}

bool
layout_begins_record(const LogConfig *config, const char *s, size_t len)
{
	LogOp		op;

	return layout_parse_op(s, len, &op) ||
		(config->op_column != NULL && layout_qlik_op(s, len) != LAYOUT_QLIK_NONE);
}

bool
layout_is_qlik_op(const CsvRecord *r, int i)
{
	const CsvField *f = csv_field(r, i);

	return !f->quoted && layout_qlik_op(f->data, f->len) != LAYOUT_QLIK_NONE;
}
