/* large.h: what test_large is made of. */
#ifndef RAMP_TESTS_LARGE_H
#define RAMP_TESTS_LARGE_H

#include <ramp/ramp.h>

/* ---- large_sparse.c: more addresses than memory ---- */

/* A file in memory of `bytes`; -1 and errno. */
int sparse_file(const char *name, size_t bytes);

/* `bytes` of addresses, all the same `file` of `file_bytes`, a multiple of any page, over and over; NULL and errno where there is no such room. */
char *sparse_map(size_t bytes, int file, size_t file_bytes);
void sparse_unmap(char *base, size_t bytes);

/* Memory of its own for some of those addresses, whole pages, in which every byte is `poison`; 0 and errno. */
int sparse_own(char *start, size_t bytes, int poison);

/* ---- large_views.c ---- */

/* Strided views and masks, held to the CPU's results of the same elements: of about so many elements, or 0: more than 2^31 in f32 and 2^32 in f16.
 * only_far: those of few elements, whose places are as far apart. What does not fit the device is left out, and said so. */
void large_views(ramp_device *dev, int only_far, uint64_t elements);

#endif
