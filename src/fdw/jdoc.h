/*-------------------------------------------------------------------------
 *
 * jdoc.h
 *	  Reading JSON documents that an operator supplies.
 *
 * Names of members are found in any case, since the tools that print such
 * documents do not agree on it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FDW_JDOC_H
#define CDC_FDW_JDOC_H

#include "postgres.h"

#include "utils/jsonb.h"

/* Parse an object or array, palloc'd; raises what is none, naming label. */
extern JsonbContainer *jdoc_read(const char *text, const char *label);

/* A member of an object; false where there is none. */
extern bool jdoc_member(JsonbContainer *object, const char *name,
						JsonbValue *value);
/* A member that is an object, or an array; NULL where it is not. */
extern JsonbContainer *jdoc_object(JsonbContainer *object, const char *name);
extern JsonbContainer *jdoc_array(JsonbContainer *object, const char *name);
/* A member that is text, number or boolean, as text; NULL where it is not. */
extern char *jdoc_text(JsonbContainer *object, const char *name);
/* Is it there and true, or yes, or 1? */
extern bool jdoc_true(JsonbContainer *object, const char *name);

/* Elements of an array, and the i'th if it is an object, else NULL. */
extern int	jdoc_length(JsonbContainer *array);
extern JsonbContainer *jdoc_element(JsonbContainer *array, int i);
/* The i'th if it is text, palloc'd, else NULL. */
extern char *jdoc_element_text(JsonbContainer *array, int i);

#endif							/* CDC_FDW_JDOC_H */
