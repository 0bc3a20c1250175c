/* loop.h: what loops.c, short.c and pairs.c are written with. Include dialect.h first. */
#ifndef RAMP_CPU_LOOP_H
#define RAMP_CPU_LOOP_H

#include <stdbool.h>
#include <stddef.h>

/* Element i of an output depends on elements i of the inputs alone, which may be the same memory: no iteration waits for another. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

static inline ramp_params round_params(const double *param) {
    return (ramp_params){.p0 = (real)param[0], .p1 = (real)param[1], .p2 = (real)param[2], .p3 = (real)param[3]};
}

#define LOOP_IN_FULL(y)                                                                                                                    \
    for (size_t i = 0; i < n; i++) out[i] = (y)
#define LOOP(y) INDEPENDENT LOOP_IN_FULL(y)

/* WHEN(is)(...): its arguments where `is` comes to 1. AND: the same, in those of WHEN. */
#define WHEN(is)    WHEN_OF(is)
#define WHEN_OF(is) WHEN_##is
#define WHEN_1(...) __VA_ARGS__
#define WHEN_0(...)
#define AND(is)    AND_OF(is)
#define AND_OF(is) AND_##is
#define AND_1(...) __VA_ARGS__
#define AND_0(...)

#endif
