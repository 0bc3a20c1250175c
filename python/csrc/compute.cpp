/* compute.cpp: an op's work on tensors in hand: outputs with the strides that PyTorch's own would have, then one call of the library. */
#include "ops.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/empty_strided.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

namespace ramp_torch {

#if TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 1
static void *read_pointer(const at::Tensor &t) { return t.data_ptr(); }
static void *write_pointer(const at::Tensor &t) { return t.data_ptr(); }
#else
static void *read_pointer(const at::Tensor &t) { return const_cast<void *>(t.const_data_ptr()); }
static void *write_pointer(const at::Tensor &t) { return t.mutable_data_ptr(); }
#endif

ramp_dtype dtype_of(const at::Tensor &t) {
    switch (t.scalar_type()) {
    case at::kFloat: return RAMP_F32;
    case at::kDouble: return RAMP_F64;
    case at::kHalf: return RAMP_F16;
    case at::kBFloat16: return RAMP_BF16;
    default: break;
    }
    TORCH_CHECK_NOT_IMPLEMENTED(false, "ramp_torch: a tensor of ", t.scalar_type(),
                                ": the ops are there for float32, float64, float16 and bfloat16; convert it with .to()");
}

void check_layout(const at::Tensor &t) {
    const char *const layout = t.is_nested()                ? "nested"
                               : t.is_quantized()           ? "quantized"
                               : t.is_mkldnn()              ? "oneDNN (torch._mkldnn)"
                               : t.is_sparse()              ? "sparse (torch.sparse_coo)"
                               : t.layout() != at::kStrided ? "sparse, compressed"
                                                            : nullptr;
    TORCH_CHECK_NOT_IMPLEMENTED(!layout, "ramp_torch: this tensor is ", layout,
                                ": the ops take dense tensors (layout torch.strided, any strides); ",
                                t.is_nested()      ? "give them .values(), or the tensors of .unbind()"
                                : t.is_quantized() ? "convert it with .dequantize()"
                                                   : "convert it with .to_dense()");
}

namespace {

enum { max_dims = RAMP_MAX_DIMS };

/* ---- Outputs ---- */

/* What TensorIterator gives: the strides of one that is dense without overlap, its dimensions' order where it is not. */
at::Tensor output_like(const at::Tensor &t) {
    if (t.is_cpu() && t.is_contiguous()) return at::Tensor(at::detail::empty_cpu(t.sizes(), t.scalar_type()));
    return at::empty_like(t);
}

bool is_dense(const at::Tensor &t) { return t.is_contiguous() || t.is_non_overlapping_and_dense(); }

/* PyTorch's backward ops name one tensor first, whose layout dx takes if it has one: what was saved for these, for all others the gradient. */
bool saved_is_first(const ramp_op &op) { return op.id == RAMP_RELU || op.id == RAMP_LEAKY_RELU || op.id == RAMP_THRESHOLD; }

at::Tensor gradient_like(const ramp_op &op, const at::Tensor &grad, const at::Tensor &saved) {
    return output_like((saved_is_first(op) ? is_dense(saved) : !is_dense(grad)) ? saved : grad);
}

/* As gradient_like, where a mask alone was saved, in the order of the output's dimensions; empty is row-major. Symbolic sizes too. */
at::Tensor gradient_like_order(const ramp_op &op, const at::Tensor &grad, Order order) {
    if (!saved_is_first(op) && (order.empty() || is_dense(grad))) return output_like(grad);
    const auto sizes = grad.sym_sizes();
    if (order.empty()) return grad.is_contiguous() ? output_like(grad) : at::empty_symint(sizes, grad.options());
    std::vector<c10::SymInt> strides(sizes.size());
    c10::SymInt step = 1;
    for (size_t i = order.size(); i-- > 0;) {
        strides[order[i]] = step;
        step = step * sizes[order[i]].max(1);
    }
    return at::empty_strided_symint(sizes, strides, grad.options());
}

at::Tensor empty_mask(const at::Tensor &like) {
    if (like.is_cpu()) return at::Tensor(at::detail::empty_cpu({(like.numel() + 7) / 8}, at::kByte));
    return at::empty_symint({(like.sym_numel() + 7) / 8}, like.options().dtype(at::kByte));
}

/* ---- Checks ---- */

/* Lists in text of our own: a stream that prints a number crashes where the compiler's libstdc++ is not the one that PyTorch was built with. */
template <class List> std::string text_of(const List &list) {
    std::string text = "[";
    for (const c10::SymInt number : list) {
        if (text.size() > 1) text += ", ";
        text += number.is_symbolic() ? "?" : std::to_string(number.as_int_unchecked());
    }
    return text + "]";
}

std::string shape_of(const at::Tensor &t) { return text_of(t.sym_sizes()); }

void check_same(const at::Tensor &grad, const at::Tensor &saved) {
    TORCH_CHECK_VALUE(grad.sym_sizes() == saved.sym_sizes(), "ramp_torch: the gradient is of shape ", shape_of(grad),
                      " and what was saved of shape ", shape_of(saved), ": they must be of one shape");
    TORCH_CHECK_TYPE(grad.scalar_type() == saved.scalar_type(), "ramp_torch: the gradient is ", grad.scalar_type(), " and what was saved ",
                     saved.scalar_type(), ": they must be of one dtype");
    TORCH_CHECK_VALUE(grad.device() == saved.device(), "ramp_torch: the gradient is on ", grad.device(), " and what was saved on ",
                      saved.device(), ": they must be on one device");
}

void check_mask(const at::Tensor &grad, const at::Tensor &mask) {
    TORCH_CHECK_TYPE(mask.scalar_type() == at::kByte, "ramp_torch: the mask is ", mask.scalar_type(),
                     ": a mask is uint8, a bit an element");
    TORCH_CHECK_VALUE(mask.dim() == 1 && mask.sym_numel() == (grad.sym_numel() + 7) / 8, "ramp_torch: the mask is of shape ",
                      shape_of(mask), " and the gradient of shape ", shape_of(grad),
                      ": a mask has one byte for each 8 elements, rounded up");
    TORCH_CHECK_VALUE(mask.is_contiguous(), "ramp_torch: the mask must be contiguous");
    TORCH_CHECK_VALUE(grad.device() == mask.device(), "ramp_torch: the gradient is on ", grad.device(), " and the mask on ", mask.device(),
                      ": they must be on one device");
}

void check_order(const at::Tensor &t, Order order) {
    uint64_t seen = 0;
    if (order.empty()) return;
    for (int64_t d : order)
        if (d >= 0 && d < t.dim()) seen |= uint64_t(1) << d;
    TORCH_CHECK_VALUE(int64_t(order.size()) == t.dim() && seen == ~uint64_t(0) >> (64 - t.dim()), "ramp_torch: a mask's order of ",
                      text_of(order), " is no permutation of the dimensions of ", shape_of(t));
}

/* The parameters, where no device checks them. */
void check_op(const ramp_op &op, const at::Tensor &t) {
    const ramp_dtype dtype = dtype_of(t);
    if (ramp_op_saves(&op, dtype) != 0) return;
    ramp_status status = ramp_device_supports(cpu_device(), &op, dtype);
    if (status != RAMP_OK) throw_status(status);
}

/* ---- One call of the library ---- */

struct Operands {
    const at::Tensor *tensor[3]; /* forward: x, mask or nullptr, y; backward: saved or mask, dy, dx */
    int mask;                    /* which is the mask; -1: none */
    Order order;                 /* of the mask */
};

/* Tensors as the library takes them: one run where all are contiguous, which costs least to describe. */
void describe(const Operands &in, ramp_dtype dtype, ramp_tensor *out) {
    bool run = in.order.empty();
    const at::Tensor *shape = nullptr;
    for (int i = 0; i < 3; i++) {
        if (!in.tensor[i] || i == in.mask) continue;
        shape = in.tensor[i];
        run = run && shape->is_contiguous();
    }
    for (int i = 2; i >= 0;
         i--) { /* outputs first: to write to memory that is shared until written moves it, also for an input that is the same tensor */
        const at::Tensor *t = in.tensor[i];
        if (!t) continue;
        ramp_tensor &r = out[i];
        r.data = i == 2 || (i == 1 && in.mask == 1) ? write_pointer(*t) : read_pointer(*t);
        r.byte_offset = 0;
        r.dtype = i == in.mask ? RAMP_BIT : dtype;
        r.memory = RAMP_MEMORY_NATIVE;
        if (run) {
            r.ndim = 1;
            r.shape[0] = shape->numel();
            r.strides[0] = 1;
            continue;
        }
        r.ndim = int32_t(shape->dim());
        for (int d = 0; d < r.ndim; d++) r.shape[d] = shape->size(d);
        if (i != in.mask) {
            for (int d = 0; d < r.ndim; d++) r.strides[d] = t->stride(d);
            continue;
        }
        int64_t step = 1;
        for (int k = r.ndim; k-- > 0;) {
            const int64_t d = in.order.empty() ? k : in.order[k];
            r.strides[d] = step;
            step *= r.shape[d] > 1 ? r.shape[d] : 1;
        }
    }
}

/* Memory of a device with memory of its own, given back at the end. */
struct Staged {
    ramp_device *device;
    void *data = nullptr;
    size_t bytes;
    Staged(ramp_device *dev, size_t n) : device(dev), bytes(n) { check(ramp_memory_alloc(dev, n, &data)); }
    Staged(const Staged &) = delete;
    ~Staged() { ramp_memory_free(device, data); }
    static void check(ramp_status status) {
        if (status != RAMP_OK) throw_status(status);
    }
    void up(const at::Tensor &t) { check(ramp_memory_upload(device, data, 0, read_pointer(t), bytes)); }
    void down(const at::Tensor &t) { check(ramp_memory_download(device, write_pointer(t), data, 0, bytes)); }
    ramp_tensor view(ramp_dtype dtype, int64_t n) const { return ramp_tensor_dense(data, dtype, 1, &n); }
};

/* In a mask's order, and in one run. */
at::Tensor as_run(const at::Tensor &t, Order order) { return (order.empty() ? t : t.permute(order)).contiguous(); }

void write_back(const at::Tensor &t, Order order, const at::Tensor &run) {
    const at::Tensor view = order.empty() ? t : t.permute(order);
    if (read_pointer(run) != read_pointer(view)) view.copy_(run);
}

void staged_forward(ramp_device *dev, const ramp_op &op, ramp_dtype dtype, const at::Tensor &x, const at::Tensor &y, const at::Tensor *mask,
                    Order order) {
    const int64_t n = x.numel();
    const at::Tensor from = as_run(x, order), to = as_run(y, order);
    Staged run(dev, size_t(n) * x.element_size()), bits(dev, mask ? size_t(mask->numel()) : 0);
    run.up(from);
    const ramp_tensor view = run.view(dtype, n), bit_view = bits.view(RAMP_BIT, n);
    Staged::check(ramp_forward(dev, &op, &view, &view, mask ? &bit_view : nullptr));
    run.down(to);
    if (mask) bits.down(*mask);
    write_back(y, order, to);
}

void staged_backward(ramp_device *dev, const ramp_op &op, ramp_dtype dtype, ramp_saved what, const at::Tensor &saved, const at::Tensor &dy,
                     const at::Tensor &dx, Order order) {
    const int64_t n = dy.numel();
    const at::Tensor kept = what == RAMP_SAVED_MASK ? saved : as_run(saved, order), from = as_run(dy, order), to = as_run(dx, order);
    Staged run(dev, size_t(n) * dy.element_size()), other(dev, size_t(kept.numel()) * kept.element_size());
    run.up(from);
    other.up(kept);
    const ramp_tensor view = run.view(dtype, n), saved_view = other.view(what == RAMP_SAVED_MASK ? RAMP_BIT : dtype, n);
    Staged::check(ramp_backward(dev, &op, what, &saved_view, &view, &view));
    run.down(to);
    write_back(dx, order, to);
}

void forward(const ramp_op &op, const at::Tensor &x, const at::Tensor &y, const at::Tensor *mask, Order order) {
    const ramp_dtype dtype = dtype_of(x);
    const Place place = place_of(x.device(), op, dtype);
    if (place.staged) return staged_forward(place.device, op, dtype, x, y, mask, order);
    if (x.dim() > max_dims &&
        !(order.empty() && x.is_contiguous() && y.is_contiguous())) { /* more than the library describes: one run, by copies */
        const at::Tensor from = as_run(x, order), to = as_run(y, order);
        forward(op, from, to, mask, {});
        return write_back(y, order, to);
    }
    ramp_tensor t[3];
    describe({{&x, mask, &y}, mask ? 1 : -1, order}, dtype, t);
    const ramp_submit on = {place.queue, 0, nullptr, nullptr};
    const ramp_status status = ramp_forward_on(place.device, place.stream ? &on : nullptr, &op, &t[0], &t[2], mask ? &t[1] : nullptr);
    if (status != RAMP_OK) throw_status(status);
}

void backward(const ramp_op &op, ramp_saved what, const at::Tensor &saved, const at::Tensor &dy, const at::Tensor &dx, Order order) {
    const ramp_dtype dtype = dtype_of(dy);
    const Place place = place_of(dy.device(), op, dtype);
    if (place.staged) return staged_backward(place.device, op, dtype, what, saved, dy, dx, order);
    if (dy.dim() > max_dims && !(order.empty() && saved.is_contiguous() && dy.is_contiguous() && dx.is_contiguous())) {
        const at::Tensor to = as_run(dx, order);
        backward(op, what, what == RAMP_SAVED_MASK ? saved : as_run(saved, order), as_run(dy, order), to, {});
        return write_back(dx, order, to);
    }
    ramp_tensor t[3];
    describe({{&saved, &dy, &dx}, what == RAMP_SAVED_MASK ? 0 : -1, order}, dtype, t);
    const ramp_submit on = {place.queue, 0, nullptr, nullptr};
    const ramp_status status = ramp_backward_on(place.device, place.stream ? &on : nullptr, &op, what, &t[0], &t[1], &t[2]);
    if (status != RAMP_OK) throw_status(status);
}

} // namespace

/* ---- CPU and CUDA ---- */

at::Tensor compute_forward(const ramp_op &op, const at::Tensor &self) {
    dtype_of(self);
    at::Tensor y = output_like(self);
    forward(op, self, y, nullptr, {});
    return y;
}

at::Tensor &compute_forward_(const ramp_op &op, at::Tensor &self) {
    forward(op, self, self, nullptr, {});
    return self;
}

at::Tensor compute_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &saved, bool output) {
    dtype_of(grad);
    check_same(grad, saved);
    at::Tensor dx = gradient_like(op, grad, saved);
    backward(op, output ? RAMP_SAVED_OUTPUT : RAMP_SAVED_INPUT, saved, grad, dx, {});
    return dx;
}

Pair compute_mask(const ramp_op &op, const at::Tensor &self, Order order) {
    dtype_of(self);
    check_order(self, order);
    at::Tensor y = output_like(self), mask = empty_mask(self);
    forward(op, self, y, &mask, order);
    return {y, mask};
}

at::Tensor compute_mask_(const ramp_op &op, at::Tensor &self, Order order) {
    dtype_of(self);
    check_order(self, order);
    at::Tensor mask = empty_mask(self);
    forward(op, self, self, &mask, order);
    return mask;
}

at::Tensor compute_mask_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &mask, Order order) {
    dtype_of(grad);
    check_order(grad, order);
    check_mask(grad, mask);
    at::Tensor dx = gradient_like_order(op, grad, order);
    backward(op, RAMP_SAVED_MASK, mask, grad, dx, order);
    return dx;
}

/* ---- Meta: the same shapes, strides and errors ---- */

at::Tensor meta_forward(const ramp_op &op, const at::Tensor &self) {
    check_op(op, self);
    return at::empty_like(self);
}

at::Tensor &meta_forward_(const ramp_op &op, at::Tensor &self) {
    check_op(op, self);
    return self;
}

at::Tensor meta_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &saved, bool) {
    check_op(op, grad);
    check_same(grad, saved);
    return gradient_like(op, grad, saved);
}

Pair meta_mask(const ramp_op &op, const at::Tensor &self, Order order) {
    check_op(op, self);
    check_order(self, order);
    return {at::empty_like(self), empty_mask(self)};
}

at::Tensor meta_mask_(const ramp_op &op, at::Tensor &self, Order order) {
    check_op(op, self);
    check_order(self, order);
    return empty_mask(self);
}

at::Tensor meta_mask_backward(const ramp_op &op, const at::Tensor &grad, const at::Tensor &mask, Order order) {
    check_op(op, grad);
    check_order(grad, order);
    check_mask(grad, mask);
    return gradient_like_order(op, grad, order);
}

} // namespace ramp_torch
