/* fraction.h: rounding, once, of quads and of quotients that no quad holds. */
#ifndef RAMP_TESTS_FRACTION_H
#define RAMP_TESTS_FRACTION_H

#include "row.h"

/* The compute type's: f64's, or else f32's. A tie goes to the even one, what is too large to infinity. */
double round_quad(ramp_dtype dtype, quad q);

/* top / bottom, neither 0, correctly rounded, whatever its operands' exponents. */
double round_fraction(ramp_dtype dtype, const fraction *f);

quad quad_of_fraction(const fraction *f);

/* The power of two after the compute type's largest number: what an infinity stands for. */
quad quad_beyond(ramp_dtype dtype);

/* The ulp of the type in the binade that |a| > 0 lies in; bounded: at least the smallest subnormal, at most that of the largest
 * number. */
quad quad_ulp(ramp_dtype dtype, quad a, int bounded);

#endif
