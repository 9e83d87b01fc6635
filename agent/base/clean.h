/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cleanup attributes for locals, and the two ways to hand ownership on. */
#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SK_MUST_CHECK __attribute__((warn_unused_result))
#define SK_PRINTF(f, a) __attribute__((format(printf, f, a)))

static inline void clean_free(void *p)
{
    free(*(void **)p);
}

static inline void clean_close(int *fd)
{
    int saved = errno;
    if (*fd >= 0)
        close(*fd);
    errno = saved;
}

static inline void clean_file(FILE **f)
{
    if (*f)
        fclose(*f);
}

static inline void clean_dir(DIR **d)
{
    if (*d)
        closedir(*d);
}

#define autofree __attribute__((cleanup(clean_free)))
#define autoclose __attribute__((cleanup(clean_close)))
#define autofile __attribute__((cleanup(clean_file)))
#define autodir __attribute__((cleanup(clean_dir)))

/* Take the descriptor out of *fd, leaving -1, so that a cleanup does not close it. */
static inline int steal_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* Take the pointer out of *(p), leaving NULL. */
#define steal_ptr(p)                                                                               \
    ({                                                                                             \
        __typeof__(*(p)) taken_ = *(p);                                                            \
        *(p) = NULL;                                                                               \
        taken_;                                                                                    \
    })

#define array_count(a) (sizeof(a) / sizeof((a)[0]))

#endif
