/* traits.h: what an op promises of its values to each other: it never falls, it is odd, it stays within its bounds. */
#ifndef CHECK_TRAITS_H
#define CHECK_TRAITS_H

#include "session.h"

/* Forward results y for inputs x of the CPU lane, n in a chunk. 0: all promises hold; else how many are broken, `why` says the first, and *at is
 * its element. */
uint64_t traits_broken(const check_session *s, const check_subject *what, size_t n, const void *x, const void *y, char *why,
                       size_t capacity, size_t *at);

#endif
