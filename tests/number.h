/*
 * number.h: the scalar type that reference.c is written on, and its functions. reference.c is compiled twice: with `number` a double, and,
 * where REFERENCE_QUAD is defined, a quad, which has 113 bits and an exponent of 15.
 */
#ifndef RAMP_TESTS_NUMBER_H
#define RAMP_TESTS_NUMBER_H

#include <float.h>
#include <math.h>

#if defined(__x86_64__) && defined(__GNUC__)
__extension__ typedef __float128 quad;
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 26)
#define QUAD(function) function##f128 /* declared here: math.h does so for some compilers and modes only */
#else
#define QUAD(function) function##q /* libquadmath, whose header only gcc finds */
#endif
quad QUAD(exp)(quad x);
quad QUAD(expm1)(quad x);
quad QUAD(log1p)(quad x);
quad QUAD(tanh)(quad x);
quad QUAD(cosh)(quad x);
quad QUAD(erfc)(quad x);
quad QUAD(ldexp)(quad x, int exponent);
int QUAD(ilogb)(quad x);
#elif LDBL_MANT_DIG >= 113
typedef long double quad;
#define QUAD(function) function##l
#else
#error "the oracle needs 113-bit floats: __float128 on x86-64, or a long double that has them"
#endif

/* exp(-DEEPEST) is so small that whatever it is multiplied by in a row, and by any dy, the product rounds to 0, and so large that no parameter
 * takes it out of the normal numbers. For a double that is so of f32 only, and that is what the doubles are for. */
#ifdef REFERENCE_QUAD
typedef quad number;
#define NUMBER(function) QUAD(function)
#define DEEPEST          8000
#else
typedef double number;
#define NUMBER(function) function
#define DEEPEST          560
#endif

/* A constant of more bits than a double has: the sum of three. */
#define CONSTANT(high, middle, low) ((number)(high) + ((number)(middle) + (number)(low)))
/* A decimal constant, exact in the definition: a quotient of integers. */
#define DECIMAL(digits, scale) ((number)(long long)(digits) / (number)(long long)(scale))

/* Positive but at -infinity, however small: an op's sign must not be lost before the last rounding. */
static inline number EXP(number x) { return x >= -DEEPEST || x != x ? NUMBER(exp)(x) : x * 0 != 0 ? 0 : NUMBER(exp)((number)-DEEPEST); }

static inline number EXPM1(number x) { return NUMBER(expm1)(x); }
static inline number LOG1P(number x) { return NUMBER(log1p)(x); }
static inline number TANH(number x) { return NUMBER(tanh)(x); }
static inline number COSH(number x) { return NUMBER(cosh)(x); }
static inline number ERFC(number x) { return NUMBER(erfc)(x); }
static inline number ABS(number x) { return x < 0 ? -x : x; }

#endif
