/* device.c: devices, their memory and events: every call that hands on to one slot of the backend. */
#include "device.h"
#include "environment.h"
#include "host.h"
#include "op.h"
#include "os.h"
#include "registry.h"
#include "verbose.h"

#include <stdlib.h>

struct ramp_device {
    const ramp_backend *backend;
    void *self;
    host_stage *host;
    unsigned forks; /* os_fork_count() when it was opened */
    int is_verbose; /* RAMP_VERBOSE was 2 then */
    ramp_device_info info;
};

struct ramp_event {
    ramp_device *dev;
    void *self;
    int recorded;
};

static int is_forked(const ramp_device *dev) {
    return (dev->backend->features & RAMP_FEATURE_NO_FORK) != 0 && dev->forks != os_fork_count();
}

ramp_status device_check(const ramp_device *dev) {
    if (dev == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "dev is NULL: open one with ramp_device_open");
    if (is_forked(dev))
        return ramp_error_set(
            RAMP_ERROR_FORKED,
            "%s (%s) was opened before a fork(), and its driver does not work in the child: open GPU devices after forking, or start "
            "the process by exec",
            dev->info.selector, dev->info.name);
    return RAMP_OK;
}

ramp_status device_check_submit(const ramp_device *dev, const ramp_submit *on) {
    if (on == NULL) return RAMP_OK;
    const char *name = dev->backend->name;
    if (on->queue != NULL && (dev->backend->features & RAMP_FEATURE_QUEUES) == 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "the %s backend has no queues: ramp_submit.queue must be NULL", name);
    if ((on->wait_count > 0 || on->done != NULL) && (dev->backend->features & RAMP_FEATURE_WAITS) == 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "the %s backend has no wait lists: ramp_submit.wait_count must be 0, and done NULL",
                              name);
    if (on->wait_count > 0 && on->wait == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.wait is NULL with wait_count %u", (unsigned)on->wait_count);
    for (uint32_t i = 0; i < on->wait_count; i++)
        if (on->wait[i] == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_submit.wait[%u] is NULL", (unsigned)i);
    return RAMP_OK;
}

ramp_status device_supports(const ramp_device *dev, ramp_op_id op, ramp_dtype dtype) {
    return dev->backend->supports(dev->self, op, dtype);
}

ramp_status device_check_svm(const ramp_device *dev, const char *role) {
    if ((dev->backend->features & RAMP_FEATURE_SVM) != 0) return RAMP_OK;
    return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "%s: the %s backend has no SVM memory: use RAMP_MEMORY_NATIVE", role, dev->backend->name);
}

static ramp_status locate(const ramp_device *dev, const void *data, ramp_memory memory, ramp_extent *extent) {
    *extent = (ramp_extent){.space = NULL, .address = (uint64_t)(uintptr_t)data, .bytes = UINT64_MAX};
    return dev->backend->locate == NULL ? RAMP_OK : dev->backend->locate(dev->self, data, memory, extent);
}

ramp_status device_locate(const ramp_device *dev, const ramp_tensor *t, ramp_extent *extent) {
    return locate(dev, t->data, t->memory, extent);
}

ramp_status device_launch(const ramp_device *dev, const ramp_job *job) {
    if (dev->is_verbose) return verbose_launch(dev->backend, dev->self, &dev->info, job);
    return dev->backend->launch(dev->self, job);
}

ramp_status device_run_host(const ramp_device *dev, const ramp_job *job) {
    if ((dev->backend->features & RAMP_FEATURE_HOST) != 0) { /* its memory is the host's */
        const ramp_status set = host_find_chunk(dev->host);
        return set == RAMP_OK ? device_launch(dev, job) : set;
    }
    const unsigned long long begin = dev->is_verbose ? os_clock_ns() : 0;
    ramp_status status = host_run(dev->host, job);
    if (dev->is_verbose && status == RAMP_OK) verbose_host(&dev->info, job, os_clock_ns() - begin);
    return status;
}

/* ---- Opening and closing ---- */

static ramp_status adopt(ramp_device **dev, const ramp_backend *backend, void *self, const ramp_device_info *info) {
    ramp_device *opened = calloc(1, sizeof *opened);
    if (opened != NULL) opened->host = host_stage_new(backend, self);
    if (opened == NULL || opened->host == NULL) {
        free(opened);
        backend->close(self);
        return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a device handle of %zu bytes", sizeof *opened);
    }
    opened->backend = backend;
    opened->self = self;
    opened->forks = os_fork_count();
    opened->info = *info;
    opened->is_verbose = verbose_level() == 2;
    if (opened->is_verbose) verbose_begin();
    *dev = opened;
    return RAMP_OK;
}

ramp_status ramp_device_open(ramp_device **dev, const char *selector) {
    if (dev == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_open: dev is NULL");
    *dev = NULL;
    const ramp_backend *backend;
    void *self;
    ramp_device_info info;
    ramp_status status = registry_open(selector, &backend, &self, &info);
    return status == RAMP_OK ? adopt(dev, backend, self, &info) : status;
}

ramp_status ramp_device_wrap(ramp_device **dev, const char *name, int ordinal, void *native) {
    if (dev == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_wrap: dev is NULL");
    *dev = NULL;
    if (name == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_wrap: backend is NULL; use \"cuda\" or \"opencl\"");
    const ramp_backend *backend;
    void *self;
    ramp_device_info info;
    ramp_status status = registry_wrap(name, ordinal, native, &backend, &self, &info);
    return status == RAMP_OK ? adopt(dev, backend, self, &info) : status;
}

void ramp_device_close(ramp_device *dev) {
    if (dev == NULL) return;
    host_stage_free(dev->host, is_forked(dev));
    if (!is_forked(dev)) dev->backend->close(dev->self); /* a forked child must not touch the driver: what it holds is left */
    free(dev);
}

ramp_status ramp_device_synchronize(ramp_device *dev) {
    ramp_status status = device_check(dev);
    return status == RAMP_OK ? dev->backend->synchronize(dev->self) : status;
}

const char *ramp_device_backend(const ramp_device *dev) { return dev != NULL ? dev->backend->name : ""; }

const char *ramp_device_name(const ramp_device *dev) { return dev != NULL ? dev->info.name : ""; }

ramp_status ramp_device_describe(const ramp_device *dev, ramp_device_info *info) {
    if (dev == NULL || info == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_describe: %s is NULL", dev == NULL ? "dev" : "info");
    *info = dev->info;
    return RAMP_OK;
}

static ramp_status check_op(const ramp_device *dev, const ramp_op *op, ramp_dtype dtype) {
    double param[RAMP_MAX_PARAMS];
    ramp_status status = device_check(dev);
    if (status != RAMP_OK) return status;
    if (op == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "op is NULL");
    if (op_find(op->id) == NULL) return RAMP_ERROR_ARGUMENT;
    if (dtype_name(dtype) == NULL || dtype == RAMP_BIT)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "dtype %d is none that an op computes; use RAMP_F32, RAMP_F64, RAMP_F16 or RAMP_BF16",
                              (int)dtype);
    float_environment before = float_environment_enter();
    status = op_resolve(op, dtype, param);
    float_environment_leave(before);
    return status == RAMP_OK ? device_supports(dev, op->id, dtype) : status;
}

ramp_status ramp_device_supports(const ramp_device *dev, const ramp_op *op, ramp_dtype dtype) { return check_op(dev, op, dtype); }

ramp_status ramp_prepare(ramp_device *dev, const ramp_op *op, ramp_dtype dtype) {
    ramp_status status = check_op(dev, op, dtype);
    return status == RAMP_OK ? dev->backend->prepare(dev->self, op->id, dtype) : status;
}

/* ---- Memory ---- */

ramp_status ramp_memory_alloc(ramp_device *dev, size_t bytes, void **data) {
    if (data == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_memory_alloc: data is NULL");
    *data = NULL;
    ramp_status status = device_check(dev);
    if (status != RAMP_OK || bytes == 0) return status;
    return dev->backend->alloc(dev->self, bytes, data);
}

void ramp_memory_free(ramp_device *dev, void *data) {
    if (dev != NULL && data != NULL && !is_forked(dev)) dev->backend->release(dev->self, data);
}

ramp_status ramp_host_alloc(ramp_device *dev, size_t bytes, void **data) {
    if (data == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_host_alloc: data is NULL");
    *data = NULL;
    ramp_status status = device_check(dev);
    if (status != RAMP_OK || bytes == 0) return status;
    if (dev->backend->host_alloc == NULL)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the %s backend has no host memory that copies faster than malloc's: use that",
                              dev->backend->name);
    return dev->backend->host_alloc(dev->self, bytes, data);
}

void ramp_host_free(ramp_device *dev, void *data) {
    if (dev != NULL && data != NULL && dev->backend->host_release != NULL && !is_forked(dev)) dev->backend->host_release(dev->self, data);
}

static ramp_status check_copy(const ramp_device *dev, const void *to, const void *from, size_t offset, size_t bytes) {
    ramp_status status = device_check(dev);
    if (status != RAMP_OK || bytes == 0) return status;
    if (to == NULL || from == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "a copy of %zu byte%s %s NULL", bytes, bytes == 1 ? "" : "s",
                              to == NULL ? "to" : "from");
    if (offset + bytes < offset)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "a copy of %zu byte%s at offset %zu passes the end of the address space", bytes,
                              bytes == 1 ? "" : "s", offset);
    return RAMP_OK;
}

ramp_status ramp_memory_upload(ramp_device *dev, void *data, size_t offset, const void *src, size_t bytes) {
    ramp_status status = check_copy(dev, data, src, offset, bytes);
    if (status != RAMP_OK || bytes == 0) return status;
    return dev->backend->upload(dev->self, data, offset, src, bytes);
}

ramp_status ramp_memory_download(ramp_device *dev, void *dst, const void *data, size_t offset, size_t bytes) {
    ramp_status status = check_copy(dev, dst, data, offset, bytes);
    if (status != RAMP_OK || bytes == 0) return status;
    return dev->backend->download(dev->self, dst, data, offset, bytes);
}

/* ---- Measuring ---- */

ramp_status ramp_event_create(ramp_device *dev, ramp_event **event) {
    if (event == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_event_create: event is NULL");
    *event = NULL;
    ramp_status status = device_check(dev);
    if (status != RAMP_OK) return status;
    ramp_event *created = calloc(1, sizeof *created);
    if (created == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for an event of %zu bytes", sizeof *created);
    created->dev = dev;
    status = dev->backend->event_create(dev->self, &created->self);
    if (status != RAMP_OK) {
        free(created);
        return status;
    }
    *event = created;
    return RAMP_OK;
}

ramp_status ramp_event_record(ramp_event *event, const ramp_submit *on) {
    if (event == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_event_record: event is NULL");
    ramp_status status = device_check(event->dev);
    if (status == RAMP_OK) status = device_check_submit(event->dev, on);
    if (status == RAMP_OK) status = event->dev->backend->event_record(event->dev->self, event->self, on);
    if (status == RAMP_OK) event->recorded = 1;
    return status;
}

static ramp_status check_recorded(const ramp_event *event) {
    if (event == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "event is NULL");
    if (!event->recorded) return ramp_error_set(RAMP_ERROR_ARGUMENT, "the event was never recorded: call ramp_event_record first");
    return device_check(event->dev);
}

ramp_status ramp_event_wait(ramp_event *event) {
    ramp_status status = check_recorded(event);
    return status == RAMP_OK ? event->dev->backend->event_wait(event->dev->self, event->self) : status;
}

ramp_status ramp_event_elapsed(ramp_event *start, ramp_event *stop, double *milliseconds) {
    if (milliseconds == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_event_elapsed: milliseconds is NULL");
    ramp_status status = check_recorded(start);
    if (status == RAMP_OK) status = check_recorded(stop);
    if (status != RAMP_OK) return status;
    if (start->dev != stop->dev) return ramp_error_set(RAMP_ERROR_ARGUMENT, "start and stop are events of two devices");
    return start->dev->backend->event_elapsed(start->dev->self, start->self, stop->self, milliseconds);
}

void ramp_event_destroy(ramp_event *event) {
    if (event == NULL) return;
    if (!is_forked(event->dev)) event->dev->backend->event_destroy(event->dev->self, event->self);
    free(event);
}

ramp_status ramp_roof_run(ramp_device *dev, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b) {
    ramp_status status = device_check(dev);
    if (status != RAMP_OK) return status;
    if (roof != RAMP_ROOF_VENDOR_COPY && roof != RAMP_ROOF_COPY && roof != RAMP_ROOF_ADD)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no roof %d: see ramp_roof", (int)roof);
    if (bytes % 16 != 0) return ramp_error_set(RAMP_ERROR_ARGUMENT, "a roof moves a multiple of 16 bytes, not %zu", bytes);
    if (bytes == 0) return RAMP_OK;
    if (dst == NULL || a == NULL || (roof == RAMP_ROOF_ADD && b == NULL))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_roof_run: dst, a or b is NULL");
    if (dev->backend->roof == NULL) return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the %s backend has no roofs", dev->backend->name);
    const void *memory[] = {dst, a, roof == RAMP_ROOF_ADD ? b : a};
    for (int i = 0; i < 3; i++) {
        ramp_extent extent;
        status = locate(dev, memory[i], RAMP_MEMORY_NATIVE, &extent);
        if (status != RAMP_OK) return status;
        if (extent.bytes < bytes)
            return ramp_error_set(RAMP_ERROR_ARGUMENT, "a roof of %zu bytes over memory of %llu", bytes, (unsigned long long)extent.bytes);
    }
    return dev->backend->roof(dev->self, roof, bytes, dst, a, b);
}
