#include "values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float compute(ramp_device *cpu, const ramp_op *op, float x, int backward) {
    float y = 0, dy = 1;
    ramp_tensor tx = ramp_tensor_dense(&x, RAMP_F32, 0, NULL), ty = ramp_tensor_dense(&y, RAMP_F32, 0, NULL),
                tdy = ramp_tensor_dense(&dy, RAMP_F32, 0, NULL);
    ramp_status status = backward ? ramp_backward(cpu, op, RAMP_SAVED_INPUT, &tx, &tdy, &ty) : ramp_forward(cpu, op, &tx, &ty, NULL);
    if (status == RAMP_OK) return y;
    fprintf(stderr, "ops_table: %s\n", ramp_last_error());
    exit(1);
}

float values_forward(ramp_device *cpu, const ramp_op *op, float x) { return compute(cpu, op, x, 0); }
float values_backward(ramp_device *cpu, const ramp_op *op, float x) { return compute(cpu, op, x, 1); }

const char *values_text(char text[32], float x) {
    if (isnan(x)) return strcpy(text, "NaN");
    if (isinf(x)) return strcpy(text, x > 0 ? "+inf" : "-inf");
    if (x == 0) return strcpy(text, signbit(x) ? "-0" : "+0");
    int digits = 1;
    for (; digits < 9; digits++) {
        snprintf(text, 32, "%.*g", digits, (double)x);
        if (strtof(text, NULL) == x) break;
    }
    if (fabsf(x) >= 10 && fabsf(x) < 1e6f) digits = digits > 6 ? digits : 6; /* 20, and not 2e+01 */
    snprintf(text, 32, "%.*g", digits, (double)x);
    return text;
}

static float param(const ramp_op *op, uint32_t index) {
    ramp_op plain = ramp_op_default(op->id);
    return (float)(index < op->count ? op->param[index] : plain.param[index]);
}

size_t values_knees(const ramp_op *op, float knee[values_most_knees]) {
    float a = param(op, 0), b = param(op, 1);
    switch (op->id) {
    case RAMP_HARDSIGMOID:
    case RAMP_HARDTANH: knee[0] = a, knee[1] = b; return 2;
    case RAMP_RELU6: knee[0] = 0, knee[1] = 6; return 2;
    case RAMP_HARDSWISH: knee[0] = -3, knee[1] = 3; return 2;
    case RAMP_HARDSHRINK:
    case RAMP_SOFTSHRINK: knee[0] = -a, knee[1] = a; return 2;
    case RAMP_THRESHOLD: knee[0] = a; return 1;
    case RAMP_SOFTPLUS: knee[0] = b / a; return 1;
    case RAMP_RELU:
    case RAMP_LEAKY_RELU:
    case RAMP_ELU:
    case RAMP_CELU:
    case RAMP_SELU:
    case RAMP_RELU_SQUARED: knee[0] = 0; return 1;
    default: return 0; /* smooth all over */
    }
}
