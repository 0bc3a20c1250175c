/* isa.c: which loops this processor runs best. */
#include "loops.h"

#if defined(RAMP_HAVE_AVX2)
#include <cpuid.h>
#endif

#define DECLARE(isa)                                                                                                                       \
    extern const cpu_loops cpu_loops_f32_##isa, cpu_loops_f64_##isa;                                                                       \
    extern const cpu_storage cpu_storage_f16_##isa, cpu_storage_bf16_##isa;                                                                \
    extern const cpu_short cpu_short_f16_##isa;                                                                                            \
    extern const cpu_pairs cpu_pairs_bf16_##isa;
#define ISA(isa)                                                                                                                           \
    {                                                                                                                                      \
        .name = #isa, .loops = {&cpu_loops_f32_##isa, &cpu_loops_f64_##isa}, .storage = {&cpu_storage_f16_##isa, &cpu_storage_bf16_##isa}, \
        .shorts = &cpu_short_f16_##isa, .pairs = &cpu_pairs_bf16_##isa                                                                     \
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

#if defined(RAMP_HAVE_AVX2)
/* The conversions of f16: __builtin_cpu_supports does not know their name in every compiler. */
static int has_f16c(void) {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}
#endif

const cpu_isa *cpu_isa_best(void) {
#if defined(RAMP_HAVE_AVX512)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma") && has_f16c())
        return &avx512;
#endif
#if defined(RAMP_HAVE_AVX2)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c()) return &avx2;
#endif
    return &baseline;
}
