/*
 * dialect.h: who compiles me? Gives C11, CUDA C++ and OpenCL C 1.2 one vocabulary, for one dtype a translation unit.
 *
 * The including build defines RAMP_DTYPE_F32, F64, F16 or BF16. The last two are types of memory (storage.h), and compute in float. Then
 *   real     the compute type                     K(1.5)    a constant of it
 *   RAMP_STORED_BITS, RAMP_BITS                   bits of an element in memory, and of a real
 *   bits     the unsigned integer of its size     as_bits(x), as_real(u)    bit casts
 *   real_fma(a, b, c)                             a * b + c, rounded once
 *   real_abs(x)                                   |x|, which costs GPUs nothing
 *   RAMP_FN  the start of every device function, RAMP_FAR_FN of one whose registers every kernel would otherwise have to set aside
 *
 * Nothing here or in the headers that follow may be contracted, reassociated, flushed to zero or handed to a math library: the same bits on every
 * compiler depend on it.
 */
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(__ASSOCIATIVE_MATH__) ||                  \
    defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__)
#error "ramp's kernels must not be compiled with fast-math: their results are exact"
#endif

#if !defined(RAMP_DTYPE_F32) && !defined(RAMP_DTYPE_F64) && !defined(RAMP_DTYPE_F16) && !defined(RAMP_DTYPE_BF16)
#error "no dtype: define RAMP_DTYPE_F32, RAMP_DTYPE_F64, RAMP_DTYPE_F16 or RAMP_DTYPE_BF16"
#endif

#if defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
#pragma OPENCL FP_CONTRACT OFF
#define RAMP_FN           static inline __attribute__((always_inline)) /* as in C */
#define RAMP_FAR_FN       static __attribute__((noinline))
#define real_fma(a, b, c) fma((a), (b), (c))
#define real_abs(x)       fabs(x)
#elif defined(__CUDACC__)
#define RAMP_FN     static __device__ __forceinline__
#define RAMP_FAR_FN static __device__ __noinline__
#else
#include <math.h>
#include <stdint.h>
#include <string.h>
#define RAMP_FN     static inline __attribute__((always_inline)) /* a call left standing keeps a loop from vectorising */
#define RAMP_FAR_FN RAMP_FN
#endif

#if defined(RAMP_DTYPE_F64)
#define K(c)      c
#define RAMP_BITS 64
#else
#define K(c)      c##f
#define RAMP_BITS 32
#endif

#if RAMP_BITS == 64 && (defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__))
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double real;
typedef ulong bits;
#define as_bits(x) as_ulong(x)
#define as_real(u) as_double(u)
#elif defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
typedef float real;
typedef uint bits;
#define as_bits(x) as_uint(x)
#define as_real(u) as_float(u)
#elif RAMP_BITS == 64 && defined(__CUDACC__)
typedef double real;
typedef unsigned long long bits;
#define as_bits(x)        ((bits)__double_as_longlong(x))
#define as_real(u)        __longlong_as_double((long long)(u))
#define real_fma(a, b, c) __fma_rn((a), (b), (c))
#define real_abs(x)       fabs(x)
#elif defined(__CUDACC__)
typedef float real;
typedef unsigned int bits;
#define as_bits(x)        __float_as_uint(x)
#define as_real(u)        __uint_as_float(u)
#define real_fma(a, b, c) __fmaf_rn((a), (b), (c))
#define real_abs(x)       fabsf(x)
#else
#if RAMP_BITS == 64
typedef double real;
typedef uint64_t bits;
#define real_fma(a, b, c) fma((a), (b), (c))
#define real_abs(x)       fabs(x)
#else
typedef float real;
typedef uint32_t bits;
#define real_fma(a, b, c) fmaf((a), (b), (c))
#define real_abs(x)       fabsf(x)
#endif
RAMP_FN bits as_bits(real x) {
    bits u;
    memcpy(&u, &x, sizeof u);
    return u;
}
RAMP_FN real as_real(bits u) {
    real x;
    memcpy(&x, &u, sizeof x);
    return x;
}
#endif

/* RAMP_RETURN_IF(quick, settled, y): the common case is settled; what follows in the function is the rare rest. The quick form leaves the
 * rest out and returns NaN in its place, so that a loop of it has no branch: its caller computes what is NaN again in full. `quick` is a
 * constant. */
#define RAMP_RETURN_IF(quick, settled, y)                                                                                                  \
    if (quick) return (settled) ? (y) : RAMP_NAN;                                                                                          \
    if (settled) return (y)

#define RAMP_SIGN_BIT ((bits)1 << (RAMP_BITS - 1))

#if RAMP_BITS == 64
#define RAMP_NAN as_real((bits)0x7ff8000000000000u)
#else
#define RAMP_NAN as_real((bits)0x7fc00000u)
#endif

#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
#define RAMP_STORED_BITS 16
#else
#define RAMP_STORED_BITS RAMP_BITS
#endif

/* A row of a function's table, 16 bytes that one load takes: rows.h. */
#if defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
#if RAMP_BITS == 64
typedef double2 ramp_row;
#else
typedef uint4 ramp_row;
#endif
#if defined(RAMP_WITH_ROWS)
#define RAMP_ROWS_SPACE global
#endif
#else
#define RAMP_ROWS_SPACE
#if defined(__CUDACC__) && RAMP_BITS == 64
typedef double2 ramp_row;
#elif defined(__CUDACC__)
typedef uint4 ramp_row;
#elif RAMP_BITS == 64
typedef struct ramp_row {
    double x, y;
} ramp_row;
#else
typedef struct ramp_row {
    uint32_t x, y, z, w;
} ramp_row;
#endif
#endif

/* An op's parameters, rounded to the compute type; those that it does not have are 0. And the rows of its table, where it has one: in OpenCL only where the
 * build says that it has (RAMP_WITH_ROWS). With a pointer beside them NVIDIA's compiler keeps parameters in memory: hardtanh took 1.14 of a copy on an H200. */
typedef struct ramp_params {
    real p0, p1, p2, p3;
#if defined(RAMP_ROWS_SPACE)
    RAMP_ROWS_SPACE const ramp_row *rows;
#endif
} ramp_params;
