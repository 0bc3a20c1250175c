/* verbose.c: the lines of RAMP_VERBOSE=2, in the form of ONEDNN_VERBOSE's: commas between the fields, and none in them. */
#include "verbose.h"
#include "op.h"
#include "os.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int verbose_level(void) {
    const char *text = os_getenv("RAMP_VERBOSE");
    if (text == NULL || *text == '\0' || strcmp(text, "0") == 0) return 0;
    return strcmp(text, "2") == 0 ? 2 : 1;
}

static void print_heading(void) {
    fprintf(stderr, "ramp_verbose,info,ramp %d.%d.%d\n", RAMP_VERSION_MAJOR, RAMP_VERSION_MINOR, RAMP_VERSION_PATCH);
    fputs("ramp_verbose,info,template:operation,device,op,kernel,pass,memory,parameters,shape,microseconds\n", stderr);
}

void verbose_begin(void) {
    static os_once once = OS_ONCE_INIT;
    os_call_once(&once, print_heading);
}

/* ---- One line, printed in one piece: threads share stderr ---- */

typedef struct line {
    char text[2048];
    size_t used;
} line;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
put(line *l, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, arguments);
    va_end(arguments);
    if (length > 0) l->used += (size_t)length;
    if (l->used >= sizeof l->text) l->used = sizeof l->text - 1; /* the rest is cut */
}

/* " x_f32:flat", or the strides of the job's dimensions in place of flat. */
static void put_operand(line *l, const char *role, const ramp_operand *operand, const char *dtype, const ramp_job *job, int is_dense) {
    if (operand->data == NULL) return;
    put(l, "%s%s_%s:", l->text[l->used - 1] != ',' ? " " : "", role, dtype);
    if (is_dense || job->ndim == 0) put(l, "flat");
    for (int d = 0; d < job->ndim && !is_dense; d++) put(l, "%s%lld", d > 0 ? "x" : "", (long long)operand->strides[d]);
}

static void put_job(line *l, const ramp_device_info *info, const ramp_job *job, const char *kernel) {
    static const char *const given[] = {"input", "output", "mask"};
    const op_row *op = op_find(job->op);
    const char *dtype = dtype_name(job->dtype);
    const int is_forward = job->pass == RAMP_FORWARD, is_flat = ramp_job_is_flat(job);
    put(l, "ramp_verbose,exec,%s,%s,%s,", info->selector, op->name, kernel);
    put(l, is_forward ? "forward," : "backward:%s,", given[job->saved]);
    put_operand(l, is_forward ? "x" : "saved", &job->x, dtype, job, is_flat);
    if (!is_forward) put_operand(l, "saved", &job->mask, "bit", job, 1);
    put_operand(l, "dy", &job->dy, dtype, job, is_flat);
    put_operand(l, is_forward ? "y" : "dx", &job->y, dtype, job, is_flat);
    if (is_forward) put_operand(l, "mask", &job->mask, "bit", job, 1);
    put(l, ",");
    for (int i = 0; i < RAMP_MAX_PARAMS && op->param[i].name != NULL; i++)
        put(l, "%s%s:%g", i > 0 ? " " : "", op->param[i].name, job->param[i]);
    put(l, ",");
    if (job->ndim == 0) put(l, "%llu", (unsigned long long)job->count);
    for (int d = 0; d < job->ndim; d++) put(l, "%s%lld", d > 0 ? "x" : "", (long long)job->shape[d]);
}

/* ---- The device's time ---- */

typedef struct timer {
    const ramp_backend *backend;
    void *self, *start, *stop;
    ramp_submit on;
    const ramp_submit *where; /* NULL: the device's own queue */
    int is_running;
} timer;

/* What cannot be had is no reason for the call to fail. */
static void timer_start(timer *t, const ramp_backend *backend, void *self, const ramp_job *job) {
    *t = (timer){.backend = backend, .self = self, .on = {.queue = job->on.queue}};
    t->where = job->own_queue ? NULL : &t->on;
    t->is_running = backend->event_create(self, &t->start) == RAMP_OK && backend->event_create(self, &t->stop) == RAMP_OK &&
                    backend->event_record(self, t->start, t->where) == RAMP_OK;
}

static int timer_stop(timer *t, double *ms) {
    return t->is_running && t->backend->event_record(t->self, t->stop, t->where) == RAMP_OK &&
           t->backend->event_wait(t->self, t->stop) == RAMP_OK && t->backend->event_elapsed(t->self, t->start, t->stop, ms) == RAMP_OK;
}

static void timer_free(timer *t) {
    if (t->start != NULL) t->backend->event_destroy(t->self, t->start);
    if (t->stop != NULL) t->backend->event_destroy(t->self, t->stop);
}

ramp_status verbose_launch(const ramp_backend *backend, void *self, const ramp_device_info *info, const ramp_job *job) {
    line l = {.used = 0};
    timer t = {.start = NULL};
    double ms = 0;
    char kernel[64] = "unknown";
    int may_wait = 1;
    if (backend->describe_job != NULL) backend->describe_job(self, job, kernel, sizeof kernel, &may_wait);
    if (job->on.wait_count > 0) may_wait = 0; /* for events that this thread is perhaps to set */
    if (may_wait) timer_start(&t, backend, self, job);
    const ramp_status status = backend->launch(self, job);
    if (status == RAMP_OK) {
        put_job(&l, info, job, kernel);
        if (may_wait && timer_stop(&t, &ms))
            put(&l, ",%.3f\n", ms * 1e3);
        else
            put(&l, ",-\n");
        fputs(l.text, stderr);
    }
    timer_free(&t);
    return status;
}

void verbose_host(const ramp_device_info *info, const ramp_job *job, unsigned long long nanoseconds) {
    line l = {.used = 0};
    put_job(&l, info, job, "host");
    put(&l, ",%.3f\n", (double)nanoseconds * 1e-3);
    fputs(l.text, stderr);
}
