/* autograd.cpp: reverse mode by a node of our own (torch::autograd::Function refuses torch.func), forward mode, and the choice of what is kept. */
#include "ops.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/SmallVector.h>
#include <torch/csrc/autograd/VariableTypeUtils.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <atomic>
#include <mutex>
#include <numeric>

namespace ramp_torch {

using at::Tensor;
using torch::autograd::Edge;
using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

namespace {

/* ---- What is kept ---- */

enum Save { SAVE_AUTO, SAVE_MASK, SAVE_INPUT, SAVE_OUTPUT };
const char *const save_names[] = {"auto", "mask", "input", "output"};
std::atomic<int> save_mode{SAVE_AUTO};

bool has_output(const Op &op, const Tensor &self) {
    return op.calls->saves != RAMP_SAVES_INPUT && (ramp_op_saves(&op.op, dtype_of(self)) & 1u << RAMP_SAVED_OUTPUT) != 0;
}

ramp_saved choose(const Op &op, const Tensor &self, bool in_place) {
    const int mode = save_mode.load(std::memory_order_relaxed);
    if (mode == SAVE_OUTPUT && has_output(op, self)) return RAMP_SAVED_OUTPUT;
    if (mode == SAVE_INPUT) return RAMP_SAVED_INPUT;
    /* PyTorch keeps these ops' outputs, which cost nothing where the next layer keeps its input: a mask would be more. */
    const bool keeps_output = op.op.id == RAMP_RELU || op.op.id == RAMP_SIGMOID || op.op.id == RAMP_TANH;
    if (mode == SAVE_AUTO && keeps_output) return RAMP_SAVED_OUTPUT;
    if (op.calls->saves == RAMP_SAVES_MASK) return RAMP_SAVED_MASK;
    if (mode == SAVE_MASK && !in_place) return RAMP_SAVED_INPUT;
    if ((in_place || keeps_output) && has_output(op, self)) return RAMP_SAVED_OUTPUT; /* in place the input would have to be copied */
    return RAMP_SAVED_INPUT;
}

/* ---- The order of a mask: that of the output's dimensions, which is the input's ---- */

using Dims = c10::SmallVector<int64_t, 6>;

Dims order_of(const Tensor &self) {
    Dims order;
    if (self.dim() < 2) return order;
    check_layout(self); /* others have no strides to ask for */
    if (self.is_contiguous()) return order;
    const auto strides = self.sym_strides();
    order.resize(self.dim());
    std::iota(order.begin(), order.end(), 0);
    /* Insertion: stable, and a stride of 0 (broadcast) says nothing of the order. */
    for (size_t i = 1; i < order.size(); i++)
        for (size_t k = i; k > 0 && strides[order[k - 1]] != 0 && strides[order[k]] != 0 && strides[order[k - 1]] < strides[order[k]]; k--)
            std::swap(order[k - 1], order[k]);
    for (size_t i = 0; i < order.size(); i++)
        if (order[i] != int64_t(i)) return order;
    return Dims();
}

bool tracked(const Tensor &t) { return at::GradMode::is_enabled() && t.requires_grad(); }

bool has_tangent(const Tensor &t) { return t._fw_grad(0).defined(); }

/* ---- Backward ---- */

struct RampNode : Node {
    Op op;
    std::mutex guard; /* of what is saved, which another thread may release */
    bool output = false;
    Dims order;
    SavedVariable saved;

    explicit RampNode(const Op &o) : op(o) {}
    std::string name() const override { return op.calls->backward_name; }
    void release_variables() override {
        std::lock_guard<std::mutex> lock(guard);
        saved.reset_data();
    }
};

/* dx = dy * f'(saved), differentiable again through the op `backward` itself. */
struct Backward final : RampNode {
    using RampNode::RampNode;
    variable_list apply(variable_list &&grads) override {
        std::lock_guard<std::mutex> lock(guard);
        const Tensor &grad = grads[0];
        if (!grad.defined() || !task_should_compute_output(0)) return {Tensor()};
        return {op.calls->backward(grad, saved.unpack(output ? shared_from_this() : nullptr), op.op.param, output)};
    }
};

/* The gradient of a gradient that came from a mask: linear in the gradient, 0 for the input. */
struct MaskBackwardBackward final : RampNode {
    using RampNode::RampNode;
    variable_list apply(variable_list &&grads) override {
        std::lock_guard<std::mutex> lock(guard);
        if (!grads[0].defined()) return {Tensor(), Tensor()};
        Tensor first, second;
        if (task_should_compute_output(0)) first = op.calls->mask_backward(grads[0], saved.unpack(), op.op.param, order);
        if (num_outputs() > 1 && task_should_compute_output(1)) second = at::zeros_like(grads[0]);
        if (num_outputs() == 1) return {first};
        return {first, second};
    }
};

template <class N> std::shared_ptr<N> make_node(const Op &op) { return std::shared_ptr<N>(new N(op), torch::autograd::deleteNode); }

void attach(const Tensor &result, const std::shared_ptr<Node> &node) {
    Tensor t = result;
    const auto number = node->add_input_metadata(t);
    torch::autograd::impl::set_gradient_edge(t, {node, number});
}

/* input: the edge to what the mask was made of, for which the gradient's derivative is 0; none where it is not known. */
Tensor tracked_mask_backward(const Op &op, const Tensor &grad, const Tensor &mask, Order order, const Edge *input) {
    Tensor dx;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        dx = op.calls->mask_backward(grad, mask, op.op.param, order);
    }
    const auto node = make_node<MaskBackwardBackward>(op);
    auto edges = torch::autograd::collect_next_edges(grad);
    if (input) edges.push_back(*input);
    node->set_next_edges(std::move(edges));
    node->order = Dims(order.begin(), order.end());
    node->saved = SavedVariable(mask, false);
    attach(dx, node);
    return dx;
}

struct MaskBackward final : RampNode {
    using RampNode::RampNode;
    variable_list apply(variable_list &&grads) override {
        std::lock_guard<std::mutex> lock(guard);
        const Tensor &grad = grads[0];
        if (!grad.defined() || !task_should_compute_output(0)) return {Tensor()};
        const Tensor mask = saved.unpack();
        if (at::GradMode::is_enabled() && !has_tangent(grad)) return {tracked_mask_backward(op, grad, mask, order, &next_edge(0))};
        return {op.calls->mask_backward(grad, mask, op.op.param, order)};
    }
};

/* dx's own gradients: by dy it is the same op again, by what was saved the second derivative. */
struct BackwardBackward final : RampNode {
    using RampNode::RampNode;
    SavedVariable grad;
    variable_list apply(variable_list &&grads) override {
        std::lock_guard<std::mutex> lock(guard);
        if (!grads[0].defined()) return {Tensor(), Tensor()};
        const Tensor kept = saved.unpack();
        Tensor first, second;
        if (task_should_compute_output(0)) first = op.calls->backward(grads[0], kept, op.op.param, output);
        if (task_should_compute_output(1)) {
            second = second_derivative(op, grads[0], grad.unpack(), kept, output);
            if (!second.defined()) second = at::zeros_like(grads[0]);
        }
        return {first, second};
    }
    void release_variables() override {
        RampNode::release_variables();
        std::lock_guard<std::mutex> lock(guard);
        grad.reset_data();
    }
};

/* ---- Forward mode ---- */

Tensor primal(const Tensor &t) { return has_tangent(t) ? t._fw_primal(0) : t; }

/* The tangent of f at self, before self is overwritten. */
Tensor push_forward(const Op &op, const Tensor &self) { return op.calls->backward(self._fw_grad(0), primal(self), op.op.param, false); }

Tensor sum(const Tensor &a, const Tensor &b) { return !a.defined() ? b : !b.defined() ? a : at::add(a, b); }

template <class N> std::shared_ptr<N> node_for(const Op &op, const Tensor &self) {
    auto node = make_node<N>(op);
    node->set_next_edges(torch::autograd::collect_next_edges(self));
    return node;
}

} // namespace

std::string set_save(const std::string &what) {
    for (int i = 0; i < 4; i++)
        if (what == save_names[i]) return save_names[save_mode.exchange(i)];
    TORCH_CHECK_VALUE(false, "ramp_torch.save: \"", what, "\" is none of \"auto\", \"mask\", \"input\" and \"output\"");
}

bool needs_autograd(const Tensor &self) { return tracked(self) || has_tangent(self); }

Pair autograd_mask(const Op &op, const Tensor &self, Order order) {
    const bool track = tracked(self);
    Pair result;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        result = op.calls->mask(self, op.op.param, order);
    }
    if (track) {
        const auto node = node_for<MaskBackward>(op, self);
        node->order = Dims(order.begin(), order.end());
        node->saved = SavedVariable(std::get<1>(result), false);
        attach(std::get<0>(result), node);
    }
    if (has_tangent(self)) std::get<0>(result)._set_fw_grad(push_forward(op, self), 0, false);
    return result;
}

Tensor autograd_forward(const Op &op, const Tensor &self) {
    const bool track = tracked(self);
    const ramp_saved what = track ? choose(op, self, false) : RAMP_SAVED_INPUT;
    if (what == RAMP_SAVED_MASK) return std::get<0>(autograd_mask(op, self, order_of(self)));
    Tensor result;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        result = op.calls->forward(self, op.op.param);
    }
    std::shared_ptr<Backward> node;
    if (track) {
        node = node_for<Backward>(op, self);
        node->output = what == RAMP_SAVED_OUTPUT;
        if (!node->output) node->saved = SavedVariable(self, false);
        attach(result, node);
    }
    if (has_tangent(self)) result._set_fw_grad(push_forward(op, self), 0, false);
    if (node && node->output) node->saved = SavedVariable(result, true); /* with its tangent */
    return result;
}

/* In place. The kernel under ADInplaceOrView counts the version. */
template <class Run> static Tensor rewrite(const Op &op, Tensor &self, ramp_saved what, Order order, bool track, const Run &run) {
    torch::autograd::check_inplace(self, track);
    std::shared_ptr<RampNode> node;
    Tensor original, tangent, mask;
    if (track) {
        if (what == RAMP_SAVED_MASK)
            node = node_for<MaskBackward>(op, self);
        else
            node = node_for<Backward>(op, self);
        node->output = what == RAMP_SAVED_OUTPUT;
        node->order = Dims(order.begin(), order.end());
        if (what == RAMP_SAVED_INPUT) original = self.clone();
        if (original.defined()) node->saved = SavedVariable(original, false);
    }
    if (has_tangent(self)) {
        const Tensor pushed = push_forward(op, self);
        tangent = self._fw_grad(0).copy_(pushed);
    }
    {
        at::AutoDispatchBelowAutograd below;
        mask = run(self);
    }
    if (node) {
        torch::autograd::rebase_history(self, node);
        if (what == RAMP_SAVED_MASK) node->saved = SavedVariable(mask, false);
    }
    if (tangent.defined()) self._set_fw_grad(tangent, 0, true);
    if (node && node->output) node->saved = SavedVariable(self, true, self.is_view());
    return mask;
}

void autograd_forward_(const Op &op, Tensor &self) {
    const bool track = tracked(self);
    const ramp_saved what = track ? choose(op, self, true) : RAMP_SAVED_INPUT;
    const Dims order = what == RAMP_SAVED_MASK ? order_of(self) : Dims();
    rewrite(op, self, what, order, track, [&](Tensor &t) {
        if (what == RAMP_SAVED_MASK) return op.calls->mask_(t, op.op.param, order);
        op.calls->forward_(t, op.op.param);
        return Tensor();
    });
}

Tensor autograd_mask_(const Op &op, Tensor &self, Order order) {
    return rewrite(op, self, RAMP_SAVED_MASK, order, tracked(self), [&](Tensor &t) { return op.calls->mask_(t, op.op.param, order); });
}

Tensor autograd_backward(const Op &op, const Tensor &grad, const Tensor &saved, bool output) {
    Tensor result, tangent;
    {
        at::AutoDispatchBelowADInplaceOrView below;
        result = op.calls->backward(grad, saved, op.op.param, output);
    }
    if (tracked(grad) || tracked(saved)) {
        const auto node = make_node<BackwardBackward>(op);
        node->set_next_edges(torch::autograd::collect_next_edges(grad, saved));
        node->output = output;
        node->saved = SavedVariable(saved, false);
        if (op.calls->saves != RAMP_SAVES_MASK) node->grad = SavedVariable(grad, false);
        attach(result, node);
    }
    if (has_tangent(grad)) tangent = op.calls->backward(grad._fw_grad(0), primal(saved), op.op.param, output);
    if (has_tangent(saved)) tangent = sum(tangent, second_derivative(op, saved._fw_grad(0), primal(grad), primal(saved), output));
    if (!tangent.defined() && has_tangent(saved)) tangent = at::zeros_like(result);
    if (tangent.defined()) result._set_fw_grad(tangent, 0, false);
    return result;
}

Tensor autograd_mask_backward(const Op &op, const Tensor &grad, const Tensor &mask, Order order) {
    Tensor result;
    if (tracked(grad)) {
        result = tracked_mask_backward(op, grad, mask, order, nullptr);
    } else {
        at::AutoDispatchBelowADInplaceOrView below;
        result = op.calls->mask_backward(grad, mask, op.op.param, order);
    }
    if (has_tangent(grad)) result._set_fw_grad(op.calls->mask_backward(grad._fw_grad(0), mask, op.op.param, order), 0, false);
    return result;
}

} // namespace ramp_torch
