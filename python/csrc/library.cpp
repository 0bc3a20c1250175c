/*
 * library.cpp: every row of ops.def as PyTorch operators. For an op OP with its parameters:
 *   ramp::OP(Tensor self, ...) -> Tensor, ramp::OP_(Tensor(a!) self, ...) -> Tensor(a!)
 *   ramp::OP_backward(Tensor grad, Tensor saved, ..., bool output=False) -> Tensor             saved: the input, or the output
 * and where the slope takes two values, with a mask of (n + 7) / 8 bytes, its bits in `order` (a permutation of the dimensions, none: row-major):
 *   ramp::OP_mask(Tensor self, ..., int[] order=[]) -> (Tensor, Tensor),
 *   ramp::OP_mask_(Tensor(a!) self, ..., int[] order=[]) -> Tensor, which overwrites self and gives the mask
 *   ramp::OP_mask_backward(Tensor grad, Tensor mask, ..., int[] order=[]) -> Tensor
 */
#include "ops.h"
#include "library.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/csrc/autograd/VariableTypeUtils.h>
#include <torch/library.h>
#include <torch/version.h>

#include <cstdio>

namespace ramp_torch {
namespace {

using at::Tensor;
using Keys = c10::DispatchKeySet;

/* "" or ", float lo=-3, float hi=3" */
template <int id> std::string parameters() {
    std::string text;
    for (int i = 0; i < Row<id>::count; i++) {
        char line[96];
        snprintf(line, sizeof line, ", float %s=%.17g", Row<id>::param[i].name, Row<id>::param[i].value);
        text += line;
    }
    return text;
}

/* Every op of a tensor in a layout that ramp does not take. */
void refuse_boxed(const c10::OperatorHandle &op, torch::jit::Stack *stack) {
    for (const auto &value : torch::jit::last(*stack, op.schema().arguments().size()))
        if (value.isTensor()) check_layout(value.toTensor());
    TORCH_CHECK_NOT_IMPLEMENTED(false, "ramp_torch: ", op.schema().name(), ": tensors of this layout are not taken");
}

template <int id, class Indices> struct Kernels;

/* The kernels of one op, with as many parameters as it has: each hands over to what is written once for all. */
template <int id, size_t... I> struct Kernels<id, std::index_sequence<I...>> {
    template <size_t> using Double = double;

    static constexpr bool masked = Row<id>::saves == RAMP_SAVES_MASK;

    using Forward = Tensor(const Tensor &, Double<I>...);
    using Forward_ = Tensor &(Tensor &, Double<I>...);
    using BackwardOf = Tensor(const Tensor &, const Tensor &, Double<I>..., bool);
    using Mask = Pair(const Tensor &, Double<I>..., Order);
    using Mask_ = Tensor(Tensor &, Double<I>..., Order);
    using MaskBackward = Tensor(const Tensor &, const Tensor &, Double<I>..., Order);

#define HANDLE(function, Signature, suffix)                                                                                                \
    static const c10::TypedOperatorHandle<Signature> &function() {                                                                         \
        static const auto found = c10::Dispatcher::singleton()                                                                             \
                                      .findSchemaOrThrow((std::string("ramp::") + Row<id>::name + suffix).c_str(), "")                     \
                                      .template typed<Signature>();                                                                        \
        return found;                                                                                                                      \
    }
    HANDLE(forward_handle, Forward, "")
    HANDLE(forward__handle, Forward_, "_")
    HANDLE(backward_handle, BackwardOf, "_backward")
    HANDLE(mask_handle, Mask, "_mask")
    HANDLE(mask__handle, Mask_, "_mask_")
    HANDLE(mask_backward_handle, MaskBackward, "_mask_backward")
#undef HANDLE

    /* ---- Calls ---- */
    static Tensor call_forward(const Tensor &self, const double *p) { return (void)p, forward_handle().call(self, p[I]...); }
    static Tensor &call_forward_(Tensor &self, const double *p) { return (void)p, forward__handle().call(self, p[I]...); }
    static Tensor call_backward(const Tensor &grad, const Tensor &saved, const double *p, bool output) {
        return (void)p, backward_handle().call(grad, saved, p[I]..., output);
    }
    static Pair call_mask(const Tensor &self, const double *p, Order order) { return (void)p, mask_handle().call(self, p[I]..., order); }
    static Tensor call_mask_(Tensor &self, const double *p, Order order) { return (void)p, mask__handle().call(self, p[I]..., order); }
    static Tensor call_mask_backward(const Tensor &grad, const Tensor &mask, const double *p, Order order) {
        return (void)p, mask_backward_handle().call(grad, mask, p[I]..., order);
    }
    static constexpr Calls make_calls() {
        Calls c = {Row<id>::name, Row<id>::backward_name, Row<id>::saves, Row<id>::count, call_forward,
                   call_forward_, call_backward,          nullptr,        nullptr,        nullptr};
        if constexpr (masked) c.mask = call_mask, c.mask_ = call_mask_, c.mask_backward = call_mask_backward;
        return c;
    }
    static constexpr Calls calls = make_calls();

    static ramp_op raw(Double<I>... p) { return {ramp_op_id(id), sizeof...(I), {p...}}; }
    static Op op(Double<I>... p) { return {&calls, raw(p...)}; }

    /* ---- CPU, CUDA; Meta ---- */
    static Tensor forward(const Tensor &self, Double<I>... p) { return compute_forward(raw(p...), self); }
    static Tensor &forward_(Tensor &self, Double<I>... p) { return compute_forward_(raw(p...), self); }
    static Tensor backward(const Tensor &grad, const Tensor &saved, Double<I>... p, bool output) {
        return compute_backward(raw(p...), grad, saved, output);
    }
    static Pair mask(const Tensor &self, Double<I>... p, Order order) { return compute_mask(raw(p...), self, order); }
    static Tensor mask_(Tensor &self, Double<I>... p, Order order) { return compute_mask_(raw(p...), self, order); }
    static Tensor mask_backward(const Tensor &grad, const Tensor &bits, Double<I>... p, Order order) {
        return compute_mask_backward(raw(p...), grad, bits, order);
    }
    static Tensor meta_forward(const Tensor &self, Double<I>... p) { return ramp_torch::meta_forward(raw(p...), self); }
    static Tensor &meta_forward_(Tensor &self, Double<I>... p) { return ramp_torch::meta_forward_(raw(p...), self); }
    static Tensor meta_backward(const Tensor &grad, const Tensor &saved, Double<I>... p, bool output) {
        return ramp_torch::meta_backward(raw(p...), grad, saved, output);
    }
    static Pair meta_mask(const Tensor &self, Double<I>... p, Order order) { return ramp_torch::meta_mask(raw(p...), self, order); }
    static Tensor meta_mask_(Tensor &self, Double<I>... p, Order order) { return ramp_torch::meta_mask_(raw(p...), self, order); }
    static Tensor meta_mask_backward(const Tensor &grad, const Tensor &bits, Double<I>... p, Order order) {
        return ramp_torch::meta_mask_backward(raw(p...), grad, bits, order);
    }

    /* ---- Autograd ---- */
    static Tensor grad_forward(Keys keys, const Tensor &self, Double<I>... p) {
        if (needs_autograd(self)) return autograd_forward(op(p...), self);
        at::AutoDispatchBelowADInplaceOrView below;
        return forward_handle().redispatch(keys & c10::after_autograd_keyset, self, p...);
    }
    static Tensor &grad_forward_(Keys keys, Tensor &self, Double<I>... p) {
        if (needs_autograd(self)) return autograd_forward_(op(p...), self), self;
        at::AutoDispatchBelowAutograd below;
        return forward__handle().redispatch(keys & c10::after_autograd_keyset, self, p...);
    }
    static Tensor grad_backward(Keys keys, const Tensor &grad, const Tensor &saved, Double<I>... p, bool output) {
        if (needs_autograd(grad) || needs_autograd(saved)) return autograd_backward(op(p...), grad, saved, output);
        at::AutoDispatchBelowADInplaceOrView below;
        return backward_handle().redispatch(keys & c10::after_autograd_keyset, grad, saved, p..., output);
    }
    static Pair grad_mask(const Tensor &self, Double<I>... p, Order order) { return autograd_mask(op(p...), self, order); }
    static Tensor grad_mask_(Tensor &self, Double<I>... p, Order order) { return autograd_mask_(op(p...), self, order); }
    static Tensor grad_mask_backward(Keys keys, const Tensor &grad, const Tensor &bits, Double<I>... p, Order order) {
        if (needs_autograd(grad)) return autograd_mask_backward(op(p...), grad, bits, order);
        at::AutoDispatchBelowADInplaceOrView below;
        return mask_backward_handle().redispatch(keys & c10::after_autograd_keyset, grad, bits, p..., order);
    }

    /* ---- ADInplaceOrView: an in-place op makes a new version ---- */
    static Tensor &version_forward_(Keys keys, Tensor &self, Double<I>... p) {
        {
            at::AutoDispatchBelowADInplaceOrView below;
            forward__handle().redispatch(keys & c10::after_ADInplaceOrView_keyset, self, p...);
        }
        torch::autograd::increment_version(self);
        return self;
    }
    static Tensor version_mask_(Keys keys, Tensor &self, Double<I>... p, Order order) {
        Tensor bits;
        {
            at::AutoDispatchBelowADInplaceOrView below;
            bits = mask__handle().redispatch(keys & c10::after_ADInplaceOrView_keyset, self, p..., order);
        }
        torch::autograd::increment_version(self);
        return bits;
    }

    /* ---- vmap; functionalization ---- */
    static Tensor vmap_forward(const Tensor &self, Double<I>... p) { return batched_forward(op(p...), self); }
    static Tensor &vmap_forward_(Tensor &self, Double<I>... p) { return batched_forward_(op(p...), self), self; }
    static Tensor vmap_backward(const Tensor &grad, const Tensor &saved, Double<I>... p, bool output) {
        return batched_backward(op(p...), grad, saved, output);
    }
    static Pair vmap_mask(const Tensor &self, Double<I>... p, Order order) { return batched_mask(op(p...), self, order); }
    static Tensor vmap_mask_(Tensor &self, Double<I>... p, Order order) { return batched_mask_(op(p...), self, order); }
    static Tensor vmap_mask_backward(const Tensor &grad, const Tensor &bits, Double<I>... p, Order order) {
        return batched_mask_backward(op(p...), grad, bits, order);
    }
    static Tensor &functional_forward_(Tensor &self, Double<I>... p) { return functionalize_forward_(op(p...), self), self; }
    static Tensor functional_mask_(Tensor &self, Double<I>... p, Order order) { return functionalize_mask_(op(p...), self, order); }

    /* ---- Autocast: where PyTorch's own computes in float32 ---- */
    template <c10::DeviceType device> static Tensor cast_forward(const Tensor &self, Double<I>... p) {
        c10::impl::ExcludeDispatchKeyGuard guard(at::autocast::get_autocast_dispatch_key_from_device_type(device));
        return forward_handle().call(at::autocast::cached_cast(at::kFloat, self, device), p...);
    }

    /* ---- Registration ---- */
    static void define(torch::Library &m) {
        const std::string name = Row<id>::name, p = parameters<id>();
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 2
        const std::vector<at::Tag> tags{at::Tag::pt2_compliant_tag};
#else
        const std::vector<at::Tag> tags{};
#endif
        auto def = [&](const std::string &schema) { m.def(schema.c_str(), tags); };
        def(name + "(Tensor self" + p + ") -> Tensor");
        def(name + "_(Tensor(a!) self" + p + ") -> Tensor(a!)");
        def(name + "_backward(Tensor grad, Tensor saved" + p + ", bool output=False) -> Tensor");
        if constexpr (masked) {
            def(name + "_mask(Tensor self" + p + ", int[] order=[]) -> (Tensor, Tensor)");
            def(name + "_mask_(Tensor(a!) self" + p + ", int[] order=[]) -> Tensor");
            def(name + "_mask_backward(Tensor grad, Tensor mask" + p + ", int[] order=[]) -> Tensor");
        }
    }

    /* By pointers: TORCH_FN would make templates for each of these 500 functions, and not for each of their few types, which doubles what this file takes
     * to compile. A call takes as long. */
    static void implement(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl(name.c_str(), &forward);
        m.impl((name + "_").c_str(), &forward_);
        m.impl((name + "_backward").c_str(), &backward);
        if constexpr (masked) {
            m.impl((name + "_mask").c_str(), &mask);
            m.impl((name + "_mask_").c_str(), &mask_);
            m.impl((name + "_mask_backward").c_str(), &mask_backward);
        }
    }
    static void implement_meta(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl(name.c_str(), &meta_forward);
        m.impl((name + "_").c_str(), &meta_forward_);
        m.impl((name + "_backward").c_str(), &meta_backward);
        if constexpr (masked) {
            m.impl((name + "_mask").c_str(), &meta_mask);
            m.impl((name + "_mask_").c_str(), &meta_mask_);
            m.impl((name + "_mask_backward").c_str(), &meta_mask_backward);
        }
    }
    static void implement_autograd(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl(name.c_str(), &grad_forward);
        m.impl((name + "_").c_str(), &grad_forward_);
        m.impl((name + "_backward").c_str(), &grad_backward);
        if constexpr (masked) {
            m.impl((name + "_mask").c_str(), &grad_mask);
            m.impl((name + "_mask_").c_str(), &grad_mask_);
            m.impl((name + "_mask_backward").c_str(), &grad_mask_backward);
        }
    }
    static void implement_version(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl((name + "_").c_str(), &version_forward_);
        if constexpr (masked) m.impl((name + "_mask_").c_str(), &version_mask_);
    }
    static void implement_vmap(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl(name.c_str(), &vmap_forward);
        m.impl((name + "_").c_str(), &vmap_forward_);
        m.impl((name + "_backward").c_str(), &vmap_backward);
        if constexpr (masked) {
            m.impl((name + "_mask").c_str(), &vmap_mask);
            m.impl((name + "_mask_").c_str(), &vmap_mask_);
            m.impl((name + "_mask_backward").c_str(), &vmap_mask_backward);
        }
    }
    static void implement_functionalize(torch::Library &m) {
        const std::string name = Row<id>::name;
        m.impl((name + "_").c_str(), &functional_forward_);
        if constexpr (masked) m.impl((name + "_mask_").c_str(), &functional_mask_);
    }
    static void implement_refusal(torch::Library &m) {
        const auto refuse = [&](const char *suffix) {
            m.impl((std::string(Row<id>::name) + suffix).c_str(), torch::CppFunction::makeFromBoxedFunction<&refuse_boxed>());
        };
        for (const char *suffix : {"", "_", "_backward"}) refuse(suffix);
        if constexpr (masked) {
            for (const char *suffix : {"_mask", "_mask_", "_mask_backward"}) refuse(suffix);
        }
    }
    template <c10::DeviceType device> static void implement_autocast(torch::Library &m) { m.impl(Row<id>::name, &cast_forward<device>); }
};

template <int id> using Of = Kernels<id, std::make_index_sequence<Row<id>::count>>;

} // namespace

template <int id> Tensor call(const Tensor &self, const double *p) { return Of<id>::call_forward(self, p); }
template <int id> void call_(Tensor &self, const double *p) { Of<id>::call_forward_(self, p); }
#define RAMP_OP(id, ...)                                                                                                                   \
    template Tensor call<id>(const Tensor &, const double *);                                                                              \
    template void call_<id>(Tensor &, const double *);
#include <ramp/ops.def>
#undef RAMP_OP

} // namespace ramp_torch

using namespace ramp_torch;

#define RAMP_OP(id, ...) Of<id>::define(m);
TORCH_LIBRARY(ramp, m) {
#include <ramp/ops.def>
    m.def("_version() -> int", [] { return int64_t(ramp_version()); });
    m.def("_set_save(str what) -> str", [](std::string what) { return set_save(what); });
    m.def("_set_backend(str selector) -> str", [](std::string selector) { return set_backend(selector); });
    m.def("_describe_backend() -> str", [] { return describe_backend(); });
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement(m);
TORCH_LIBRARY_IMPL(ramp, CPU, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, CUDA, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_meta(m);
TORCH_LIBRARY_IMPL(ramp, Meta, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_autograd(m);
TORCH_LIBRARY_IMPL(ramp, Autograd, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_version(m);
TORCH_LIBRARY_IMPL(ramp, ADInplaceOrView, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_vmap(m);
TORCH_LIBRARY_IMPL(ramp, FuncTorchBatched, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_functionalize(m);
TORCH_LIBRARY_IMPL(ramp, Functionalize, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

#define RAMP_OP(id, ...) Of<id>::implement_refusal(m);
TORCH_LIBRARY_IMPL(ramp, SparseCPU, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, SparseCUDA, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, SparseCsrCPU, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, SparseCsrCUDA, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, NestedTensorCPU, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, NestedTensorCUDA, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, QuantizedCPU, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, QuantizedCUDA, m){
#include <ramp/ops.def>
} TORCH_LIBRARY_IMPL(ramp, MkldnnCPU, m){
#include <ramp/ops.def>
}
#undef RAMP_OP

TORCH_LIBRARY_IMPL(ramp, AutocastCUDA, m) {
    Of<RAMP_SOFTPLUS>::implement_autocast<c10::DeviceType::CUDA>(m);
}
