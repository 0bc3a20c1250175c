/*
 * host.c: arrays of the host's, passed through a device in chunks. Each of a few workers has a queue, buffers on the device and staging memory of its own, and
 * takes the next chunk: in, through the kernel, out. While one waits for the link, another copies: so the link's two directions, the kernels and the
 * host's own copying overlap, with no schedule but the order of a queue.
 */
#include "host.h"
#include "environment.h"
#include "os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ramp.h says what these come to: of each worker two operands of a chunk, and a mask. */
enum { most_workers = 8, default_chunk = 4 << 20, least_chunk = 64, most_chunk = 1 << 30 };

/* A worker's buffers. An output shares that of the input it is computed from: a kernel may work in place. */
enum { slot_x, slot_dy, slot_mask, slots };

typedef struct worker {
    void *queue;         /* NULL: the device's own */
    void *device[slots]; /* NULL until they are needed */
    void *staging[slots];
} worker;

struct host_stage {
    const ramp_backend *backend;
    void *self;
    os_mutex lock;
    atomic_size_t chunk; /* bytes of an operand; 0: not known yet */
    worker worker[most_workers];
};

/* An operand on its way. */
typedef struct passage {
    int slot, is_in, is_out;
    int is_staged;   /* through memory that the device reads faster than the caller's */
    char *host;      /* its first element */
    size_t per_byte; /* bytes of 8 elements */
} passage;

typedef struct passing {
    host_stage *stage;
    const ramp_job *job;
    passage passage[4];
    int passages;
    uint64_t chunk; /* elements, a multiple of 8 */
    atomic_uint_fast64_t next;
    atomic_int has_failed;
    os_mutex lock; /* of what follows: the first failure */
    ramp_status status;
    char words[1024];
} passing;

typedef struct hand {
    passing *p;
    worker *w;
    os_thread thread;
} hand;

host_stage *host_stage_new(const ramp_backend *backend, void *self) {
    host_stage *stage = calloc(1, sizeof *stage);
    if (stage == NULL) return NULL;
    stage->backend = backend;
    stage->self = self;
    os_mutex_init(&stage->lock);
    return stage;
}

static int has_queues(const ramp_backend *b) { return b->queue_create != NULL; }
static int has_staging(const ramp_backend *b) { return b->host_alloc != NULL; }

void host_stage_free(host_stage *stage, int is_forked) {
    if (stage == NULL) return;
    const ramp_backend *b = stage->backend;
    for (int i = 0; i < most_workers && !is_forked; i++) {
        worker *w = &stage->worker[i];
        for (int slot = 0; slot < slots; slot++) {
            if (w->staging[slot] != NULL) b->host_release(stage->self, w->staging[slot]);
            if (w->device[slot] != NULL) b->release(stage->self, w->device[slot]);
        }
        if (w->queue != NULL) b->queue_destroy(stage->self, w->queue);
    }
    os_mutex_destroy(&stage->lock);
    free(stage);
}

/* ---- What a call needs ---- */

ramp_status host_find_chunk(host_stage *stage) {
    const char *text = os_getenv("RAMP_HOST_CHUNK");
    char *end;
    if (stage->chunk != 0) return RAMP_OK;
    if (text == NULL || *text == '\0') {
        stage->chunk = default_chunk;
        return RAMP_OK;
    }
    const unsigned long long bytes = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || bytes < least_chunk || bytes > most_chunk)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "RAMP_HOST_CHUNK '%s': the bytes of an operand that are passed at a time, %d to %d; the default is %d", text,
                              (int)least_chunk, (int)most_chunk, (int)default_chunk);
    stage->chunk = (size_t)bytes / 64 * 64; /* whole bytes of a mask, whatever the dtype */
    return RAMP_OK;
}

static ramp_status add_passage(passing *p, int slot, const ramp_operand *operand, int is_in, int is_out) {
    const ramp_backend *b = p->stage->backend;
    if (operand->data == NULL) return RAMP_OK;
    passage *a = &p->passage[p->passages++];
    *a = (passage){.slot = slot,
                   .is_in = is_in,
                   .is_out = is_out,
                   .is_staged = has_staging(b),
                   .host = (char *)((uintptr_t)operand->data + (uintptr_t)operand->byte_offset),
                   .per_byte = slot == slot_mask ? 1 : 8 * (size_t)p->job->element_bytes};
    if (b->host_look == NULL) return RAMP_OK;
    const char *last = a->host + ((p->job->count + 7) / 8 - 1) * a->per_byte;
    int first_pinned = 0, last_pinned = 0;
    ramp_status status = b->host_look(p->stage->self, a->host, &first_pinned);
    if (status == RAMP_OK) status = b->host_look(p->stage->self, last, &last_pinned);
    if (first_pinned && last_pinned) a->is_staged = 0;
    return status;
}

/* In the order of the job's operands. A forward pass writes over x's buffer, a backward pass over dy's. */
static ramp_status add_passages(passing *p) {
    const ramp_job *job = p->job;
    const int is_forward = job->pass == RAMP_FORWARD;
    ramp_status status = add_passage(p, slot_x, &job->x, 1, 0);
    if (status == RAMP_OK) status = add_passage(p, slot_dy, &job->dy, 1, 0);
    if (status == RAMP_OK) status = add_passage(p, slot_mask, &job->mask, !is_forward, is_forward);
    if (status == RAMP_OK) status = add_passage(p, is_forward ? slot_x : slot_dy, &job->y, 0, 1);
    return status;
}

static ramp_status prepare_worker(const passing *p, worker *w) {
    const host_stage *stage = p->stage;
    const ramp_backend *b = stage->backend;
    ramp_status status = RAMP_OK;
    if (w->queue == NULL && has_queues(b)) status = b->queue_create(stage->self, &w->queue);
    for (int i = 0; i < p->passages && status == RAMP_OK; i++) {
        const passage *a = &p->passage[i];
        const size_t bytes = a->slot == slot_mask ? stage->chunk / 2 / 8 : stage->chunk; /* two bytes an element at least */
        if (w->device[a->slot] == NULL) status = b->alloc(stage->self, bytes, &w->device[a->slot]);
        if (status == RAMP_OK && a->is_staged && w->staging[a->slot] == NULL)
            status = b->host_alloc(stage->self, bytes, &w->staging[a->slot]);
    }
    return status;
}

/* ---- One chunk ---- */

static size_t bytes_of(const passage *a, uint64_t elements) {
    return a->per_byte == 1 ? (size_t)((elements + 7) / 8) : (size_t)elements * (a->per_byte / 8);
}

static char *host_of(const passage *a, uint64_t first) { return a->host + (size_t)(first / 8) * a->per_byte; }

static ramp_status copy_in(const host_stage *stage, const worker *w, const passage *a, uint64_t first, size_t bytes) {
    const void *from = host_of(a, first);
    if (a->is_staged) from = memcpy(w->staging[a->slot], from, bytes);
    if (w->queue == NULL) return stage->backend->upload(stage->self, w->device[a->slot], 0, from, bytes);
    return stage->backend->queue_upload(stage->self, w->queue, w->device[a->slot], from, bytes);
}

static ramp_status copy_out(const host_stage *stage, const worker *w, const passage *a, uint64_t first, size_t bytes) {
    void *to = a->is_staged ? w->staging[a->slot] : host_of(a, first);
    if (w->queue == NULL) return stage->backend->download(stage->self, to, w->device[a->slot], 0, bytes);
    return stage->backend->queue_download(stage->self, w->queue, to, w->device[a->slot], bytes);
}

static void point(ramp_operand *operand, void *device) {
    if (operand->data == NULL) return;
    *operand = (ramp_operand){.data = device, .memory = RAMP_MEMORY_NATIVE, .strides = {1}};
}

static ramp_status launch(const passing *p, const worker *w, uint64_t elements) {
    const host_stage *stage = p->stage;
    ramp_job job = *p->job;
    job.count = elements;
    job.ndim = elements > 1;
    job.shape[0] = (int64_t)elements;
    point(&job.x, w->device[slot_x]);
    point(&job.dy, w->device[slot_dy]);
    point(&job.mask, w->device[slot_mask]);
    point(&job.y, w->device[job.pass == RAMP_FORWARD ? slot_x : slot_dy]);
    job.own_queue = w->queue == NULL;
    job.on = (ramp_submit){.queue = w->queue};
    return stage->backend->launch(stage->self, &job);
}

/* Whatever fails, nothing of the chunk is still on its way when this returns: the caller's memory is the caller's again. */
static ramp_status pass_chunk(const passing *p, const worker *w, uint64_t first) {
    const host_stage *stage = p->stage;
    const uint64_t left = p->job->count - first, elements = left < p->chunk ? left : p->chunk;
    ramp_status status = RAMP_OK;
    for (int i = 0; i < p->passages && status == RAMP_OK; i++)
        if (p->passage[i].is_in) status = copy_in(stage, w, &p->passage[i], first, bytes_of(&p->passage[i], elements));
    if (status == RAMP_OK) status = launch(p, w, elements);
    for (int i = 0; i < p->passages && status == RAMP_OK; i++)
        if (p->passage[i].is_out) status = copy_out(stage, w, &p->passage[i], first, bytes_of(&p->passage[i], elements));
    if (w->queue != NULL) {
        const ramp_status waited = stage->backend->queue_wait(stage->self, w->queue);
        if (status == RAMP_OK) status = waited;
    }
    for (int i = 0; i < p->passages && status == RAMP_OK; i++) {
        const passage *a = &p->passage[i];
        if (a->is_out && a->is_staged) memcpy(host_of(a, first), w->staging[a->slot], bytes_of(a, elements));
    }
    return status;
}

/* ---- All of them ---- */

/* A thread's words are its own: the caller's thread gets the first that failed. */
static void fail(passing *p, ramp_status status) {
    os_mutex_lock(&p->lock);
    if (p->status == RAMP_OK) {
        p->status = status;
        snprintf(p->words, sizeof p->words, "%s", ramp_last_error());
    }
    os_mutex_unlock(&p->lock);
    atomic_store(&p->has_failed, 1);
}

static void *work(void *argument) {
    const hand *h = argument;
    passing *p = h->p;
    float_environment before = float_environment_enter();
    while (!atomic_load(&p->has_failed)) {
        const uint64_t first = atomic_fetch_add(&p->next, 1) * p->chunk;
        if (first >= p->job->count) break;
        const ramp_status status = pass_chunk(p, h->w, first);
        if (status != RAMP_OK) fail(p, status);
    }
    float_environment_leave(before);
    return NULL;
}

/* The caller's thread is one of the workers; a thread that cannot be had is one fewer. */
static void work_together(passing *p, int workers) {
    hand hands[most_workers];
    int started = 1;
    for (int i = 0; i < workers; i++) hands[i] = (hand){.p = p, .w = &p->stage->worker[i]};
    while (started < workers && os_thread_start(&hands[started].thread, work, &hands[started])) started++;
    work(&hands[0]);
    for (int i = 1; i < started; i++) os_thread_join(hands[i].thread);
}

/* More than the processors would only take turns; of one alone nothing overlaps. */
static int count_workers(const ramp_backend *b) {
    const unsigned processors = os_processor_count();
    if (!has_queues(b)) return 1;
    return processors < 2 ? 2 : processors < most_workers ? (int)processors : most_workers;
}

static ramp_status run_locked(host_stage *stage, const ramp_job *job) {
    passing p = {.stage = stage, .job = job, .lock = OS_MUTEX_INIT, .status = RAMP_OK};
    ramp_status status = host_find_chunk(stage);
    if (status == RAMP_OK) status = add_passages(&p);
    if (status != RAMP_OK) return status;
    p.chunk = stage->chunk / job->element_bytes;
    const uint64_t chunks = (job->count + p.chunk - 1) / p.chunk;
    const int most = count_workers(stage->backend), workers = chunks < (uint64_t)most ? (int)chunks : most;
    for (int i = 0; i < workers && status == RAMP_OK; i++) status = prepare_worker(&p, &stage->worker[i]);
    if (status != RAMP_OK) return status;
    work_together(&p, workers);
    os_mutex_destroy(&p.lock);
    return p.status == RAMP_OK ? RAMP_OK : ramp_error_set(p.status, "%s", p.words);
}

ramp_status host_run(host_stage *stage, const ramp_job *job) {
    os_mutex_lock(&stage->lock);
    ramp_status status = run_locked(stage, job);
    os_mutex_unlock(&stage->lock);
    return status;
}
