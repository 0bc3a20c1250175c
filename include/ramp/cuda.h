/*
 * ramp/cuda.h: ramp in CUDA's own types. Opt-in and header-only: it needs the driver API's <cuda.h>, and links none of CUDA.
 *
 * CUstream and the runtime API's cudaStream_t are one type, so that either is taken; memory from cudaMalloc is an address on the device as
 * a CUdeviceptr is: ramp_tensor_dense() takes it as it is.
 *
 * ramp.h's conventions hold: statuses, ramp_last_error(), and any thread. Streams, contexts and memory stay the caller's, and every call
 * leaves the thread's current context as it was. After ramp_prepare() forward and backward calls may be captured into a graph, which runs
 * the device's kernels: close the device after its last replay.
 */
#ifndef RAMP_CUDA_H
#define RAMP_CUDA_H

#include "ramp.h"

#include <cuda.h>

#ifdef __cplusplus
#define RAMP_CAST(type, value) reinterpret_cast<type>(value)
#else
#define RAMP_CAST(type, value) ((type)(value))
#endif

/* Open a device around a stream of the caller's: work, copies and events run on it, in its context. The stream must outlive the device; the
 * close neither waits for it nor destroys it. `ordinal` is read only where the stream is NULL or CU_STREAM_LEGACY, and is CUDA's number of
 * the device whose legacy stream that is. ARGUMENT: dev is NULL, no such stream, no such device. UNAVAILABLE: no driver, or a build without
 * CUDA. MEMORY, DEVICE. */
static inline ramp_status ramp_device_wrap_cuda(ramp_device **dev, CUstream stream, int ordinal) {
    return ramp_device_wrap(dev, "cuda", ordinal, stream);
}

/* One call on this stream, which is taken verbatim (NULL: the legacy stream) and belongs to the device's context: for ramp_forward_on,
 * ramp_backward_on and ramp_event_record. Cannot fail. */
static inline ramp_submit ramp_submit_cuda(CUstream stream) {
    const ramp_submit on = {stream, 0, NULL, NULL};
    return on;
}

/* A dense row-major tensor at an address on the device: ramp_tensor_dense. Cannot fail. */
static inline ramp_tensor ramp_tensor_dense_cuda(CUdeviceptr data, ramp_dtype dtype, int ndim, const int64_t *shape) {
    const uintptr_t address = data;
    return ramp_tensor_dense(RAMP_CAST(void *, address), dtype, ndim, shape);
}

/* A dense tensor at an address on the device with the shape of `t`, its dimensions in the same order in memory: ramp_tensor_like. Cannot
 * fail. */
static inline ramp_tensor ramp_tensor_like_cuda(const ramp_tensor *t, CUdeviceptr data, ramp_dtype dtype) {
    const uintptr_t address = data;
    return ramp_tensor_like(t, RAMP_CAST(void *, address), dtype);
}

/* What ramp_memory_alloc gave on a CUDA device, or a tensor's `data`, for calls of CUDA's own. Cannot fail. */
static inline CUdeviceptr ramp_memory_cuda(const void *data) { return RAMP_CAST(uintptr_t, data); }

#undef RAMP_CAST
#endif
