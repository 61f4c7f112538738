/*-------------------------------------------------------------------------
 *
 * shown.h
 *	  Texts of a file as messages can show them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_SHOWN_H
#define CDC_LOG_SHOWN_H

#include "postgres.h"

#include "format/csv/csv.h"

/* Bytes of a text that are shown at most, without the dots that say so. */
#define SHOWN_MAX		100

/*
 * The len bytes at data, which should be UTF-8, as a text of the server's
 * encoding: bytes that are no character of it, and control characters, as \xNN;
 * what is too long ends in "...".  Where messages must not show values of the
 * log (position.h), what they have in its place.  palloc'd; raises nothing.
 */
extern char *shown_text(const char *data, size_t len);

/*
 * The len bytes at data, which should be UTF-8, exactly as they are, as a text of
 * the server's encoding; NULL where they are none, or a character is not in that
 * encoding.  palloc'd; raises nothing.
 */
extern char *shown_exactly(const char *data, size_t len);

/* Returns field i (from 0) of a record as shown_text() has it. */
static inline char *
shown_field(const CsvRecord *r, int i)
{
	const CsvField *f = csv_field(r, i);

	return shown_text(f->data, f->len);
}

#endif							/* CDC_LOG_SHOWN_H */
