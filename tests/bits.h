/* bits.h: numbers as bit patterns, because a zero's sign and a NaN's payload are part of a test's input. */
#ifndef RAMP_TESTS_BITS_H
#define RAMP_TESTS_BITS_H

#include <ramp/ramp.h>

/* RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16: the name, bytes an element, bits of the stored significand, and the pattern of +infinity. */
const char *bits_name(ramp_dtype dtype);
size_t bits_size(ramp_dtype dtype);
int bits_mantissa(ramp_dtype dtype);
uint64_t bits_infinity(ramp_dtype dtype);

uint64_t bits_load(ramp_dtype dtype, const void *array, size_t index);
void bits_store(ramp_dtype dtype, void *array, size_t index, uint64_t pattern);

double bits_value(ramp_dtype dtype, uint64_t pattern);
uint64_t bits_of(ramp_dtype dtype, double value); /* rounded to the type; f16 and bf16: to float first */

int bits_is_nan(ramp_dtype dtype, uint64_t pattern);

/* Equal bit for bit; all NaNs are one. */
int bits_same(ramp_dtype dtype, uint64_t a, uint64_t b);

/* The pattern of the number `steps` neighbours above (or below) one that is not NaN; it stops at the infinities. */
uint64_t bits_step(ramp_dtype dtype, uint64_t pattern, int steps);

/* splitmix64: every state is good, so a case's number and the seed make its stream. */
uint64_t random_next(uint64_t *state);
double random_unit(uint64_t *state); /* 0 to 1 */

#endif
