/* literal.h: the ops as their definitions are written, in MPFR, with as many bits as that takes. For the oracle's own test. */
#ifndef RAMP_TESTS_LITERAL_H
#define RAMP_TESTS_LITERAL_H

#include "number.h"
#include <ramp/ramp.h>

/* Whether the op is here: it need not be. */
int literal_has(ramp_op_id id);

/* f(x), or f'(x) where `derivative`, at parameters p, to well over 113 bits. 0: there is no such op here. Finite x. */
int literal_evaluate(ramp_op_id id, int derivative, const double *p, double x, quad *result);

/* f(x) correctly rounded to f32 or f64, of an op made of + - * / only. */
int literal_round(ramp_op_id id, const double *p, double x, ramp_dtype dtype, double *result);

#endif
