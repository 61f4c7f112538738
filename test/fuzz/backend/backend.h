/*-------------------------------------------------------------------------
 *
 * backend.h
 *	  Fuzz targets for what needs PostgreSQL around it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_FUZZ_BACKEND_H
#define CDC_FUZZ_BACKEND_H

/*
 * Take one input: size bytes, then a zero byte that is not among them.  What it
 * pallocs is freed behind it.  An error that users can cause is an answer; any
 * other, or abort(), is a failure.
 */
typedef void (*BackendTarget) (const char *text, size_t size);

extern void fuzz_convert(const char *text, size_t size);
extern void fuzz_settings(const char *text, size_t size);
extern void fuzz_tables(const char *text, size_t size);

#endif							/* CDC_FUZZ_BACKEND_H */
