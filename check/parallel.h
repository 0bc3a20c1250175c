/* parallel.h: a loop on all of the machine's processors. */
#ifndef CHECK_PARALLEL_H
#define CHECK_PARALLEL_H

#include <stddef.h>

enum {
    parallel_most = 256,  /* workers */
    parallel_piece = 2048 /* inputs: what they cost differs by a factor of a hundred, so none is given more at once */
};

/* How many processors this process may use, at most parallel_most. */
unsigned parallel_workers(void);

/* work(context, worker, from, to) for pieces that together are 0 to count - 1, each of them parallel_piece but the last; worker is 0 to
 * workers - 1, and which gets which piece is chance. Returns when all are done. Where threads cannot be had, fewer do it all. */
void parallel_run(unsigned workers, size_t count, void (*work)(void *context, unsigned worker, size_t from, size_t to), void *context);

#endif
