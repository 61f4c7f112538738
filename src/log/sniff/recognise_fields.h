/*-------------------------------------------------------------------------
 *
 * recognise_fields.h
 *	  Fields of a sampled file, as recognise.c and its neighbours look at them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_RECOGNISE_FIELDS_H
#define CDC_LOG_RECOGNISE_FIELDS_H

#include "log/sniff/recognise.h"

/* Names that are compared with others: with more no table can be made. */
#define RECOGNISE_NAMES	1700

/*
 * The field of a file's header with this name, or else with one that differs
 * only in case; -1: none.  The file has records.
 */
extern int	recognise_field(const RecognisedFile *f, const char *name);

/*
 * True if a field holds a time in every record past the first skip ones, and
 * there are such records.
 */
extern bool recognise_all_times(const RecognisedFile *f, int field, int skip);

/* A byte for messages, in quotes, by name or by number; palloc'd. */
extern char *recognise_show_byte(char c);

/* True if some of a file's lines end in CR LF, others in LF. */
extern bool recognise_ends_differ(const RecognisedFile *f);

/*
 * Does a full load have a field more, which ends before field with, than the
 * table's columns, which a change file has from field first on?  timed: that
 * file's commit time is known, and before first.  The files have no header.
 */
extern Evidence recognise_reading(const RecogniseHints *hints,
								  const RecognisedFile *load, int with,
								  const RecognisedFile *change, int first,
								  bool timed);

/*
 * The oldest sampled change file with records, which was written soonest after
 * the full load; NULL: there is none.
 */
extern const RecognisedFile *recognise_oldest_changes(const Recognised *r);

/* True if the options say that there are no commit times. */
extern bool recognise_no_clock(const RecogniseHints *hints);

#endif							/* CDC_LOG_RECOGNISE_FIELDS_H */
