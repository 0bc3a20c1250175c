/* plan.h: how much is proven: the stretches of a subject. */
#ifndef CHECK_PLAN_H
#define CHECK_PLAN_H

#include "session.h"
#include "stretch.h"

enum { plan_most = 12 };

/* Prime, so that a sweep meets every combination of low bits. A subject that is not thorough has the coarse one. */
enum { plan_stride_full = 1, plan_stride = 1021, plan_stride_mixed = 4093, plan_stride_coarse = 65521, plan_full_f64 = 10000000 };

typedef struct plan {
    stretch list[plan_most];
    size_t count;
    uint64_t inputs;
    uint64_t *point; /* the special values and the edges, which the stretches point to */
} plan;

/* Looks for the edges on the CPU lane. The library's error otherwise. */
ramp_status plan_new(const check_session *s, const check_subject *what, plan *p);
void plan_free(plan *p);

/* Inputs of a subject without those around its points, which are few: what the time is guessed from. */
double plan_size(const check_session *s, const check_subject *what);

/* Of all inputs of a dtype that there are, 2^32 or 65,536, the share that a thorough subject is proven on, with dy = 1. f64: NaN, too small to tell. */
double plan_share(const check_session *s, ramp_dtype dtype, check_pass pass);

#endif
