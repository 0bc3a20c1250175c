/*
 * variants.h: an op whose best formula depends on its parameters has a variant for each, numbered from 0. The choice is made once a call,
 * by <op>_variant in activations.h, so that each kernel and each loop holds one formula. The op's limit in ops.def says how many there are.
 */
#ifndef RAMP_VARIANTS_H
#define RAMP_VARIANTS_H

#define RAMP_VARIANTS_RAMP_LIMIT_NONE         1
#define RAMP_VARIANTS_RAMP_LIMIT_FINITE       1
#define RAMP_VARIANTS_RAMP_LIMIT_NOT_NEGATIVE 1
#define RAMP_VARIANTS_RAMP_LIMIT_SCALE        1
#define RAMP_VARIANTS_RAMP_LIMIT_ORDER        1
#define RAMP_VARIANTS_RAMP_LIMIT_SPAN         5
#define RAMP_MAX_VARIANTS                     5

/* RAMP_EACH_VARIANT_<limit>(M, ...): M(variant, ...) for each. */
#define RAMP_EACH_VARIANT_RAMP_LIMIT_NONE(M, ...)         M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_FINITE(M, ...)       M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_NOT_NEGATIVE(M, ...) M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_SCALE(M, ...)        M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_ORDER(M, ...)        M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_SPAN(M, ...)         M(0, __VA_ARGS__) M(1, __VA_ARGS__) M(2, __VA_ARGS__) M(3, __VA_ARGS__) M(4, __VA_ARGS__)

#endif
