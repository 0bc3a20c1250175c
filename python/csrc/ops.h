/*
 * ops.h: what the files of this binding share: one table of calls per op, so that autograd, vmap and functionalization are written once and not per op.
 */
#pragma once

#include <ATen/core/Tensor.h>
#include <ramp/ramp.h>

#include <string>
#include <tuple>
#include <vector>

namespace ramp_torch {

/* What an op's row in ops.def says that it saves. */
enum Saves { RAMP_SAVES_INPUT, RAMP_SAVES_OUTPUT, RAMP_SAVES_MASK };

/* A permutation of the dimensions, outermost first: the order in which a mask's bits lie. Empty: row-major. */
using Order = at::IntArrayRef;
using Pair = std::tuple<at::Tensor, at::Tensor>;

/* An op's calls through PyTorch's dispatcher, from the current keys on. `p` has as many values as the op has parameters. */
struct Calls {
    const char *name, *backward_name;
    Saves saves;
    int count;
    at::Tensor (*forward)(const at::Tensor &self, const double *p);
    at::Tensor &(*forward_)(at::Tensor &self, const double *p);
    at::Tensor (*backward)(const at::Tensor &grad, const at::Tensor &saved, const double *p, bool output);
    /* nullptr where the op has no mask. mask_ overwrites self and gives the mask. */
    Pair (*mask)(const at::Tensor &self, const double *p, Order order);
    at::Tensor (*mask_)(at::Tensor &self, const double *p, Order order);
    at::Tensor (*mask_backward)(const at::Tensor &grad, const at::Tensor &mask, const double *p, Order order);
};

/* An op with its parameters, and its calls. */
struct Op {
    const Calls *calls;
    ramp_op op;
};

/* ---- compute.cpp: the work, on CPU and CUDA tensors, and on meta tensors ---- */

at::Tensor compute_forward(const ramp_op &op, const at::Tensor &self);
at::Tensor &compute_forward_(const ramp_op &op, at::Tensor &self);
at::Tensor compute_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &saved, bool output);
Pair compute_mask(const ramp_op &op, const at::Tensor &self, Order order);
at::Tensor compute_mask_(const ramp_op &op, at::Tensor &self, Order order);
at::Tensor compute_mask_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &mask, Order order);

at::Tensor meta_forward(const ramp_op &op, const at::Tensor &self);
at::Tensor &meta_forward_(const ramp_op &op, at::Tensor &self);
at::Tensor meta_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &saved, bool output);
Pair meta_mask(const ramp_op &op, const at::Tensor &self, Order order);
at::Tensor meta_mask_(const ramp_op &op, at::Tensor &self, Order order);
at::Tensor meta_mask_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &mask, Order order);

/* The library's dtype of a tensor; throws a NotImplementedError that says what there is. */
ramp_dtype dtype_of(const at::Tensor &t);

/* Throws a NotImplementedError where `t` is sparse, nested, quantized or oneDNN's. */
void check_layout(const at::Tensor &t);

/* ---- devices.cpp: which device of the library serves a tensor ---- */

struct Place {
    ramp_device *device;
    bool staged; /* the device has memory of its own: copy the host's tensors to it and back */
    bool stream; /* on `queue` */
    void *queue;
};
Place place_of(const at::Device &device, const ramp_op &op, ramp_dtype dtype);

/* What may be used: a selector in the library's grammar, "" for RAMP_BACKEND's. Throws where none of it can serve host tensors now. Gives what was
 * set before. */
std::string set_backend(const std::string &selector);
std::string describe_backend();
/* The CPU backend, which always starts. */
ramp_device *cpu_device();
/* Throw the library's last error, as the Python exception that its status is. */
[[noreturn]] void throw_status(ramp_status status);

/* ---- autograd.cpp ---- */

/* What backward keeps: "auto", "mask", "input" or "output". Gives what was set before. */
std::string set_save(const std::string &what);

bool needs_autograd(const at::Tensor &self);
at::Tensor autograd_forward(const Op &op, const at::Tensor &self);
void autograd_forward_(const Op &op, at::Tensor &self);
at::Tensor autograd_backward(const Op &op, const at::Tensor &grad, const at::Tensor &saved, bool output);
Pair autograd_mask(const Op &op, const at::Tensor &self, Order order);
at::Tensor autograd_mask_(const Op &op, at::Tensor &self, Order order);
at::Tensor autograd_mask_backward(const Op &op, const at::Tensor &grad, const at::Tensor &mask, Order order);

/* ---- second.cpp ---- */

/* grad_grad * grad * f''(saved), composed of PyTorch's own ops; undefined where f'' is 0 everywhere. */
at::Tensor second_derivative(const Op &op, const at::Tensor &grad_grad, const at::Tensor &grad, const at::Tensor &saved, bool output);

/* ---- transforms.cpp: vmap and functionalization ---- */

at::Tensor batched_forward(const Op &op, const at::Tensor &self);
void batched_forward_(const Op &op, at::Tensor &self);
at::Tensor batched_backward(const Op &op, const at::Tensor &grad, const at::Tensor &saved, bool output);
Pair batched_mask(const Op &op, const at::Tensor &self, Order order);
at::Tensor batched_mask_(const Op &op, at::Tensor &self, Order order);
at::Tensor batched_mask_backward(const Op &op, const at::Tensor &grad, const at::Tensor &mask, Order order);

void functionalize_forward_(const Op &op, at::Tensor &self);
at::Tensor functionalize_mask_(const Op &op, at::Tensor &self, Order order);

} // namespace ramp_torch
