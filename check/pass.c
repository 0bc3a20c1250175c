#include "pass.h"
#include "reference.h"

const char *const pass_names[check_passes] = {"forward", "backward", "forward-mask", "backward-mask", "backward-output"};

int pass_is_backward(check_pass pass) { return pass != PASS_FORWARD && pass != PASS_FORWARD_MASK; }

ramp_saved pass_saved(check_pass pass) {
    static const ramp_saved saved[check_passes] = {RAMP_SAVED_INPUT, RAMP_SAVED_INPUT, RAMP_SAVED_MASK, RAMP_SAVED_MASK, RAMP_SAVED_OUTPUT};
    return saved[pass];
}

int pass_is_of(check_pass pass, const ramp_op *op, ramp_dtype dtype) { return (ramp_op_saves(op, dtype) >> pass_saved(pass) & 1u) != 0; }

check_pass pass_model(check_pass pass, const ramp_op *op) {
    if (pass == PASS_BACKWARD_OUTPUT && !reference_has_mask(op->id)) return pass;
    return pass_is_backward(pass) ? PASS_BACKWARD : PASS_FORWARD;
}
