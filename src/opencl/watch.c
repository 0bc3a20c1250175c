/* watch.c: commands that wait for events of the caller's, watched until they are over: when such an event fails they do not run, and
 * clFinish does not say so. PoCL 3.1 even aborts then, if it is the last that knows of the command: it uses what it has freed. */
#include "opencl.h"

static int is_over(cl_event event, cl_int *failure) {
    cl_int progress = CL_COMPLETE;
    if (ramp_cl.clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof progress, &progress, NULL) != CL_SUCCESS) return 1;
    if (progress < 0 && *failure == 0) *failure = progress;
    return progress <= CL_COMPLETE;
}

/* Look at number i: what is over is forgotten, of failures all but the first, and the last takes its place. */
static int forget_if_over(opencl_watch *w, unsigned i) {
    if (!is_over(w->event[i], &w->failure)) return 0;
    (void)ramp_cl.clReleaseEvent(w->event[i]);
    w->event[i] = w->event[--w->count];
    return 1;
}

/* Two are looked at for each that comes, in turn: so the list is hardly longer than the queues are deep, and no call goes through all of
 * it. */
void opencl_watch_add(opencl_watch *w, cl_event event) {
    os_mutex_lock(&w->lock);
    for (int looks = 0; looks < 2 && w->count > 0; looks++) {
        if (w->next >= w->count) w->next = 0;
        if (!forget_if_over(w, w->next)) w->next++;
    }
    if (w->count < max_watched && ramp_cl.clRetainEvent(event) == CL_SUCCESS) w->event[w->count++] = event;
    os_mutex_unlock(&w->lock);
}

ramp_status opencl_watch_report(opencl_watch *w) {
    os_mutex_lock(&w->lock);
    for (unsigned i = 0; i < w->count;) i += !forget_if_over(w, i);
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
    for (unsigned i = 0; i < w->count; i++) (void)ramp_cl.clReleaseEvent(w->event[i]);
    os_mutex_destroy(&w->lock);
}
