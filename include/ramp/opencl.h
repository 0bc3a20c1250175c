/*
 * ramp/opencl.h: ramp in OpenCL's own types. Opt-in and header-only: it needs the OpenCL headers' <CL/cl.h> (1.2 or later; define
 * CL_TARGET_OPENCL_VERSION first, as for CL/cl.h itself), and links none of OpenCL.
 *
 * ramp.h's conventions hold: statuses, ramp_last_error(), and any thread. Contexts, queues, memory and events stay the caller's, and must
 * be of the context that the device is of: the queue's, of a wrapped one. A buffer or sub-buffer that kernels may not touch as a call would is an
 * ARGUMENT: an output with CL_MEM_READ_ONLY, an input with CL_MEM_WRITE_ONLY.
 */
#ifndef RAMP_OPENCL_H
#define RAMP_OPENCL_H

#include "ramp.h"

#include <CL/cl.h>

#ifdef __cplusplus
#define RAMP_CAST(type, value) reinterpret_cast<type>(value)
#else
#define RAMP_CAST(type, value) ((type)(value))
#endif

/* Open a device around a queue of the caller's, which is retained till the close: work, copies and events run on it, in its context. Calls
 * without a ramp_submit run in order even where the queue is out of order. The close does not wait for the queue. ARGUMENT: dev is NULL, no
 * such queue. UNSUPPORTED: the queue's device lacks what ramp's results need. UNAVAILABLE: no loader, no platform, or a build without
 * OpenCL. MEMORY, DEVICE. */
static inline ramp_status ramp_device_wrap_opencl(ramp_device **dev, cl_command_queue queue) {
    return ramp_device_wrap(dev, "opencl", 0, queue);
}

/* One call on this queue (NULL: the device's own), after `wait_count` events: for ramp_forward_on, ramp_backward_on and ramp_event_record.
 * Where done is not NULL, *done becomes an event that the caller owns and releases; the call that fails leaves it as it was. On an
 * out-of-order queue that is not the device's, these events are all that orders the call. `wait` and `done` must live until the call
 * returns. Cannot fail. */
static inline ramp_submit ramp_submit_opencl(cl_command_queue queue, cl_uint wait_count, const cl_event *wait, cl_event *done) {
    const ramp_submit on = {queue, wait_count, RAMP_CAST(const void *const *, wait), RAMP_CAST(void **, done)};
    return on;
}

/* A dense row-major tensor, `byte_offset` bytes into a buffer or sub-buffer: ramp_tensor_dense. Cannot fail. */
static inline ramp_tensor ramp_tensor_dense_opencl(cl_mem data, uint64_t byte_offset, ramp_dtype dtype, int ndim, const int64_t *shape) {
    ramp_tensor t = ramp_tensor_dense(data, dtype, ndim, shape);
    t.byte_offset = byte_offset;
    return t;
}

/* A dense tensor, `byte_offset` bytes into a buffer, with the shape of `t`, its dimensions in the same order in memory: ramp_tensor_like.
 * Cannot fail. */
static inline ramp_tensor ramp_tensor_like_opencl(const ramp_tensor *t, cl_mem data, uint64_t byte_offset, ramp_dtype dtype) {
    ramp_tensor like = ramp_tensor_like(t, data, dtype);
    like.byte_offset = byte_offset;
    return like;
}

/* The same two over shared virtual memory of the device's context: an address from clSVMAlloc or within its memory, or any of the host's
 * where the device has CL_DEVICE_SVM_FINE_GRAIN_SYSTEM. Coarse-grained memory must not be mapped while a call on it runs. A call with it is
 * UNSUPPORTED where the device has none. Cannot fail. */
static inline ramp_tensor ramp_tensor_dense_svm(void *data, ramp_dtype dtype, int ndim, const int64_t *shape) {
    ramp_tensor t = ramp_tensor_dense(data, dtype, ndim, shape);
    t.memory = RAMP_MEMORY_SVM;
    return t;
}

static inline ramp_tensor ramp_tensor_like_svm(const ramp_tensor *t, void *data, ramp_dtype dtype) {
    ramp_tensor like = ramp_tensor_like(t, data, dtype);
    like.memory = RAMP_MEMORY_SVM;
    return like;
}

/* What ramp_memory_alloc gave on an OpenCL device, for calls of OpenCL's own. Cannot fail. */
static inline cl_mem ramp_memory_opencl(void *data) { return RAMP_CAST(cl_mem, data); }

#undef RAMP_CAST
#endif
