/* watch.c: commands that wait for events of the caller's, watched until they are over: when such an event fails they do not run, and
 * clFinish does not say so. PoCL 3.1 even aborts then, if it is the last that knows of the command: it uses what it has freed. */
#include "opencl.h"

#include <stdlib.h>

static int is_over(cl_event event, cl_int *failure) {
    cl_int progress = CL_COMPLETE;
    if (ramp_cl.clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof progress, &progress, NULL) != CL_SUCCESS) return 1;
    if (progress < 0 && *failure == 0) *failure = progress;
    return progress <= CL_COMPLETE;
}

/* Of what is over, only the first failure is kept. */
static void forget_over(opencl_watch *w) {
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++)
        if (is_over(w->event[i], &w->failure))
            (void)ramp_cl.clReleaseEvent(w->event[i]);
        else
            w->event[kept++] = w->event[i];
    w->count = kept;
}

static int grow(opencl_watch *w) {
    size_t capacity = w->capacity > 0 ? 2 * w->capacity : 16;
    cl_event *grown = realloc(w->event, capacity * sizeof *grown);
    if (grown == NULL) return 0;
    w->event = grown;
    w->capacity = capacity;
    return 1;
}

void opencl_watch_add(opencl_watch *w, cl_event event) {
    os_mutex_lock(&w->lock);
    if (w->count == w->capacity) forget_over(w);
    if ((w->count < w->capacity || grow(w)) && ramp_cl.clRetainEvent(event) == CL_SUCCESS) w->event[w->count++] = event;
    os_mutex_unlock(&w->lock);
}

ramp_status opencl_watch_report(opencl_watch *w) {
    os_mutex_lock(&w->lock);
    forget_over(w);
    cl_int failure = w->failure;
    w->failure = 0;
    os_mutex_unlock(&w->lock);
    if (failure == 0) return RAMP_OK;
    return ramp_error_set(
        RAMP_ERROR_DEVICE,
        "work of this device did not run, since an event in its ramp_submit.wait failed: its own event ended with %s (%d)",
        opencl_code_name(failure), (int)failure);
}

void opencl_watch_free(opencl_watch *w) {
    for (size_t i = 0; i < w->count; i++) (void)ramp_cl.clReleaseEvent(w->event[i]);
    free(w->event);
    os_mutex_destroy(&w->lock);
}
