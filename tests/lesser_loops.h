/*
 * lesser_loops.h: a test built for lesser loops than this processor's best (RAMP_LESSER_LOOPS, tests/CMakeLists.txt) has both: the CPU devices
 * that it opens have the lesser ones, until it says otherwise.
 */
#ifndef RAMP_TESTS_LESSER_LOOPS_H
#define RAMP_TESTS_LESSER_LOOPS_H

/* CPU devices opened from here on have the best loops. 1: those before had lesser ones. */
#if defined(RAMP_LESSER_LOOPS)
int best_loops_from_here(void);
#else
static inline int best_loops_from_here(void) { return 0; }
#endif

#endif
