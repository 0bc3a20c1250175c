/* patterns.h: what test_bits feeds the ops, made of integers alone: the same on every machine, whatever its floats do. */
#ifndef RAMP_TESTS_PATTERNS_H
#define RAMP_TESTS_PATTERNS_H

#include <ramp/ramp.h>

enum { patterns_capacity = 65537 }; /* elements; every dtype has an odd number of them, so that copies of them differ in their lanes */

/* Fill `array` with x, and with the dy that go with them; returns how many there are. f16, bf16: x is every pattern. */
size_t patterns_x(ramp_dtype dtype, void *array);
size_t patterns_dy(ramp_dtype dtype, void *array);

#endif
