/*
 * variants.h: which functions an op has in each kernel.
 *
 * Variants: an op whose best formula depends on its parameters has a variant for each, numbered from 0. The choice is made once a call,
 * by <op>_variant in activations.h, so that each kernel and each loop holds one formula. The op's limit in ops.def says how many there are.
 *
 * Kinds of kernel: what its row saves says which an op has.
 */
#ifndef RAMP_VARIANTS_H
#define RAMP_VARIANTS_H

/* RAMP_EACH_VARIANT_<limit>(M, ...): M(variant, ...) for each. */
#define RAMP_EACH_VARIANT_RAMP_LIMIT_NONE(M, ...)         M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_FINITE(M, ...)       M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_NOT_NEGATIVE(M, ...) M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_SCALE(M, ...)        M(0, __VA_ARGS__) M(1, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_ORDER(M, ...)        M(0, __VA_ARGS__)
#define RAMP_EACH_VARIANT_RAMP_LIMIT_SPAN(M, ...)         M(0, __VA_ARGS__) M(1, __VA_ARGS__) M(2, __VA_ARGS__) M(3, __VA_ARGS__) M(4, __VA_ARGS__)

/* RAMP_VARIANTS(<limit>): how many. */
#define RAMP_VARIANTS(limit)             (0 RAMP_EACH_VARIANT_##limit(RAMP_COUNT_VARIANT, ))
#define RAMP_COUNT_VARIANT(variant, ...) +1
#define RAMP_MAX_VARIANTS                RAMP_VARIANTS(RAMP_LIMIT_SPAN)

typedef enum ramp_kind {
    RAMP_KIND_FORWARD,
    RAMP_KIND_FORWARD_MASK,    /* writes the mask too; has the op's variants, as FORWARD has */
    RAMP_KIND_BACKWARD,        /* from the input */
    RAMP_KIND_BACKWARD_OUTPUT, /* from the output */
    RAMP_KIND_BACKWARD_MASK,   /* from the mask */
    RAMP_KINDS
} ramp_kind;

/* RAMP_IF_MASK_<saves>(...): its arguments for an op that saves a mask, nothing for any other. RAMP_IF_OUTPUT: for one that has a gradient from
 * the output; for some parameters that may not tell (kernels/query.c). */
#define RAMP_IF_MASK_RAMP_SAVES_INPUT(...)
#define RAMP_IF_MASK_RAMP_SAVES_OUTPUT(...)
#define RAMP_IF_MASK_RAMP_SAVES_MASK(...) __VA_ARGS__
#define RAMP_IF_OUTPUT_RAMP_SAVES_INPUT(...)
#define RAMP_IF_OUTPUT_RAMP_SAVES_OUTPUT(...) __VA_ARGS__
#define RAMP_IF_OUTPUT_RAMP_SAVES_MASK(...)   __VA_ARGS__

/* RAMP_IF_SMOOTH_<saves>(...): for an op whose slope takes more than two values. */
#define RAMP_IF_SMOOTH_RAMP_SAVES_INPUT(...)  __VA_ARGS__
#define RAMP_IF_SMOOTH_RAMP_SAVES_OUTPUT(...) __VA_ARGS__
#define RAMP_IF_SMOOTH_RAMP_SAVES_MASK(...)

/* An op is brief that saves a mask, since its slope takes two values, and has one variant. RAMP_UNLESS_BRIEF_<saves>(<limit>, ...): for any other;
 * RAMP_IS_BRIEF(<saves>, <limit>): 1 or 0. */
#define RAMP_UNLESS_BRIEF_RAMP_SAVES_INPUT(limit, ...)  __VA_ARGS__
#define RAMP_UNLESS_BRIEF_RAMP_SAVES_OUTPUT(limit, ...) __VA_ARGS__
#define RAMP_UNLESS_BRIEF_RAMP_SAVES_MASK(limit, ...)   RAMP_IF_VARIANTS_##limit(__VA_ARGS__)
#define RAMP_IF_VARIANTS_RAMP_LIMIT_NONE(...)
#define RAMP_IF_VARIANTS_RAMP_LIMIT_FINITE(...)
#define RAMP_IF_VARIANTS_RAMP_LIMIT_NOT_NEGATIVE(...)
#define RAMP_IF_VARIANTS_RAMP_LIMIT_ORDER(...)
#define RAMP_IF_VARIANTS_RAMP_LIMIT_SCALE(...) __VA_ARGS__
#define RAMP_IF_VARIANTS_RAMP_LIMIT_SPAN(...)  __VA_ARGS__
#define RAMP_IS_BRIEF(saves, limit)            (1 RAMP_UNLESS_BRIEF_##saves(limit, -1))

/* RAMP_LEAVES(<name>), RAMP_IS_SHORT(<name>), RAMP_SELECTS(<name>): true where RAMP_HAS_REST_<name>, RAMP_IS_SHORT_<name>, RAMP_SELECTS_<name> is 1 (activations.h); RAMP_IS_MIXED(<name>) where
 * RAMP_IS_MIXED_<name> is (smooth.h), RAMP_HAS_EXP(<name>) where RAMP_HAS_EXP_<name> is (functions.h), and RAMP_HAS_ROWS(<name>) where RAMP_HAS_ROWS_<name> is
 * (rows.h); false where it is not defined. RAMP_WHERE(<one of these>)(...): the dots, or nothing. RAMP_TIMES(<name>): how many times as many vectors a thread, or
 * work-item, has in a flat job without a mask. For C and CUDA: OpenCL C has no variadic macros. */
#define RAMP_LEAVES(function)            RAMP_IS_1(RAMP_HAS_REST_##function)
#define RAMP_IS_SHORT(function)          RAMP_IS_1(RAMP_IS_SHORT_##function)
#define RAMP_SELECTS(function)           RAMP_IS_1(RAMP_SELECTS_##function)
#define RAMP_IS_MIXED(function)          RAMP_IS_1(RAMP_IS_MIXED_##function)
#define RAMP_HAS_ROWS(function)          RAMP_IS_1(RAMP_HAS_ROWS_##function)
#define RAMP_HAS_EXP(function)           RAMP_IS_1(RAMP_HAS_EXP_##function)
#define RAMP_TIMES(function)             (1 + RAMP_IS_1(RAMP_IS_LONG_##function) + RAMP_IS_1(RAMP_IS_LONGER_##function))
#define RAMP_IS_1(defined_as)            RAMP_IS_1_PROBE(defined_as)
#define RAMP_IS_1_PROBE(defined_as)      RAMP_IS_1_SPLIT(RAMP_IS_1_IF_##defined_as, false, )
#define RAMP_IS_1_SPLIT(...)             RAMP_IS_1_SECOND(__VA_ARGS__)
#define RAMP_IS_1_SECOND(first, is, ...) is
#define RAMP_IS_1_IF_1                   , true
#define RAMP_WHERE(is)                   RAMP_WHERE_IS(is)
#define RAMP_WHERE_IS(is)                RAMP_WHERE_##is
#define RAMP_WHERE_true(...)             __VA_ARGS__
#define RAMP_WHERE_false(...)

#endif
