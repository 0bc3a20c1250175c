/* row.h: what reference.c says of an op. Between reference.c, the oracle and the oracle's own test; others include reference.h. */
#ifndef RAMP_TESTS_ROW_H
#define RAMP_TESTS_ROW_H

#include "number.h"
#include <ramp/ramp.h>

/* (top[0] + top[1]) / (bottom[0] + bottom[1]), every term exact: of at most 107 bits in the top, 53 in the bottom, which is > 0. */
typedef struct fraction {
    quad top[2], bottom[2];
} fraction;

/* What is promised of an op beyond the common limits. */
enum {
    ROW_EXACT = 1,       /* forward is correctly rounded */
    ROW_SHARP_SLOPE = 2, /* backward is within 1 ulp */
    ROW_PLUS_ZERO = 4    /* forward: a value that underflows is +0 though it is negative */
};

/* p: the parameters, rounded to the compute type. x is no NaN but in slope.
 *   value     f(x), the limit at an infinity
 *   slope     f'(x), the limit at an infinity; *select is 0: dx is dy * f'(x). The row sets it to 1 where the definition selects: f' 0 gives
 *             +0 whatever dy is, 1 gives dy
 *   range     the least and the largest that f comes to; NULL: any number
 *   root      where f' is 0 in its smooth part, and how near to it the promise is an absolute one; NULL: nowhere
 *   quotient  an exact op's value, where a quad does not hold it; NULL, or 0: value is exact to 113 bits
 *   set       the listed parameter sets, besides the default */
#define ROW(number)                                                                                                                        \
    struct {                                                                                                                               \
        ramp_op_id id;                                                                                                                     \
        unsigned promise;                                                                                                                  \
        number (*value)(const number *p, number x);                                                                                        \
        number (*slope)(const number *p, number x, int *select);                                                                           \
        void (*range)(const number *p, number *low, number *high);                                                                         \
        void (*root)(const number *p, number *at, number *reach);                                                                          \
        int (*quotient)(const number *p, number x, fraction *f);                                                                           \
        const double (*set)[2];                                                                                                            \
        size_t set_count;                                                                                                                  \
        uint32_t count;  /* of parameters */                                                                                               \
        double param[2]; /* the defaults */                                                                                                \
    }

typedef ROW(double) row_double;
typedef ROW(quad) row_quad;

/* What an op that saves its output, or a mask, is told by them. p is as above; y and x may be NaN.
 *   slope     f'(x) by the stored y = f(x); *select as above
 *   bit       the mask's bit at x; NULL: the op has no mask */
#define ROW_SAVED(number)                                                                                                                  \
    struct {                                                                                                                               \
        ramp_op_id id;                                                                                                                     \
        number (*slope)(const number *p, number y, int *select);                                                                           \
        int (*bit)(const number *p, number x);                                                                                             \
    }

typedef ROW_SAVED(double) saved_double;
typedef ROW_SAVED(quad) saved_quad;

/* The row of an op, or NULL. */
const row_double *reference_row_double(ramp_op_id id);
const row_quad *reference_row_quad(ramp_op_id id);
const saved_double *reference_saved_double(ramp_op_id id);
const saved_quad *reference_saved_quad(ramp_op_id id);

#endif
