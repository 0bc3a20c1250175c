/*
 * storage.h: from memory to the compute type and back. Include dialect.h first.
 *
 *   stored                 an element in memory: real itself, or, of f16 and bf16, its 16 bits
 *   real load_stored(s)    its value, exactly
 *   stored store_real(x)   x rounded once, to nearest, ties to even: subnormals are kept, what rounds above the largest number is infinity, and
 *                          NaN stays NaN, whose payload is free
 *
 * CUDA and OpenCL's GPUs convert f16 in hardware, OpenCL through private memory: there vload_half and vstore_half_rte need no extension. NVIDIA's from compute
 * capability 8.0 on store bf16 so too: OpenCL takes that instruction where the build defines RAMP_PTX. Elsewhere, and for bf16, integers do,
 * with selections and no branch, so that a loop of them vectorises; and with hardly a float that is subnormal, which some processors are
 * slow at.
 */
#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
#if defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
typedef ushort half_bits;
#elif defined(__CUDACC__)
typedef unsigned short half_bits;
#else
typedef uint16_t half_bits;
#endif
typedef half_bits stored;
#else
typedef real stored;
#endif

#if defined(RAMP_DTYPE_F16) && defined(__CUDACC__)

RAMP_FN real load_stored(stored s) {
    real x;
    asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(s));
    return x;
}

RAMP_FN stored store_real(real x) {
    stored s;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(s) : "f"(x));
    return s;
}

#elif defined(RAMP_DTYPE_F16) && (defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)) && !defined(RAMP_RUN)

RAMP_FN real load_stored(stored s) { return vload_half(0, (const private half *)&s); }

RAMP_FN stored store_real(real x) {
    stored s;
    vstore_half_rte(x, 0, (private half *)&s);
    return s;
}

#elif defined(RAMP_DTYPE_F16)

/* An exponent's 5 bits are 112 less than a float's 8: one more step of 112 makes an infinity's. A subnormal is moved up by 2^-14, where it
 * shares an exponent with no other, and back, both exactly. */
RAMP_FN real load_stored(stored s) {
    bits size = (bits)(s & 0x7fffu) << 13, x = size + 0x38000000u;
    bits subnormal = as_bits(as_real(x + 0x00800000u) - K(0x1p-14));
    x = size >= 0x0f800000u ? x + 0x38000000u : size < 0x00800000u ? subnormal : x;
    return as_real(x | (bits)(s & 0x8000u) << 16);
}

/* A normal result: a carry out of the fraction goes on into the exponent, to infinity at last. A subnormal one is rounded by an addition to
 * 1/2, whose ulp is the smallest of them. */
RAMP_FN stored store_real(real x) {
    bits size = as_bits(x) & 0x7fffffffu;
    bits small = as_bits(as_real(size) + K(0.5)) - 0x3f000000u;
    bits s = (size - 0x38000000u + 0x0fffu + (size >> 13 & 1u)) >> 13;
    s = size < 0x38800000u ? small : s;
    s = size >= 0x47800000u ? 0x7c00u : s;
    s = size > 0x7f800000u ? 0x7e00u : s;
    return (stored)(s | (as_bits(x) >> 16 & 0x8000u));
}

#elif defined(RAMP_DTYPE_BF16)

/* The upper half of a float. */
RAMP_FN real load_stored(stored s) { return as_real((bits)s << 16); }

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800 || defined(RAMP_PTX)
RAMP_FN stored store_real(real x) {
    stored s;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(s) : "f"(x));
    return s;
}
#else
/* The same, with anything in the lower half. */
RAMP_FN bits rounded_to_upper(real x) {
    bits u = as_bits(x), rounded = u + 0x7fffu + (u >> 16 & 1u);
    return x != x ? 0x7fc00000u : rounded;
}
RAMP_FN stored store_real(real x) { return (stored)(rounded_to_upper(x) >> 16); }
#endif

#else

RAMP_FN real load_stored(stored s) { return s; }
RAMP_FN stored store_real(real x) { return x; }

#endif
