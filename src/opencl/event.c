/* event.c: points on a queue: a marker each, whose end the device notes where the queue has profiling. */
#include "opencl.h"

#include <stdlib.h>

/* A later record replaces the marker while another thread may wait for the earlier: the lock guards the handle, and who uses it retains it.
 */
typedef struct event {
    os_mutex lock;
    cl_event marker; /* NULL: never recorded */
} event;

ramp_status opencl_event_create(void *self, void **made) {
    (void)self;
    event *e = calloc(1, sizeof *e);
    if (e == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for an event of %zu bytes", sizeof *e);
    os_mutex_init(&e->lock);
    *made = e;
    return RAMP_OK;
}

void opencl_event_destroy(void *self, void *destroyed) {
    (void)self;
    event *e = destroyed;
    if (e->marker != NULL) (void)ramp_cl.clReleaseEvent(e->marker);
    os_mutex_destroy(&e->lock);
    free(e);
}

/* A marker with a wait list waits for that alone on an out-of-order queue; without one, for all before it. So a list goes into a barrier
 * first. */
static ramp_status enqueue_marker(opencl_device *dev, const ramp_submit *on, cl_event *marker) {
    cl_command_queue queue = on != NULL && on->queue != NULL ? on->queue : dev->queue;
    ramp_status status = opencl_check_submit(dev, on);
    if (status != RAMP_OK) return status;
    if (on != NULL && on->wait_count > 0) {
        cl_event barrier;
        CL_TRY(clEnqueueBarrierWithWaitList(queue, on->wait_count, (const cl_event *)on->wait, &barrier));
        opencl_watch_add(&dev->watch, barrier);
        (void)ramp_cl.clReleaseEvent(barrier);
    }
    CL_TRY(clEnqueueMarkerWithWaitList(queue, 0, NULL, marker));
    return RAMP_OK;
}

ramp_status opencl_event_record(void *self, void *recorded, const ramp_submit *on) {
    event *e = recorded;
    cl_event marker = NULL;
    ramp_status status = enqueue_marker(self, on, &marker);
    if (status != RAMP_OK) return status;
    if (on != NULL && on->done != NULL) {
        status = CL_STATUS(clRetainEvent(marker));
        if (status == RAMP_OK) *on->done = marker;
    }
    os_mutex_lock(&e->lock);
    cl_event earlier = e->marker;
    e->marker = marker;
    os_mutex_unlock(&e->lock);
    if (earlier != NULL) (void)ramp_cl.clReleaseEvent(earlier);
    return status;
}

/* The event's marker, retained. */
static ramp_status take(event *e, cl_event *marker) {
    ramp_status status = RAMP_OK;
    os_mutex_lock(&e->lock);
    *marker = e->marker;
    if (*marker == NULL)
        status = ramp_error_set(RAMP_ERROR_ARGUMENT, "the event was never recorded: call ramp_event_record first");
    else
        status = CL_STATUS(clRetainEvent(*marker));
    os_mutex_unlock(&e->lock);
    return status;
}

ramp_status opencl_event_wait(void *self, void *waited) {
    (void)self;
    cl_event marker;
    ramp_status status = take(waited, &marker);
    if (status != RAMP_OK) return status;
    status = CL_STATUS(clWaitForEvents(1, &marker));
    (void)ramp_cl.clReleaseEvent(marker);
    return status;
}

/* ---- Times ---- */

/* Why there is no time: the marker is not done, or its queue has no profiling. */
static ramp_status explain_no_time(cl_event marker) {
    cl_command_queue queue = NULL;
    cl_command_queue_properties properties = 0;
    cl_int progress = CL_QUEUED;
    CL_TRY(clGetEventInfo(marker, CL_EVENT_COMMAND_QUEUE, sizeof queue, &queue, NULL));
    CL_TRY(clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, NULL));
    if ((properties & CL_QUEUE_PROFILING_ENABLE) == 0)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED,
                              "the event was recorded on a queue that has no times: create the cl_command_queue with "
                              "CL_QUEUE_PROFILING_ENABLE");
    CL_TRY(clGetEventInfo(marker, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof progress, &progress, NULL));
    if (progress != CL_COMPLETE) return ramp_error_set(RAMP_ERROR_ARGUMENT, "the event has not happened yet: call ramp_event_wait first");
    return ramp_error_set(RAMP_ERROR_DEVICE, "the driver has no time of an event that has happened: CL_PROFILING_INFO_NOT_AVAILABLE (-7)");
}

static ramp_status find_time(event *e, cl_ulong *nanoseconds) {
    cl_event marker;
    ramp_status status = take(e, &marker);
    if (status != RAMP_OK) return status;
    cl_int code = ramp_cl.clGetEventProfilingInfo(marker, CL_PROFILING_COMMAND_END, sizeof *nanoseconds, nanoseconds, NULL);
    status = code == CL_PROFILING_INFO_NOT_AVAILABLE ? explain_no_time(marker)
                                                     : opencl_check(code, "clGetEventProfilingInfo(CL_PROFILING_COMMAND_END)");
    (void)ramp_cl.clReleaseEvent(marker);
    return status;
}

ramp_status opencl_event_elapsed(void *self, void *start, void *stop, double *milliseconds) {
    (void)self;
    cl_ulong from = 0, to = 0;
    ramp_status status = find_time(start, &from);
    if (status == RAMP_OK) status = find_time(stop, &to);
    if (status == RAMP_OK) *milliseconds = to >= from ? (double)(to - from) * 1e-6 : -((double)(from - to) * 1e-6);
    return status;
}
