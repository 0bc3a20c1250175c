/* transforms.cpp: vmap (a batch is one more dimension of a point-wise op) and functionalization (in-place ops inside torch.compile). */
#include "ops.h"

#include <ATen/FunctionalTensorWrapper.h>
#include <ATen/functorch/BatchedTensorImpl.h>
#include <ATen/ops/constant_pad_nd.h>

#include <optional>

namespace ramp_torch {

using at::Tensor;

namespace {

/*
 * The innermost vmap that these tensors belong to, with vmap's own key off: calls go to what lies within. (PyTorch's DynamicLayer.h, which knows the current
 * level, needs headers that its packages lack.)
 */
struct Level {
    c10::impl::ExcludeDispatchKeyGuard guard{c10::DispatchKey::FuncTorchBatched};
    int64_t id = -1;
    explicit Level(std::initializer_list<const Tensor *> tensors) {
        for (const Tensor *t : tensors)
            if (const auto *batched = at::functorch::maybeGetBatchedImpl(*t)) id = std::max(id, batched->level());
    }
    std::pair<Tensor, std::optional<int64_t>> unwrap(const Tensor &t) const {
        const auto *batched = at::functorch::maybeGetBatchedImpl(t);
        if (!batched || batched->level() != id) return {t, std::nullopt};
        return {batched->value(), batched->bdim()};
    }
    Tensor wrap(Tensor t, int64_t dim) const { return at::functorch::makeBatched(std::move(t), dim, id); }
};

/* The batch first; one that has none is broadcast. */
Tensor batch_first(const Tensor &t, std::optional<int64_t> dim, const c10::SymInt &size) {
    if (dim) return t.movedim(*dim, 0);
    std::vector<c10::SymInt> sizes{size};
    for (const auto &s : t.sym_sizes()) sizes.push_back(s);
    return t.unsqueeze(0).expand_symint(sizes);
}

/*
 * An example's mask begins on a byte: batched, the elements are laid out as rows, in the mask's order, each padded to whole bytes.
 */
struct Rows {
    std::vector<int64_t> permutation{0}, inverse;
    c10::SymInt batch, length, bytes;
    std::vector<c10::SymInt> sizes; /* of the permuted batch */
    Rows(const Tensor &batched, Order order) : batch(batched.sym_size(0)), length(1) {
        for (int64_t d = 0; d + 1 < batched.dim(); d++) permutation.push_back(1 + (order.empty() ? d : order[d]));
        inverse.resize(permutation.size());
        for (size_t i = 0; i < permutation.size(); i++) {
            inverse[permutation[i]] = int64_t(i);
            sizes.push_back(batched.sym_size(permutation[i]));
            if (i > 0) length = length * sizes[i];
        }
        bytes = (length + 7) / 8;
    }
    Tensor flatten(const Tensor &batched) const {
        const Tensor rows = batched.permute(permutation).reshape_symint({batch, length});
        return at::constant_pad_nd_symint(rows, {c10::SymInt(0), bytes * 8 - length}).contiguous();
    }
    Tensor restore(const Tensor &rows) const { return rows.narrow_symint(1, 0, length).reshape_symint(sizes).permute(inverse); }
};

} // namespace

Tensor batched_forward(const Op &op, const Tensor &self) {
    const Level level({&self});
    const auto [value, dim] = level.unwrap(self);
    const Tensor result = op.calls->forward(value, op.op.param);
    return dim ? level.wrap(result, *dim) : result;
}

void batched_forward_(const Op &op, Tensor &self) {
    const Level level({&self});
    auto [value, dim] = level.unwrap(self);
    op.calls->forward_(value, op.op.param);
}

Tensor batched_backward(const Op &op, const Tensor &grad, const Tensor &saved, bool output) {
    const Level level({&grad, &saved});
    const auto [g, g_dim] = level.unwrap(grad);
    const auto [s, s_dim] = level.unwrap(saved);
    if (!g_dim && !s_dim) return op.calls->backward(g, s, op.op.param, output);
    const c10::SymInt size = g_dim ? g.sym_size(*g_dim) : s.sym_size(*s_dim);
    return level.wrap(op.calls->backward(batch_first(g, g_dim, size), batch_first(s, s_dim, size), op.op.param, output), 0);
}

Pair batched_mask(const Op &op, const Tensor &self, Order order) {
    const Level level({&self});
    const auto [value, dim] = level.unwrap(self);
    if (!dim) return op.calls->mask(value, op.op.param, order);
    const Tensor batched = value.movedim(*dim, 0);
    const Rows rows(batched, order);
    const auto [y, mask] = op.calls->mask(rows.flatten(batched), op.op.param, {});
    return {level.wrap(rows.restore(y), 0), level.wrap(mask.reshape_symint({rows.batch, rows.bytes}), 0)};
}

Tensor batched_mask_(const Op &op, Tensor &self, Order order) {
    const auto [y, mask] = batched_mask(op, self, order);
    self.copy_(y);
    return mask;
}

Tensor batched_mask_backward(const Op &op, const Tensor &grad, const Tensor &mask, Order order) {
    const Level level({&grad, &mask});
    const auto [g, g_dim] = level.unwrap(grad);
    const auto [m, m_dim] = level.unwrap(mask);
    if (!g_dim && !m_dim) return op.calls->mask_backward(g, m, op.op.param, order);
    const c10::SymInt size = g_dim ? g.sym_size(*g_dim) : m.sym_size(*m_dim);
    const Tensor batched = batch_first(g, g_dim, size);
    const Rows rows(batched, order);
    const Tensor bits = batch_first(m, m_dim, size).reshape_symint({rows.batch * rows.bytes});
    const Tensor dx = op.calls->mask_backward(rows.flatten(batched), bits.contiguous(), op.op.param, {});
    return level.wrap(rows.restore(dx), 0);
}

/* ---- Functionalization: an in-place op is the plain one and a replacement ---- */

template <class Run> static void replace(Tensor &self, const Run &run) {
    namespace functional = at::functionalization::impl;
    if (!functional::isFunctionalTensor(self)) {
        at::AutoDispatchSkipFunctionalize skip;
        self.copy_(run(self));
        return;
    }
    functional::sync(self);
    const Tensor inner = functional::from_functional_tensor(self);
    Tensor result;
    {
        at::AutoDispatchSkipFunctionalize skip;
        result = run(inner);
    }
    functional::replace_(self, result);
    functional::commit_update(self);
    functional::sync(self);
}

void functionalize_forward_(const Op &op, Tensor &self) {
    replace(self, [&](const Tensor &t) { return op.calls->forward(t, op.op.param); });
}

Tensor functionalize_mask_(const Op &op, Tensor &self, Order order) {
    Tensor mask;
    const bool functional = at::functionalization::impl::isFunctionalTensor(self);
    replace(self, [&](const Tensor &t) {
        auto [y, m] = op.calls->mask(t, op.op.param, order);
        mask = m;
        return y;
    });
    return functional ? at::functionalization::impl::to_functional_tensor(mask) : mask;
}

} // namespace ramp_torch
