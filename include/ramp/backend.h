/*
 * ramp/backend.h: what a backend implements, and what it may rely on.
 *
 * A backend is one const table. The entry points in src/ validate every argument, canonicalise the tensors and then call a slot, so a
 * backend is only ever handed a job that is right: it asserts, it does not check again. A slot that fails says why by `return
 * ramp_error_set(status, "...")`. Every slot may be called from any thread, and from several at once on one device, unless its comment says
 * otherwise.
 */
#ifndef RAMP_BACKEND_H
#define RAMP_BACKEND_H

#include "ramp.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RAMP_BACKEND_ABI 4u

#define RAMP_FEATURE_QUEUES  1u  /* ramp_submit.queue means something here */
#define RAMP_FEATURE_WAITS   2u  /* ramp_submit.wait and .done do */
#define RAMP_FEATURE_NO_FORK 4u  /* a device opened before a fork() cannot be used in the child: the entry points refuse it there */
#define RAMP_FEATURE_SVM     8u  /* a tensor's memory may be RAMP_MEMORY_SVM */
#define RAMP_FEATURE_HOST    16u /* a tensor's memory is the host's, any address: ramp_forward_host is one launch */

typedef enum ramp_pass { RAMP_FORWARD, RAMP_BACKWARD } ramp_pass;

/* One operand of a job. Element (i0, i1, ...) lies at data + byte_offset + (i0 * strides[0] + i1 * strides[1] + ...) * sizeof(element). Where
 * data is an address, the sum is taken modulo 2^64: byte_offset may stand for a negative number. */
typedef struct ramp_operand {
    void *data; /* NULL: the job has no such operand */
    uint64_t byte_offset;
    ramp_memory memory;
    int64_t strides[RAMP_MAX_DIMS]; /* in elements, for the job's dimensions alone; of any sign; 0 is a broadcast input, or no operand */
} ramp_operand;

/* One call, validated and canonicalised: dimensions of size 1 are gone, neighbours that are contiguous in every operand are one, the output's
 * strides are above 0 and fall from the first dimension to the last (where there is a mask: the mask's, so that a mask is always dense).
 * ramp_job_is_flat() tells the common case, one run of neighbours in every operand. Outputs do not overlap inputs, but may be exactly one of
 * them: the same address and strides. A backend that does not serve all layouts or saved kinds returns UNSUPPORTED from launch. */
typedef struct ramp_job {
    ramp_op_id op;
    /* All parameters that the op has, defaults filled in, rounded to the compute type; and which of the op's formulas fits them
     * (kernels/variants.h): a backend with formulas of its own need not read it. launch runs in round to nearest. */
    double param[RAMP_MAX_PARAMS];
    int variant;
    ramp_pass pass;
    ramp_saved saved;       /* backward: what is given, INPUT or OUTPUT in `x`, or a MASK in `mask` */
    ramp_dtype dtype;       /* of every operand but the mask; f16 and bf16 compute in float */
    uint32_t element_bytes; /* of that dtype, in memory */
    uint64_t count;         /* elements; 0: touch no memory, but wait and signal as `on` says */
    int32_t ndim;           /* 0 where count is 0 or 1; past it nothing is set, in shape or in strides */
    int64_t shape[RAMP_MAX_DIMS];
    ramp_operand x;  /* forward: the input; backward: the saved input or output */
    ramp_operand dy; /* backward only */
    ramp_operand y;  /* the output: y, or dx */
    /* A bit an element, in the order of the job's dimensions, the last one fastest: element i is bit i % 8 of byte i / 8 from data +
     * byte_offset. Forward: written where data is not NULL, the last byte's other bits as 0. */
    ramp_operand mask;
    int own_queue; /* 1: the device's own (or wrapped) queue, and `on` is all zero; 0: `on` says which */
    ramp_submit on;
} ramp_job;

/* 1 if every operand is one run of neighbours: element i lies i elements after the first. */
static inline int ramp_job_is_flat(const ramp_job *job) {
    if (job->ndim == 0) return 1;
    return job->ndim == 1 && (job->x.data == NULL || job->x.strides[0] == 1) && (job->dy.data == NULL || job->dy.strides[0] == 1) &&
           job->y.strides[0] == 1;
}

/* Where memory lies: two ranges overlap only if they share `space` and their addresses meet. */
typedef struct ramp_extent {
    const void *space; /* whatever tells address spaces (OpenCL: root buffers) apart */
    uint64_t address;  /* of the first byte, in that space; its alignment is the real one */
    uint64_t bytes;    /* how many belong to it; UINT64_MAX where that is not known */
    unsigned denied;   /* what kernels must not do there: RAMP_DENIED_x */
} ramp_extent;

#define RAMP_DENIED_READ  1u
#define RAMP_DENIED_WRITE 2u

struct ramp_backend {
    uint32_t abi;      /* RAMP_BACKEND_ABI: first for ever */
    const char *name;  /* lower-case letters and digits: the selector's word */
    uint32_t features; /* RAMP_FEATURE_x */

    /* Write at most `capacity` devices to `list` and the number there are to *count, in the order that ordinals count. selector and reason
     * may be left empty: the registry fills them. A device that cannot be used has its status and reason; one with UNSUPPORTED is offered to
     * open all the same where a selector gives its index or name. The first call may start the driver. UNAVAILABLE with the driver's words:
     * there is no driver, or no device at all. */
    ramp_status (*list)(ramp_device_info *list, size_t capacity, size_t *count);

    /* Open device `ordinal` of the list, with a queue of its own. *self is the backend's until close. UNAVAILABLE, UNSUPPORTED: the device
     * lacks what the results need. MEMORY, DEVICE. */
    ramp_status (*open)(int ordinal, void **self);

    /* Open around the caller's queue. NULL slot: the backend has no queues. ARGUMENT: no such queue or ordinal. UNAVAILABLE, MEMORY,
     * DEVICE. */
    ramp_status (*wrap)(int ordinal, void *native, void **self);

    /* Wait for an own queue, not for a wrapped one; let go of all. Never called in a forked child of a NO_FORK backend. */
    void (*close)(void *self);

    /* The row that list gives for this device, now with RAMP_OK; what it lacks is still in the reason. The selector may be left empty: of a device
     * that was opened the registry knows it, of a wrapped one it is then the backend's name alone. Cannot fail. */
    void (*describe)(void *self, ramp_device_info *info);

    /* RAMP_OK or UNSUPPORTED: no job of that op and dtype will come. The op is valid; dtype is f32, f64, f16 or bf16. */
    ramp_status (*supports)(void *self, ramp_op_id op, ramp_dtype dtype);

    /* Load or compile all kernels of this op and dtype, for every pass, layout and saved kind. May block. MEMORY, DEVICE. */
    ramp_status (*prepare)(void *self, ramp_op_id op, ramp_dtype dtype);

    /* Queue one job. Does not wait for it, does not allocate after the first of its kind. MEMORY, DEVICE; UNSUPPORTED: see ramp_job. */
    ramp_status (*launch)(void *self, const ramp_job *job);

    /* Wait for the device's queue. DEVICE: also for work that failed since the last call. */
    ramp_status (*synchronize)(void *self);

    /* Memory. bytes > 0 in each. alloc: MEMORY, DEVICE. upload, download: after the queued work; wait; ARGUMENT past the end where that is
     * known. */
    ramp_status (*alloc)(void *self, size_t bytes, void **data);
    void (*release)(void *self, void *data);
    ramp_status (*upload)(void *self, void *data, size_t offset, const void *src, size_t bytes);
    ramp_status (*download)(void *self, void *dst, const void *data, size_t offset, size_t bytes);

    /* Say where `data` lies; of SVM memory the size may be unknown. NULL slot, and what *extent says before the call: `data` is an address, all in one space, of
     * unknown size, and kernels may read and write there. ARGUMENT: not memory of this device. */
    ramp_status (*locate)(void *self, const void *data, ramp_memory memory, ramp_extent *extent);

    /* Events. `on` is NULL for the device's own queue. create: MEMORY, DEVICE. The others: as ramp.h says. */
    ramp_status (*event_create)(void *self, void **event);
    ramp_status (*event_record)(void *self, void *event, const ramp_submit *on);
    ramp_status (*event_wait)(void *self, void *event);
    ramp_status (*event_elapsed)(void *self, void *start, void *stop, double *milliseconds);
    void (*event_destroy)(void *self, void *event);

    /* Queue a roof. NULL slot: the backend has none. UNSUPPORTED, DEVICE. */
    ramp_status (*roof)(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);

    /* ---- What passes the host's arrays through the device. All may be NULL. ---- */

    /* Queues beside the device's own, each in order, for one thread at a time; launch takes them as ramp_submit.queue. upload and download queue a copy to or
     * from the start of `data`: the host's memory is in use until queue_wait. NULL, all five: chunks go one by one, on the device's own queue. MEMORY,
     * DEVICE. */
    ramp_status (*queue_create)(void *self, void **queue);
    void (*queue_destroy)(void *self, void *queue);
    ramp_status (*queue_upload)(void *self, void *queue, void *data, const void *src, size_t bytes);
    ramp_status (*queue_download)(void *self, void *queue, void *dst, const void *data, size_t bytes);
    ramp_status (*queue_wait)(void *self, void *queue);

    /* Memory of the host's that copies are fastest from and to. NULL, both: it has no other than malloc's, and nothing is staged. MEMORY, DEVICE. */
    ramp_status (*host_alloc)(void *self, size_t bytes, void **data);
    void (*host_release)(void *self, void *data);

    /* Whether the host's memory at `data` is of that kind already. NULL: it never is. ARGUMENT: it is not the host's. */
    ramp_status (*host_look)(void *self, const void *data, int *is_pinned);

    /* ---- For people ---- */

    /* Which kernel a job takes, in a few characters without commas: for RAMP_VERBOSE. *may_wait, 1 before, becomes 0 where to wait for the job's
     * queue would do harm: a stream that is captured. NULL: "unknown". Cannot fail. */
    void (*describe_job)(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait);
};

/* Set this thread's error sentence and return `status`: for backends. */
#if defined(__GNUC__)
__attribute__((cold, format(printf, 2, 3)))
#endif
RAMP_API ramp_status
ramp_error_set(ramp_status status, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
