/* environment.h: the floating-point environment that the results are defined in: round to nearest, gradual underflow, nothing trapped. */
#ifndef RAMP_ENVIRONMENT_H
#define RAMP_ENVIRONMENT_H

#if defined(__x86_64__)
#include <immintrin.h>
typedef unsigned float_environment;
enum { mxcsr_default = 0x1f80 }; /* all exceptions masked, round to nearest, no FTZ, no DAZ */

/* Set it for this thread; returns what to restore, the caller's exception flags included. */
static inline float_environment float_environment_enter(void) {
    unsigned before = _mm_getcsr();
    _mm_setcsr(mxcsr_default);
    return before;
}
static inline void float_environment_leave(float_environment before) { _mm_setcsr(before); }

#elif defined(__aarch64__)
#include <stdint.h>
typedef struct float_environment {
    uint64_t control, flags;
} float_environment;
static inline float_environment float_environment_enter(void) {
    float_environment before;
    __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr\n\tmsr fpcr, %2"
                     : "=&r"(before.control), "=&r"(before.flags)
                     : "r"((uint64_t)0)
                     : "memory");
    return before;
}
static inline void float_environment_leave(float_environment before) {
    __asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %1" : : "r"(before.control), "r"(before.flags) : "memory");
}

#else
#include <fenv.h>
typedef fenv_t float_environment;
static inline float_environment float_environment_enter(void) {
    float_environment before;
    fegetenv(&before);
    fesetenv(FE_DFL_ENV);
    return before;
}
static inline void float_environment_leave(float_environment before) { fesetenv(&before); }
#endif

#endif
