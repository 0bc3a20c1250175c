/*
 * ramp.h: the whole public API of ramp, a library of element-wise activation functions, forward and backward, on CUDA, OpenCL and the CPU.
 *
 * Conventions
 *   Errors     Every function that can fail returns a ramp_status; ramp_last_error() then gives this thread's failure in words: what was given, what
 *              is allowed, what to do next. On failure outputs are as they were. The library never prints (unless RAMP_VERBOSE is set), exits
 *              or aborts. Any function may also return RAMP_ERROR_FORKED: the device is a GPU that was opened before a fork().
 *   Ownership  The caller owns every struct and all tensor memory; the library keeps no pointer after a call returns, except what a queued call
 *              still reads and writes on the device: that memory must live until the work is done. Every close, free and destroy takes NULL.
 *   Threads    Any function may be called from any thread, on the same device too; calls on one queue run in the order in which they were made. A
 *              device, event or memory must not be closed or freed while another thread still uses it.
 *   Time       ramp_forward, ramp_backward and ramp_event_record queue work and return; on the CPU backend the work is done when they return.
 *              ramp_memory_upload, ramp_memory_download, ramp_event_wait and ramp_device_synchronize wait.
 *   Units      Sizes are in bytes, counts, shapes and strides in elements, times in milliseconds.
 *   Printing   RAMP_VERBOSE=1 says on stderr which device was opened, and why no other. 2, read when a device is opened, also prints a line for each call of
 *              ramp_forward, ramp_backward and their kin on it, in the form of ONEDNN_VERBOSE:
 *                ramp_verbose,exec,cuda:0,hardtanh,flat,forward,x_f32:flat y_f32:flat mask_bit:flat,lo:-1 hi:1,4096,5.376
 *              operation, device, op, kernel, pass (backward:input, :output, :mask), operands with their strides where not flat, parameters, shape (as it is
 *              run: neighbouring dimensions that are contiguous are one), microseconds by the device's clock, the loading of a kernel that is new included.
 *              For them each call waits until it is done; "-" where it may not: in a stream that is captured, after events of the caller's, on a
 *              queue without times. A call over the host's arrays is one line, its time the host's. Without it a call pays for one branch.
 *   Bits       An op gives the same bits on every backend (a NaN's sign and payload aside), whatever rounding mode or flush-to-zero setting the
 *              caller's thread is in.
 */
#ifndef RAMP_RAMP_H
#define RAMP_RAMP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef RAMP_API
#if defined(__GNUC__)
#define RAMP_API __attribute__((visibility("default")))
#else
#define RAMP_API
#endif
#endif

#define RAMP_VERSION_MAJOR 0
#define RAMP_VERSION_MINOR 1
#define RAMP_VERSION_PATCH 0

/* ABI: fixed for a SOVERSION. */
#define RAMP_MAX_DIMS   16
#define RAMP_MAX_PARAMS 4

/* ---- Vocabulary ---- */

/* What a call came to. ramp_status_name() gives the token, ramp_last_error() the sentence. */
typedef enum ramp_status {
    RAMP_OK = 0,
    RAMP_ERROR_ARGUMENT,    /* the caller's argument is wrong: NULL, a bad shape, parameter, address or selector */
    RAMP_ERROR_UNSUPPORTED, /* the argument is meaningful, but this version, backend or device does not serve it */
    RAMP_ERROR_UNAVAILABLE, /* the backend or device asked for cannot start here: no driver, no device, not built in */
    RAMP_ERROR_MEMORY,      /* the host or the device has too little memory */
    RAMP_ERROR_DEVICE,      /* the driver reported an error, perhaps of work queued earlier */
    RAMP_ERROR_FORKED       /* this process was forked after the GPU driver was started; a child cannot use it */
} ramp_status;

/* The type of an element. f16 and bf16 are storage: arithmetic is in float, rounded once. */
typedef enum ramp_dtype {
    RAMP_F32 = 1,
    RAMP_F64,
    RAMP_F16,
    RAMP_BF16,
    RAMP_BIT /* a mask: one bit an element, least significant first */
} ramp_dtype;

/* What the backward pass is given. ramp_op_saves() says which of these an op accepts. */
typedef enum ramp_saved { RAMP_SAVED_INPUT, RAMP_SAVED_OUTPUT, RAMP_SAVED_MASK } ramp_saved;

/* What ramp_tensor.data is. NATIVE: an address on the device (CPU, CUDA), or the cl_mem (OpenCL). SVM: OpenCL's shared virtual memory. */
typedef enum ramp_memory { RAMP_MEMORY_NATIVE, RAMP_MEMORY_SVM } ramp_memory;

typedef enum ramp_device_type { RAMP_DEVICE_CPU = 1, RAMP_DEVICE_GPU, RAMP_DEVICE_ACCELERATOR } ramp_device_type;

/* RAMP_HARDSIGMOID, RAMP_SOFTSIGN, ...: the ids of ops.def. */
typedef enum ramp_op_id {
#define RAMP_OP(id, NAME, ...) RAMP_##NAME = id,
#include "ops.def"
#undef RAMP_OP
    RAMP_OP_NONE = 0
} ramp_op_id;

/* An op with its parameters: (ramp_op){RAMP_HARDTANH, 2, {-1, 1}}. Those past `count` are at their defaults. Each is rounded once to the
 * type in which the op computes (float, or double for f64); the op is defined on the rounded values. */
typedef struct ramp_op {
    ramp_op_id id;
    uint32_t count;
    double param[RAMP_MAX_PARAMS];
} ramp_op;

/* A view of the caller's memory, with DLPack's meaning, held by value. Element (i0, i1, ...) lies byte_offset bytes plus
 * i0 * strides[0] + i1 * strides[1] + ... elements after `data`. ndim 0 is one element. A dimension of size 0 makes the tensor empty, whatever
 * the other sizes are: then `data` may be NULL. Each element must be aligned to its own size. */
typedef struct ramp_tensor {
    void *data;
    uint64_t byte_offset;
    ramp_dtype dtype;
    ramp_memory memory;
    int32_t ndim;
    int64_t shape[RAMP_MAX_DIMS], strides[RAMP_MAX_DIMS];
} ramp_tensor;

/* Where one call runs. NULL in its place means the device's own queue (a wrapped device: the wrapped one).
 *   CUDA    queue is the CUstream (or cudaStream_t), taken verbatim, NULL the legacy default stream; no wait, no done.
 *   OpenCL  queue is the cl_command_queue, NULL the device's own; wait holds wait_count cl_events; where done is not NULL, *done becomes a
 *           cl_event that the caller owns and releases.
 *   CPU     all must be zero. */
typedef struct ramp_submit {
    void *queue;
    uint32_t wait_count;
    const void *const *wait;
    void **done;
} ramp_submit;

typedef struct ramp_device ramp_device;   /* one device of one backend, opened */
typedef struct ramp_event ramp_event;     /* a point on a queue whose time the device notes */
typedef struct ramp_backend ramp_backend; /* ramp/backend.h */

/* RAMP_VERSION_MAJOR << 16 | RAMP_VERSION_MINOR << 8 | RAMP_VERSION_PATCH of the library that is running. Cannot fail. */
RAMP_API uint32_t ramp_version(void);

/* ---- Errors ---- */

/* This thread's last failure, in words. Never NULL; "" before the first failure. Valid until this thread's next failing call. */
RAMP_API const char *ramp_last_error(void);

/* "RAMP_OK", "RAMP_ERROR_ARGUMENT", ... Never NULL: a value that is no status is "unknown ramp_status". */
RAMP_API const char *ramp_status_name(ramp_status status);

/* ---- Devices ----
 *
 * A selector is "auto", or a list in order of preference: "cuda,opencl,cpu". Each entry may name a device by index, by a part of its name,
 * or by type: "cuda:1", "opencl:NVIDIA", "opencl:gpu" (gpu, cpu, accelerator). Letters' case does not matter. "auto" prefers CUDA, then an
 * OpenCL GPU, then the CPU; an OpenCL device that is not a GPU is taken only when named. The first entry that starts is taken; nothing
 * outside the list is.
 *
 * An OpenCL device without subnormal numbers (CL_FP_DENORM) opens only where the selector gives its index or part of its name, "opencl:1", or around
 * a caller's queue; never by auto, a bare "opencl" or a type. There, numbers below 2^-126 are zeros in f32 and bf16, going in, coming out and between,
 * and results below about 2^-90 may be an ulp off. f16 is as everywhere but where a parameter is below 2^-126, or a result so small that its zero may have the
 * other sign. f64 is as everywhere. */

/* One device, or a backend that cannot start (then status is not RAMP_OK, and reason holds its driver's or loader's words). */
typedef struct ramp_device_info {
    char backend[16];      /* "cuda", "opencl", "cpu" */
    char selector[32];     /* opens exactly this device: "opencl:1"; the backend's name where it has no device */
    char name[256];        /* the vendor's name of the device, "" where there is none */
    char driver[128];      /* the driver's version, as the vendor writes it */
    ramp_device_type type; /* 0 where there is no device */
    ramp_status status;    /* RAMP_OK: ready */
    char reason[512];      /* why it is not ready, or what a device that is ready lacks; "" mostly */
    uint64_t memory;       /* bytes of the device's memory */
    uint64_t max_alloc;    /* bytes that one allocation can have */
    uint32_t dtypes;       /* bit (1 << RAMP_F32) and so on: what it computes */
} ramp_device_info;

/* List the devices that `selector` covers (NULL: all there are), backends in order of preference. Writes at most `capacity` rows to `list`
 * (NULL when capacity is 0) and the number there are to *count. Starts the drivers. ARGUMENT: count is NULL, list is NULL with a capacity,
 * the selector does not parse. MEMORY. */
RAMP_API ramp_status ramp_device_list(const char *selector, ramp_device_info *list, size_t capacity, size_t *count);

/* Open the device that `selector` names; NULL or "": that RAMP_BACKEND names; that unset or empty too: "auto". *dev is the caller's, to be
 * closed; NULL on failure. ARGUMENT: dev is NULL, the selector does not parse, RAMP_NUM_THREADS does not (of "cpu" alone). UNAVAILABLE: nothing it
 * names can start; the message gives each one's reason. MEMORY.
 *
 * RAMP_NUM_THREADS, 1 to 256, is how many threads the CPU devices of a process share, the caller's included; unset or empty, one a processor that
 * the process may use. It is read when the first of them is opened; while it is anything else none opens, and its row in the list says so. */
RAMP_API ramp_status ramp_device_open(ramp_device **dev, const char *selector);

/* Open a device around a queue of the caller's: `backend` "cuda" with a CUstream, or "opencl" with a cl_command_queue. Work, memory and
 * events then belong to that queue's context and, unless a ramp_submit says otherwise, run on that queue. `ordinal` is the device's index
 * for a CUDA stream that is NULL (the legacy stream of that device's primary context), else it is not read. The stream must outlive the
 * device; a cl_command_queue is retained till the close. ARGUMENT: dev or backend is NULL, no such backend, no such queue. UNSUPPORTED: the
 * backend has no queues. UNAVAILABLE, MEMORY, DEVICE as for ramp_device_open. */
RAMP_API ramp_status ramp_device_wrap(ramp_device **dev, const char *backend, int ordinal, void *native);

/* Close. Waits for the device's own queue, never for a wrapped one. Memory and events of the device must have been freed. Takes NULL. */
RAMP_API void ramp_device_close(ramp_device *dev);

/* Wait for all work queued on the device's own (or wrapped) queue. Errors of work that ran late come out here, also of
 * calls on other queues that did not run because an event that they waited for failed. ARGUMENT: NULL. DEVICE. */
RAMP_API ramp_status ramp_device_synchronize(ramp_device *dev);

/* "cuda", "opencl", "cpu", or a registered backend's name; and the vendor's name of the device. Valid until the close. NULL gives "". */
RAMP_API const char *ramp_device_backend(const ramp_device *dev);
RAMP_API const char *ramp_device_name(const ramp_device *dev);

/* All that ramp_device_list says of this device. ARGUMENT: NULL. */
RAMP_API ramp_status ramp_device_describe(const ramp_device *dev, ramp_device_info *info);

/* RAMP_OK if the device computes this op in this dtype. ARGUMENT: NULL, the op or a parameter is wrong. UNSUPPORTED: it does not; the
 * message says why. */
RAMP_API ramp_status ramp_device_supports(const ramp_device *dev, const ramp_op *op, ramp_dtype dtype);

/* ---- Memory ----
 * Or the caller's own: malloc, cudaMalloc, clCreateBuffer. On OpenCL `data` is the cl_mem. */

/* Allocate `bytes` of the device's memory, not initialised, aligned for every dtype; 0 bytes give NULL. ARGUMENT: NULL. MEMORY: too much,
 * or more than the device's limit for one allocation. DEVICE. */
RAMP_API ramp_status ramp_memory_alloc(ramp_device *dev, size_t bytes, void **data);

/* Free what ramp_memory_alloc gave, after the work already queued. Takes NULL. */
RAMP_API void ramp_memory_free(ramp_device *dev, void *data);

/* Copy `bytes` to, or from, the device's memory, `offset` bytes into it. Both come after the work already queued on the device's own queue,
 * and wait. ARGUMENT: NULL with bytes > 0; past the end, where the backend knows it. DEVICE. */
RAMP_API ramp_status ramp_memory_upload(ramp_device *dev, void *data, size_t offset, const void *src, size_t bytes);
RAMP_API ramp_status ramp_memory_download(ramp_device *dev, void *dst, const void *data, size_t offset, size_t bytes);

/* Allocate `bytes` of the host's memory that copies to and from this device are fastest from: page-locked, on CUDA. Dear to make and to keep: for what is
 * passed through the device often. 0 bytes give NULL. UNSUPPORTED: the backend (CPU, OpenCL) has none, and malloc's is as good. ARGUMENT: NULL. MEMORY,
 * DEVICE. */
RAMP_API ramp_status ramp_host_alloc(ramp_device *dev, size_t bytes, void **data);

/* Free what ramp_host_alloc gave. Takes NULL. */
RAMP_API void ramp_host_free(ramp_device *dev, void *data);

/* ---- Tensors ---- */

/* A dense row-major tensor. A shape that is not valid is kept as it is, and one that is NULL, with an ndim that is not 0, makes ndim -1: the call that is given
 * the tensor will refuse it. Cannot fail. */
RAMP_API ramp_tensor ramp_tensor_dense(void *data, ramp_dtype dtype, int ndim, const int64_t *shape);

/* A dense tensor with the shape of `t`, and its dimensions in the same order in memory; one that t broadcasts (stride 0) has no order, and keeps its
 * place. Cannot fail; t NULL gives an invalid tensor. */
RAMP_API ramp_tensor ramp_tensor_like(const ramp_tensor *t, void *data, ramp_dtype dtype);

/* Bytes of memory that a dense tensor of this shape and dtype occupies (BIT: a bit an element, rounded up). 0 for one that is empty or not
 * valid. */
RAMP_API size_t ramp_tensor_bytes(const ramp_tensor *t);

/* ---- Ops ---- */

#define RAMP_TRAIT_TWO_SLOPES     1u /* the derivative takes two values, so that one bit an element saves it */
#define RAMP_TRAIT_FROM_OUTPUT    2u /* the derivative follows from the output, in the dtypes and at the parameters that ramp_op_saves tells */
#define RAMP_TRAIT_MONOTONE       4u /* never falls, bit for bit, at its default parameters (softplus: but at its threshold) */
#define RAMP_TRAIT_ODD            8u /* f(-x) is -f(x), bit for bit (the sign of a zero excepted) */
#define RAMP_TRAIT_HEAVY          16u /* its value takes more arithmetic than memory gives time for: in f16 and bf16 a backend may look it up */
#define RAMP_TRAIT_HEAVY_GRADIENT 32u /* the same of its gradient, which is dy times a slope that x alone gives */

typedef struct ramp_op_param {
    const char *name;
    double value; /* the default */
} ramp_op_param;

/* All strings are static. */
typedef struct ramp_op_info {
    ramp_op_id id;
    const char *name, *aliases, *definition;
    const char *limit; /* what the parameters must satisfy, "" where nothing */
    uint32_t traits;   /* RAMP_TRAIT_x */
    uint32_t param_count;
    ramp_op_param param[RAMP_MAX_PARAMS];
} ramp_op_info;

/* How many ops there are, and op number `index` (0 to count - 1). ARGUMENT: index too large, info is NULL. */
RAMP_API size_t ramp_op_count(void);
RAMP_API ramp_status ramp_op_describe(size_t index, ramp_op_info *info);

/* The op at its default parameters; an id that is no op gives an op that every call refuses. */
RAMP_API ramp_op ramp_op_default(ramp_op_id id);

/* Text to op and back: "softsign", "hardtanh:-1,1", "hardtanh:hi=6", "hardsigmoid:alpha=0.2,beta=0.5". Numbers as strtod reads them in the
 * C locale, inf included, without spaces; names and aliases in any case. ramp_op_format writes text that parses to the same op, NUL-terminated. ARGUMENT:
 * NULL; no such op or parameter; a number that does not parse, or is too large or too small for a double; a parameter outside its limit; capacity too
 * small. */
RAMP_API ramp_status ramp_op_parse(const char *text, ramp_op *op);
RAMP_API ramp_status ramp_op_format(const ramp_op *op, char *text, size_t capacity);

/* hardsigmoid as ONNX and Keras 2 write it, clamp(alpha * x + beta, 0, 1): knees -beta / alpha and (1 - beta) / alpha. ARGUMENT: op is
 * NULL; alpha is not above 0; either, or a knee, is not finite. */
RAMP_API ramp_status ramp_op_hardsigmoid(double alpha, double beta, ramp_op *op);

/* Bit (1 << RAMP_SAVED_x) for each kind that the op's backward pass accepts in this dtype at these parameters; 0 for an op, parameter or dtype that is
 * not valid. OUTPUT depends on all three: f16 stores hardtanh:-0.1,0.1's bounds rounded, where inputs between them lie too. */
RAMP_API unsigned ramp_op_saves(const ramp_op *op, ramp_dtype dtype);

/* ---- The work ----
 *
 *   forward   y  = f(x)
 *   backward  dx = dy * f'(saved)
 *
 * x, y, dy, dx and saved have one shape and one dtype: f32, f64, f16 or bf16. Each has strides of its own: any, of any sign, and 0 for an input
 * that is broadcast. Operands whose elements lie in one run in the same order, whatever that order is, are the fast case.
 *
 * What the backward pass is given, `what`:
 *   RAMP_SAVED_INPUT   x, for every op.
 *   RAMP_SAVED_OUTPUT  y as it was stored. For an op whose slope takes two values only where no two inputs of different slope share an output, in this
 *                      dtype at these parameters: then dx is that of the input. Of sigmoid, tanh, elu (alpha 0 or above), celu and selu dx is dy
 *                      times the derivative as a function of the stored y, which is within 2 ulp.
 *   RAMP_SAVED_MASK    the mask that the forward pass wrote, for an op whose slope takes two values: dx has the same bits as from the input.
 * ramp_op_saves tells which of them an op has.
 *
 * A mask is a tensor of dtype RAMP_BIT and the others' shape, dense in some order of its dimensions, its strides counted in bits and above 0; its
 * first bit is the lowest of the byte at data + byte_offset, and element i of its memory order is bit i % 8 of byte i / 8. A bit is 1 where x > 0
 * (relu, leaky_relu), x > threshold, lo < x < hi (relu6, hardtanh, hardsigmoid), |x| > lambd (the shrinks); at a NaN it is what gives the gradient
 * below. The forward pass writes the last byte's other bits as 0; the backward pass does not read them. It costs least in the order of y's
 * dimensions: ramp_tensor_like(&y, bits, RAMP_BIT).
 *
 * y may be exactly x, dx exactly dy or exactly saved: the same address and strides. Anything else that overlaps an output is refused, also an output
 * whose own elements do; views that interleave without touching are not. The question can be hard for strided views: where it cannot be answered
 * in 20,000 steps for two views (about a millisecond), the call is UNSUPPORTED and says so.
 *
 * How right it is, everywhere in the type's range:
 *   forward    hardsigmoid, softsign, hardtanh, relu, relu6, leaky_relu, threshold, hardswish, hardshrink, softshrink and relu_squared are
 *              correctly rounded. The others are within 1 ulp in f32 at their defaults (2 at any parameters), within 2 in f64. An ulp is
 *              that of the true value, and the smallest subnormal at least.
 *   backward   f' is within 2 ulp (f64: 4; hardsigmoid, softsign, hardtanh: 1); or, within 1/4 of a root of f', within 2^-24 (f64: 2^-52):
 *              hardswish, silu (beta * x), mish, gelu, gelu_tanh, quick_gelu. The product with dy is rounded once, and neither overflows nor
 *              underflows where the true product does not.
 *   f16, bf16  are storage: the bits are those of f32's result for the same numbers, rounded once.
 *
 * At the edges, on every backend, in every dtype and lane: NaN in is NaN out, and only NaN in is NaN out. Subnormal numbers are kept.
 *
 *   op            f(-inf)       f(inf)   f(-0)         dx at NaN x    dx is selected
 *   hardsigmoid   +0            1        its value     +0             x <= lo or x >= hi: +0
 *   softsign      -1            1        -0            NaN
 *   hardtanh      lo            hi       -0, but lo    dy             x <= lo or x >= hi: +0; else dy
 *                                        where lo = 0
 *   relu          +0            inf      +0            dy             x <= 0: +0; else dy
 *   relu6         +0            6        +0            dy             x <= 0 or x >= 6: +0; else dy
 *   leaky_relu    slope * -inf  inf      slope * -0    slope * dy     x > 0: dy; where slope is 0, else +0
 *                 (slope 0: -0)
 *   threshold     x <= threshold ? value : x           dy             x <= threshold: +0; else dy
 *   hardswish     -0, as at any inf      -0            dy             x <= -3: +0; x >= 3: dy
 *                 x <= -3
 *   hardshrink    x outside [-lambd, lambd], else +0   dy             in [-lambd, lambd]: +0; else dy
 *   softshrink    the same, lambd nearer to 0          dy             the same
 *   softplus      +0            inf      log(2) / beta NaN            beta * x > threshold, unrounded: dy, and f is x
 *   elu           -alpha        inf      alpha * -0    dy             x > 0: dy
 *   celu          -alpha        inf      -0            dy             x > 0: dy
 *   selu          -1.758...     inf      -0            scale * dy
 *   sigmoid       +0            1        1/2           NaN
 *   logsigmoid    -inf          +0       -log(2)       NaN
 *   tanh          -1            1        -0            NaN
 *   tanhshrink    -inf          inf      +0            NaN
 *   silu, mish    -0            inf      -0            NaN
 *   gelu, gelu_tanh, quick_gelu: as silu
 *   relu_squared  +0            inf      +0            NaN            x <= 0: +0
 *
 * What is selected is so whatever dy is, NaN and infinity too. Elsewhere dx is a product, with f' at an infinity its limit: it is NaN where
 * dy is infinite and f' is 0, or the other way round. At a finite x a smooth f' is 0 only at its root, however small it be: an infinite dy
 * stays infinite. What underflows keeps the true value's sign, but for logsigmoid's +0.
 *
 * ARGUMENT: NULL; no such op, dtype or saved kind; a mask or saved kind that the op does not have (ramp_op_saves); a parameter outside its limit (in
 * the compute type); shapes or dtypes that differ; ndim or a size out of range; sizes, or sizes times strides, whose sum or product overflows; a mask
 * that is not dense; NULL data; an address not aligned to its element; overlap; memory smaller than its tensor reaches, on either side, or that may
 * not be read or written as the call would (OpenCL: READ_ONLY, WRITE_ONLY); a wait or done where the backend has none. UNSUPPORTED:
 * overlap that could not be told; the dtype on this device; SVM memory where the backend or device has none. MEMORY, DEVICE: the backend's.
 */
RAMP_API ramp_status ramp_forward(ramp_device *dev, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y, const ramp_tensor *mask);
RAMP_API ramp_status ramp_backward(ramp_device *dev, const ramp_op *op, ramp_saved what, const ramp_tensor *saved, const ramp_tensor *dy,
                                   const ramp_tensor *dx);

/* The same, where `on` says (NULL: the device's own queue). On an out-of-order cl_command_queue that is not the device's, order is what wait and done say. */
RAMP_API ramp_status ramp_forward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y,
                                     const ramp_tensor *mask);
RAMP_API ramp_status ramp_backward_on(ramp_device *dev, const ramp_submit *on, const ramp_op *op, ramp_saved what, const ramp_tensor *saved,
                                      const ramp_tensor *dy, const ramp_tensor *dx);

/* The same for arrays that live in the host's memory, or are larger than the device: they are passed through it in chunks of 4 MiB an operand, up to eight at
 * a time (as many as there are processors, two at least), so that copies in, kernels, copies out and the host's own copying overlap; the bits are those of
 * ramp_forward and ramp_backward. The call waits until all is done. The CPU backend works on the arrays where they lie, in one go, and refuses what the others refuse:
 * operands that are not dense, and a bad RAMP_HOST_CHUNK.
 *
 * Every tensor's data is an address of the host's (RAMP_MEMORY_NATIVE), from malloc or from ramp_host_alloc, which saves a copy by the host. All must be
 * dense, with their dimensions in the same order in memory; outputs may be inputs, and may not overlap them, as above.
 *
 * Memory: at most 8 x (2 x 4 MiB + 256 KiB) = 66 MiB of the device's, and on CUDA as much of the host's, page-locked, for arrays that are not. It is made when
 * it is first needed and kept until the device is closed, which may then wait for all that the device has to do. RAMP_HOST_CHUNK sets the 4 MiB: bytes, 64
 * to 2^30, read at a device's first such call. Calls on one device from several threads take turns; none waits for the device's own queue, or holds it up.
 *
 * ARGUMENT: as ramp_forward; SVM memory; an address of the device's; RAMP_HOST_CHUNK. UNSUPPORTED: not dense, or not in one order; as ramp_forward. MEMORY:
 * the buffers cannot be had. DEVICE: then outputs may be written in part. */
RAMP_API ramp_status ramp_forward_host(ramp_device *dev, const ramp_op *op, const ramp_tensor *x, const ramp_tensor *y,
                                       const ramp_tensor *mask);
RAMP_API ramp_status ramp_backward_host(ramp_device *dev, const ramp_op *op, ramp_saved what, const ramp_tensor *saved,
                                        const ramp_tensor *dy, const ramp_tensor *dx);

/* Pay the first call's cost now (load or compile the kernels), for every pass and layout of this op and dtype. Needed before a stream is
 * captured. ARGUMENT, UNSUPPORTED: as ramp_device_supports. MEMORY, DEVICE: the message holds the build log. */
RAMP_API ramp_status ramp_prepare(ramp_device *dev, const ramp_op *op, ramp_dtype dtype);

/* ---- Measuring: device time ---- */

/* An event of this device, to be destroyed before the device is closed. ARGUMENT, MEMORY, DEVICE. */
RAMP_API ramp_status ramp_event_create(ramp_device *dev, ramp_event **event);

/* Note the device's time when the work queued so far is done. A later record of the same event replaces the earlier. ARGUMENT, DEVICE. */
RAMP_API ramp_status ramp_event_record(ramp_event *event, const ramp_submit *on);

/* Wait until the event has happened. ARGUMENT: NULL, or never recorded. DEVICE. */
RAMP_API ramp_status ramp_event_wait(ramp_event *event);

/* Milliseconds of device time from start to stop, both of one device and both happened (ramp_event_wait). ARGUMENT: NULL, never recorded,
 * two devices. UNSUPPORTED: a wrapped OpenCL queue without profiling. DEVICE. */
RAMP_API ramp_status ramp_event_elapsed(ramp_event *start, ramp_event *stop, double *milliseconds);

/* Takes NULL. */
RAMP_API void ramp_event_destroy(ramp_event *event);

/* The roofs that a time is held against: work that only moves bytes, queued like an op on the device's own queue. */
typedef enum ramp_roof {
    RAMP_ROOF_VENDOR_COPY, /* dst = a, by the vendor's copy call (memcpy on every core, on the CPU) */
    RAMP_ROOF_COPY,        /* dst = a, by a kernel with the form of ramp's own */
    RAMP_ROOF_ADD          /* dst = a + b in f32: two reads, one write */
} ramp_roof;

/* Queue a roof over `bytes` (a multiple of 16) of memory from ramp_memory_alloc; b is read by ADD alone. ARGUMENT: NULL, bytes not a
 * multiple of 16, or past the end where the backend knows it, no such roof. UNSUPPORTED: the backend has none. DEVICE. */
RAMP_API ramp_status ramp_roof_run(ramp_device *dev, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);

/* ---- Backends from outside ---- */

/* Add a backend (ramp/backend.h), preferred after those built in and never by "auto". The table and its strings must live as long as the
 * process. Before the first device is opened or listed; a call that refused its selector did neither. ARGUMENT: NULL, another abi number, a
 * slot that must be filled is not, the name is taken or no name, too late, too many. */
RAMP_API ramp_status ramp_backend_register(const ramp_backend *backend);

#ifdef __cplusplus
}
#endif
#endif
