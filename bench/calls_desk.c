#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "calls_desk.h"
#include "calls_parts.h"
#include "program.h"
#include "progress.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int fail(calls_desk *desk, const char *what) {
    snprintf(desk->reason, sizeof desk->reason, "%s: %s", what, ramp_last_error());
    return -1;
}

static int find_info(calls_desk *desk, const char *selector) {
    ramp_device_info *list;
    size_t count;
    if (program_devices(selector, &list, &count) != RAMP_OK) return fail(desk, selector);
    if (count == 0) {
        snprintf(desk->reason, sizeof desk->reason, "%s: there is no such device", selector);
        return -1;
    }
    desk->info = list[0];
    free(list);
    return 0;
}

int calls_driver_open(calls_driver *d, const ramp_device_info *info) {
    if (strcmp(info->backend, "cuda") == 0) return calls_cuda_open(d, info);
    if (strcmp(info->backend, "opencl") == 0) return calls_opencl_open(d, info);
    *d = (calls_driver){.backend = NULL};
    return 0;
}

static int open_device(calls_desk *desk, int is_own) {
    if (is_own) return ramp_device_open(&desk->device, desk->info.selector) == RAMP_OK ? 0 : fail(desk, "ramp_device_open");
    if (calls_driver_open(&desk->driver, &desk->info) != 0) {
        snprintf(desk->reason, sizeof desk->reason, "%s", desk->driver.reason);
        return -1;
    }
    if (desk->driver.backend == NULL) return open_device(desk, 1);
    if (ramp_device_wrap(&desk->device, desk->driver.backend, desk->driver.ordinal, desk->driver.queue) == RAMP_OK) return 0;
    return fail(desk, "ramp_device_wrap");
}

static int fill(calls_desk *desk, void **data) {
    float value[calls_elements];
    for (int i = 0; i < calls_elements; i++) value[i] = (float)(i - calls_elements / 2);
    if (ramp_memory_alloc(desk->device, sizeof value, data) != RAMP_OK) return fail(desk, "ramp_memory_alloc");
    return ramp_memory_upload(desk->device, *data, 0, value, sizeof value) == RAMP_OK ? 0 : fail(desk, "ramp_memory_upload");
}

int calls_desk_open(calls_desk *desk, const calls_options *o, int threads, int is_own) {
    const int64_t shape = calls_elements;
    *desk = (calls_desk){.op = o->op, .threads = threads};
    if (find_info(desk, o->backend[0]) != 0 || open_device(desk, is_own) != 0) return -1;
    if (calls_tell_device(desk->device) != 0) return fail(desk, "ramp_device_describe");
    for (int i = 0; i < threads; i++) {
        calls_memory *m = &desk->memory[i];
        if (fill(desk, &m->x) != 0 || fill(desk, &m->dy) != 0 || fill(desk, &m->y) != 0) return -1;
        desk->x[i] = ramp_tensor_dense(m->x, RAMP_F32, 1, &shape);
        desk->dy[i] = ramp_tensor_dense(m->dy, RAMP_F32, 1, &shape);
        desk->y[i] = ramp_tensor_dense(m->y, RAMP_F32, 1, &shape);
    }
    return 0;
}

void calls_desk_close(calls_desk *desk) {
    for (int i = 0; i < desk->threads; i++) {
        ramp_memory_free(desk->device, desk->memory[i].x);
        ramp_memory_free(desk->device, desk->memory[i].dy);
        ramp_memory_free(desk->device, desk->memory[i].y);
    }
    ramp_device_close(desk->device);
    if (desk->driver.close != NULL) desk->driver.close(&desk->driver);
}

int calls_desk_call(calls_desk *desk, int thread, bench_pass pass, int own) {
    const ramp_tensor *x = &desk->x[thread], *dy = &desk->dy[thread], *y = &desk->y[thread];
    const ramp_submit apart = {.queue = desk->driver.own[thread]}, *on = own ? &apart : NULL;
    const ramp_status status = pass == PASS_FORWARD ? ramp_forward_on(desk->device, on, &desk->op, x, y, NULL)
                                                    : ramp_backward_on(desk->device, on, &desk->op, RAMP_SAVED_INPUT, x, dy, y);
    return status == RAMP_OK ? 0 : -1;
}

int calls_desk_wait(calls_desk *desk) {
    if (ramp_device_synchronize(desk->device) != RAMP_OK) return fail(desk, "ramp_device_synchronize");
    if (desk->driver.own[0] == NULL || desk->driver.wait(&desk->driver) == 0) return 0;
    snprintf(desk->reason, sizeof desk->reason, "%s", desk->driver.reason);
    return -1;
}

/* ---- Threads ---- */

typedef struct member {
    calls_crew *crew;
    int index;
    pthread_t thread;
    double begin, end; /* seconds */
} member;

struct calls_crew {
    calls_desk *desk;
    int threads, started, is_over;
    calls_task before, task;
    const void *what;
    pthread_barrier_t wake, done;
    atomic_int ready, failures;
    member member[calls_most_threads];
};

static void work(member *m) {
    calls_crew *c = m->crew;
    char reason[1024] = "";
    int code = c->before != NULL ? c->before(c->desk, m->index, c->what, reason) : 0;
    atomic_fetch_add(&c->ready, 1);
    while (atomic_load(&c->ready) < c->threads) sched_yield(); /* awake already: nobody waits for the scheduler inside the time */
    m->begin = progress_clock();
    if (code == 0) code = c->task(c->desk, m->index, c->what, reason);
    m->end = progress_clock();
    if (code != 0 && atomic_fetch_add(&c->failures, 1) == 0) memcpy(c->desk->reason, reason, sizeof reason);
}

static void *live(void *self) {
    member *m = self;
    for (;;) {
        pthread_barrier_wait(&m->crew->wake);
        if (m->crew->is_over) return NULL;
        work(m);
        pthread_barrier_wait(&m->crew->done);
    }
}

/* The threads of a crew that could not be started whole wait for ever: the child ends with them. */
calls_crew *calls_crew_new(calls_desk *desk, int threads) {
    calls_crew *c = program_resize(NULL, 1, sizeof *c);
    memset(c, 0, sizeof *c);
    c->desk = desk;
    c->threads = threads;
    pthread_barrier_init(&c->wake, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&c->done, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) c->member[i] = (member){.crew = c, .index = i};
    if (threads == 1) return c;
    for (; c->started < threads; c->started++)
        if (pthread_create(&c->member[c->started].thread, NULL, live, &c->member[c->started]) != 0) {
            snprintf(desk->reason, sizeof desk->reason, "thread %d of %d could not be started", c->started + 1, threads);
            return NULL;
        }
    return c;
}

void calls_crew_free(calls_crew *c) {
    c->is_over = 1;
    if (c->started > 0) pthread_barrier_wait(&c->wake);
    for (int i = 0; i < c->started; i++) pthread_join(c->member[i].thread, NULL);
    pthread_barrier_destroy(&c->wake);
    pthread_barrier_destroy(&c->done);
    free(c);
}

double calls_crew_run(calls_crew *c, calls_task before, calls_task task, const void *what) {
    c->before = before;
    c->task = task;
    c->what = what;
    atomic_store(&c->ready, 0);
    atomic_store(&c->failures, 0);
    if (c->threads == 1) {
        work(&c->member[0]);
    } else {
        pthread_barrier_wait(&c->wake);
        pthread_barrier_wait(&c->done);
    }
    if (atomic_load(&c->failures) > 0) return -1;
    double begin = c->member[0].begin, end = c->member[0].end;
    for (int i = 1; i < c->threads; i++) {
        if (c->member[i].begin < begin) begin = c->member[i].begin;
        if (c->member[i].end > end) end = c->member[i].end;
    }
    return (end - begin) * 1e9;
}
