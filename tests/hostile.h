/* hostile.h: the floating-point modes of a process that cares little for others: results are rounded up, and subnormal numbers are zeros. */
#ifndef RAMP_TESTS_HOSTILE_H
#define RAMP_TESTS_HOSTILE_H

#include <fenv.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
enum { hostile_modes = 0x8040 | 0x4000 }; /* FTZ, DAZ, upward */
static inline unsigned hostile_read(void) { return _mm_getcsr() & (0x8040u | 0x6000u); }
static inline void hostile_write(void) { _mm_setcsr(_mm_getcsr() | hostile_modes); }
#elif defined(__aarch64__)
enum { hostile_modes = 1 << 24 | 1 << 22 }; /* FZ, upward */
static inline unsigned hostile_read(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    return (unsigned)control & (1u << 24 | 3u << 22);
}
static inline void hostile_write(void) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)hostile_modes) : "memory"); }
#else
enum { hostile_modes = 0 };
static inline unsigned hostile_read(void) { return 0; }
static inline void hostile_write(void) {}
#endif

/* For this thread, and those that it starts. */
static inline void hostile_enter(void) {
    fesetround(FE_UPWARD);
    hostile_write();
}

/* Whether it is so still. */
static inline int hostile_holds(void) { return fegetround() == FE_UPWARD && hostile_read() == hostile_modes; }

#endif
