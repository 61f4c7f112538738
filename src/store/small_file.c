/*-------------------------------------------------------------------------
 *
 * small_file.c
 *	  Reads small files without waiting: see small_file.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"

#include "store/small_file.h"

/* 0 where st is a regular file of at most max bytes, else an errno. */
static int
unfit(const struct stat *st, size_t max)
{
	if (!S_ISREG(st->st_mode))
		return EINVAL;
	return st->st_size > max ? EFBIG : 0;
}

char *
small_file_read(const char *path, size_t max, size_t *len)
{
	struct stat st;
	char	   *buf = NULL;
	int			error;
	int			fd;

	/* opening a device or a pipe can have effects: those are left closed */
	if (stat(path, &st) != 0)
		return NULL;
	if ((errno = unfit(&st, max)) != 0)
		return NULL;
	/* something else may have come in its place by now */
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | PG_BINARY);
	if (fd < 0)
		return NULL;
	error = fstat(fd, &st) != 0 ? errno : unfit(&st, max);
	*len = 0;
	if (error == 0)
	{
		ssize_t		n = 1;

		buf = palloc(st.st_size + 1);
		while (*len < st.st_size && n > 0)
		{
			n = read(fd, buf + *len, st.st_size - *len);
			if (n > 0)
				*len += n;
		}
		error = n < 0 ? errno : 0;
		buf[*len] = '\0';
	}
	CloseTransientFile(fd);
	errno = error;
	return error == 0 ? buf : NULL;
}
