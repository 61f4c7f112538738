/*-------------------------------------------------------------------------
 *
 * layouts.h
 *	  The layouts of the files at hand, each kept once.
 *
 * The files of a log mostly have one layout, which may be large: a wide table
 * has thousands of columns, and a column with role row needs all their names.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_LOG_LAYOUTS_H
#define CDC_LOG_LAYOUTS_H

#include "postgres.h"

#include "log/layout.h"

/*
 * Returns the layout that is kept and equal to this one; where there is none, a
 * copy is kept.  It lives until layouts_release() was called as often as this
 * and layouts_hold().
 */
extern const Layout *layouts_share(const LogConfig *config,
								   const Layout *layout);

/* Holds a layout of layouts_share() once more, and returns it; accepts NULL. */
extern const Layout *layouts_hold(const Layout *layout);

/* Gives a layout back; accepts NULL.  Raises no error. */
extern void layouts_release(const Layout *layout);

/* Returns the bytes that all layouts take which are kept. */
extern size_t layouts_memory(void);

#endif							/* CDC_LOG_LAYOUTS_H */
