/* variant.h: kernels/variant.c, compiled once a dtype. */
#ifndef RAMP_VARIANT_H
#define RAMP_VARIANT_H

#include <ramp/ramp.h>

int variant_f32(ramp_op_id op, const double *param);
int variant_f64(ramp_op_id op, const double *param);

#endif
