/* judge.h: the oracle on a chunk of results, on all processors. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "session.h"

/* What a chunk came to. An index is that of an element in the chunk. */
typedef struct verdict {
    uint64_t wrong;     /* results that break the promise */
    uint64_t unrounded; /* results further than half an ulp from the true value */
    double worst;       /* the largest error in ulp, and where */
    size_t worst_at, first_wrong;
} verdict;

/* n results `got` for inputs x (dy: forward NULL), numbers of the dtype. `only` NULL: all of them; else those where it is not 0. */
verdict judge_chunk(unsigned workers, const check_subject *what, size_t n, const void *x, const void *dy, const void *got,
                    const unsigned char *only);

/* Element i, with what the oracle says it should be. */
check_element judge_element(const check_subject *what, const void *x, const void *dy, const void *got, size_t i);

/* What an error may come to, in ulp. */
double judge_limit(const check_subject *what);

/* Seconds that one thread takes for one result. */
double judge_cost(const check_subject *what);

#endif
