/*-------------------------------------------------------------------------
 *
 * names.h
 *	  Which field of a header is which column, by its name.
 *
 * A name that stands in the header as declared is the column's, an alias
 * likewise.  One that differs only in case is taken where nothing is declared
 * under it exactly, and where it is the only one.  That no other file has both
 * names is for the caller to see, by names_twin().
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_NAMES_H
#define CDC_LOG_NAMES_H

#include "log/logconfig.h"
#include "log/repeated.h"

/*
 * What is sought in a header: each of LogConfig.columns by its index, then the
 * operation and the commit time.
 */
#define NAMES_OP(config)	((config)->ncolumns)
#define NAMES_TIME(config)	((config)->ncolumns + 1)
#define NAMES_WANTED(config)	((config)->ncolumns + 2)

/* What DMS calls the operation in a header. */
#define NAMES_DMS_OP	"Op"

/*
 * A header's field as it is compared with declared names: its text in the
 * server's encoding, if it has one there.
 */
extern HeaderName names_field(const char *data, size_t len, int place);

/* What the operation is called: by op_column_name, or as DMS does. */
extern const char *names_op(const LogConfig *config);

/* The first name under which i is sought, for messages. */
extern const char *names_first(const LogConfig *config, int i);

/*
 * Fill pos[0 .. NAMES_WANTED - 1] with numbers of the n fields, or -1, and
 * folded[] with whether the names differ in case.
 */
extern void names_find(const LogConfig *config, const HeaderName *header, int n,
					   int *pos, bool *folded);

/* What a header shows of a name that differs only in case. */
typedef enum NameTwin
{
	NAME_ALONE,
	NAME_BESIDE,				/* i's own name stands beside it: it is another */
	NAME_SEVERAL				/* there are several: any may be i's */
} NameTwin;

/*
 * Which of these i has in a header.  Names count that differ only in case from
 * i's, at least one of which is nobody's: beside i's own name, no file's name
 * that differs in case can be taken for i; where there are several and not i's
 * own, nothing tells which of them such a name is.  pos and folded as
 * names_find() fills them.
 */
extern NameTwin names_twin(const LogConfig *config, const HeaderName *header,
						   int n, const int *pos, const bool *folded, int i);

/*
 * The name in the header that is closest to one that is not there, of fields
 * that are nothing else by pos; palloc'd as messages can show it, or NULL.
 */
extern char *names_closest(const LogConfig *config, const HeaderName *header,
						   int n, const int *pos, const char *name);

#endif							/* CDC_LOG_NAMES_H */
