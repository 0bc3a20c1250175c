/* judge.h: the oracle on a chunk of results, on all processors. */
#ifndef CHECK_JUDGE_H
#define CHECK_JUDGE_H

#include "batch.h"

/* What a chunk came to. An index is that of an element in the chunk. */
typedef struct verdict {
    uint64_t wrong;     /* results that break the promise */
    uint64_t unrounded; /* results further than half an ulp from the true value */
    double worst;       /* the largest error in ulp, and where */
    size_t worst_at, first_wrong;
} verdict;

/* The numbers `got` of a batch. `only` NULL: all of them; else those where it is not 0. */
verdict judge_chunk(unsigned workers, const check_subject *what, const check_batch *b, const void *got, const unsigned char *only);

/* Element i, with what the oracle says it should be; the same of a bit of the mask `got`, as numbers. */
check_element judge_element(const check_subject *what, const check_batch *b, const void *got, size_t i);
check_element judge_bit(const check_subject *what, const check_batch *b, const unsigned char *got, size_t i);

/* What an error may come to, in ulp; of a pass whose result is a mask, 0. */
double judge_limit(const check_subject *what);

/* Seconds that one thread takes for one result. */
double judge_cost(const check_subject *what);

#endif
