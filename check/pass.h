/* pass.h: what is proven of an op: what goes in, and what comes out. */
#ifndef CHECK_PASS_H
#define CHECK_PASS_H

#include <ramp/ramp.h>

typedef enum check_pass {
    PASS_FORWARD,         /* x to y */
    PASS_BACKWARD,        /* x and dy to dx */
    PASS_FORWARD_MASK,    /* x to y and the mask */
    PASS_BACKWARD_MASK,   /* the mask and dy to dx */
    PASS_BACKWARD_OUTPUT, /* y and dy to dx */
    check_passes
} check_pass;

/* As --pass takes them. */
extern const char *const pass_names[check_passes];

int pass_is_backward(check_pass pass);

/* What a backward pass is given, or a forward pass leaves for it; INPUT for PASS_FORWARD. */
ramp_saved pass_saved(check_pass pass);

/* Whether the op has this pass at its parameters, in this dtype. */
int pass_is_of(check_pass pass, const ramp_op *op, ramp_dtype dtype);

/* The pass that must have the same bits: of a pass with a mask, and of one from an output that tells which of two slopes it is, the one from x;
 * else the pass itself. */
check_pass pass_model(check_pass pass, const ramp_op *op);

#endif
