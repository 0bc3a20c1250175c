/*
 * second.cpp: the second derivatives, composed of PyTorch's own ops, so that they can be differentiated again. Used where a gradient is itself differentiated
 * (create_graph, forward mode), never by a plain backward pass.
 */
#include "ops.h"

#include <ATen/ATen.h>

namespace ramp_torch {
namespace {

using at::Tensor;

const double pi = 3.14159265358979323846;

/* f''(x) */
Tensor of_input(const ramp_op &op, const double *p, const Tensor &x) {
    switch (op.id) {
    case RAMP_SOFTSIGN: return -2 * at::sign(x) / at::pow(1 + at::abs(x), 3);
    case RAMP_HARDSWISH: return at::where((x > -3).logical_and(x < 3), at::full_like(x, 1.0 / 3), at::zeros_like(x));
    case RAMP_SOFTPLUS: {
        const Tensor s = at::sigmoid(p[0] * x);
        return at::where(p[0] * x > p[1], at::zeros_like(x), p[0] * s * (1 - s));
    }
    case RAMP_ELU: return at::where(x > 0, at::zeros_like(x), p[0] * at::exp(at::clamp_max(x, 0)));
    case RAMP_CELU: return at::where(x > 0, at::zeros_like(x), at::exp(at::clamp_max(x, 0) / p[0]) / p[0]);
    case RAMP_SELU: return at::where(x > 0, at::zeros_like(x), 1.0507009873554805 * 1.6732632423543772 * at::exp(at::clamp_max(x, 0)));
    case RAMP_SIGMOID: {
        const Tensor s = at::sigmoid(x);
        return s * (1 - s) * (1 - 2 * s);
    }
    case RAMP_LOGSIGMOID: return -at::sigmoid(x) * at::sigmoid(-x);
    case RAMP_TANH: {
        const Tensor t = at::tanh(x);
        return -2 * t * (1 - t * t);
    }
    case RAMP_TANHSHRINK: {
        const Tensor t = at::tanh(x);
        return 2 * t * (1 - t * t);
    }
    case RAMP_SILU:
    case RAMP_QUICK_GELU: {
        const double beta = op.id == RAMP_SILU ? p[0] : 1.702;
        const Tensor s = at::sigmoid(beta * x);
        return beta * s * (1 - s) * (2 + beta * x * (1 - 2 * s));
    }
    case RAMP_MISH: {
        const Tensor s = at::sigmoid(x), t = at::tanh(at::softplus(x)), first = (1 - t * t) * s;
        return 2 * first + x * (first * (1 - s) - 2 * t * first * s);
    }
    case RAMP_GELU: return at::exp(-0.5 * x * x) * (2 - x * x) * (1 / std::sqrt(2 * pi));
    case RAMP_GELU_TANH: {
        const double k = std::sqrt(2 / pi), c = 0.044715;
        const Tensor t = at::tanh(k * (x + c * x * x * x)), u = k * (1 + 3 * c * x * x), first = (1 - t * t) * u;
        return first + 0.5 * x * ((1 - t * t) * (6 * k * c * x) - 2 * t * first * u);
    }
    case RAMP_RELU_SQUARED: return at::where(x > 0, at::full_like(x, 2), at::zeros_like(x));
    default: break;
    }
    TORCH_CHECK_NOT_IMPLEMENTED(false, "ramp_torch: second.cpp has no second derivative of op ", int(op.id));
}

/* The derivative, by y, of f' as a function of the output y. */
Tensor of_output(const ramp_op &op, const double *p, const Tensor &y) {
    switch (op.id) {
    case RAMP_SIGMOID: return 1 - 2 * y;
    case RAMP_TANH: return -2 * y;
    case RAMP_ELU:
    case RAMP_SELU: return at::where(y > 0, at::zeros_like(y), at::ones_like(y));
    case RAMP_CELU: return at::where(y > 0, at::zeros_like(y), at::full_like(y, 1 / p[0]));
    default: break;
    }
    TORCH_CHECK_NOT_IMPLEMENTED(false, "ramp_torch: second.cpp has no second derivative of op ", int(op.id), " from its output");
}

} // namespace

Tensor second_derivative(const Op &op, const Tensor &grad_grad, const Tensor &grad, const Tensor &saved, bool output) {
    if (op.calls->saves == RAMP_SAVES_MASK) return {};
    const auto dtype = saved.scalar_type();
    const bool widen = dtype == at::kHalf || dtype == at::kBFloat16;
    const Tensor s = widen ? saved.to(at::kFloat) : saved;
    const Tensor f = output ? of_output(op.op, op.op.param, s) : of_input(op.op, op.op.param, s);
    const Tensor result = grad_grad * grad * f;
    return widen ? result.to(dtype) : result;
}

} // namespace ramp_torch
