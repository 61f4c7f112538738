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
op_parse(const char *s, size_t len, LogOp *op)
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

QlikOp
op_parse_qlik(const char *s, size_t len)
{
	static const struct
	{
		const char *name;
		QlikOp op;
	}			ops[] =
	{
		{"B", OP_QLIK_BEFORE}, {"BEFOREIMAGE", OP_QLIK_BEFORE},
		{"T", OP_QLIK_TRUNCATE}, {"TRUNCATE", OP_QLIK_TRUNCATE}
	};

	for (int i = 0; i < lengthof(ops); i++)
	{
		if (strlen(ops[i].name) == len && pg_strncasecmp(s, ops[i].name, len) == 0)
			return ops[i].op;
	}
	return OP_QLIK_NONE;
}

bool
op_begins_record(const LogConfig *config, const char *s, size_t len)
{
	LogOp		op;

	return op_parse(s, len, &op) ||
		(config->op_column != NULL && op_parse_qlik(s, len) != OP_QLIK_NONE);
}

bool
op_is_qlik(const CsvRecord *r, int i)
{
	const CsvField *f = csv_field(r, i);

	return !f->quoted && op_parse_qlik(f->data, f->len) != OP_QLIK_NONE;
}
