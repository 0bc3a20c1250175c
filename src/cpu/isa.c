/* isa.c: which loops this processor runs best. */
#include "loops.h"

#define DECLARE(isa) extern const cpu_loops cpu_loops_f32_##isa, cpu_loops_f64_##isa;
#define ISA(isa)                                                                                                                           \
    {                                                                                                                                      \
#isa, { &cpu_loops_f32_##isa, &cpu_loops_f64_##isa }                                                                               \
    }

DECLARE(baseline)
static const cpu_isa baseline = ISA(baseline);

#if defined(RAMP_HAVE_AVX2)
DECLARE(avx2)
static const cpu_isa avx2 = ISA(avx2);
#endif

#if defined(RAMP_HAVE_AVX512)
DECLARE(avx512)
static const cpu_isa avx512 = ISA(avx512);
#endif

const cpu_isa *cpu_isa_best(void) {
#if defined(RAMP_HAVE_AVX512)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        return &avx512;
#endif
#if defined(RAMP_HAVE_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2;
#endif
    return &baseline;
}
