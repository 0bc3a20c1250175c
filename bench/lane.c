#include "lane.h"
#include "layout.h"
#include "memory.h"
#include "program.h"
#include "progress.h"
#include "stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ramp_status lane_open(bench_session *s, const char *selector) {
    bench_lane *lane = &s->lane[s->lanes];
    *lane = (bench_lane){.device = NULL};
    ramp_status status = ramp_device_open(&lane->device, selector);
    if (status == RAMP_OK) status = ramp_device_describe(lane->device, &lane->info);
    if (status == RAMP_OK) status = ramp_event_create(lane->device, &lane->start);
    if (status == RAMP_OK) status = ramp_event_create(lane->device, &lane->stop);
    if (status != RAMP_OK) {
        lane_close(lane);
        return status;
    }
    clocks_open(&lane->clocks, &lane->info);
    s->lanes++;
    return RAMP_OK;
}

void lane_close(bench_lane *lane) {
    lane_empty(lane);
    clocks_close(&lane->clocks);
    ramp_event_destroy(lane->stop);
    ramp_event_destroy(lane->start);
    ramp_device_close(lane->device);
    *lane = (bench_lane){.device = NULL};
}

/* ---- Memory, wherever it is ---- */

static ramp_status give(const bench_lane *lane, uint64_t bytes, void **data) {
    if (lane->memory == MEMORY_DEVICE) return ramp_memory_alloc(lane->device, (size_t)bytes, data);
    if (lane->memory == MEMORY_PINNED) return ramp_host_alloc(lane->device, (size_t)bytes, data);
    *data = bytes > 0 ? program_resize(NULL, (size_t)bytes, 1) : NULL;
    return RAMP_OK;
}

static void take_back(const bench_lane *lane, void *data) {
    if (lane->memory == MEMORY_DEVICE)
        ramp_memory_free(lane->device, data);
    else if (lane->memory == MEMORY_PINNED)
        ramp_host_free(lane->device, data);
    else
        free(data);
}

ramp_status lane_write(const bench_lane *lane, void *data, size_t offset, const void *from, size_t bytes) {
    if (lane->memory == MEMORY_DEVICE) return ramp_memory_upload(lane->device, data, offset, from, bytes);
    memcpy((char *)data + offset, from, bytes);
    return RAMP_OK;
}

ramp_status lane_read(const bench_lane *lane, void *to, const void *data, size_t offset, size_t bytes) {
    if (lane->memory == MEMORY_DEVICE) return ramp_memory_download(lane->device, to, data, offset, bytes);
    memcpy(to, (const char *)data + offset, bytes);
    return RAMP_OK;
}

void lane_empty(bench_lane *lane) {
    while (lane->sets > 0) {
        const bench_set *s = &lane->set[--lane->sets];
        take_back(lane, s->saved);
        take_back(lane, s->y);
        take_back(lane, s->dy);
        take_back(lane, s->x);
    }
    free(lane->set);
    lane->set = NULL;
    lane->at = 0;
}

static ramp_status write_tiles(const bench_lane *lane, void *data, const void *tile, size_t tile_bytes, size_t bytes) {
    ramp_status status = RAMP_OK;
    for (size_t at = 0; at < bytes && status == RAMP_OK; at += tile_bytes) {
        progress_show("filling %s's tensors", lane->info.selector);
        status = lane_write(lane, data, at, tile, bytes - at < tile_bytes ? bytes - at : tile_bytes);
    }
    return status;
}

/* Bytes of each buffer. */
typedef struct buffers {
    uint64_t x, dy, y, saved;
} buffers;

static buffers sizes(const bench_case *c, int need_backward) {
    uint64_t size = program_dtype_size(c->dtype);
    buffers b = {.x = size * layout_extent(c->shape, c->layout, OPERAND_INPUT),
                 .y = size * layout_extent(c->shape, c->layout, OPERAND_OUTPUT)};
    if (need_backward) b.dy = size * layout_extent(c->shape, c->layout, OPERAND_GRADIENT);
    if (c->saved == RAMP_SAVED_MASK) b.saved = (layout_extent(c->shape, c->layout, OPERAND_MASK) + 7) / 8;
    if (c->saved == RAMP_SAVED_OUTPUT && need_backward) b.saved = size * layout_extent(c->shape, c->layout, OPERAND_SAVED);
    return b;
}

static ramp_status add_set(bench_lane *lane, const buffers *b, const bench_tile *tile) {
    const size_t size = program_dtype_size(tile->dtype);
    bench_set *s = &lane->set[lane->sets++];
    *s = (bench_set){.x = NULL};
    ramp_status status = give(lane, b->x, &s->x);
    if (status == RAMP_OK) status = give(lane, b->y, &s->y);
    if (status == RAMP_OK) status = give(lane, b->dy, &s->dy);
    if (status == RAMP_OK) status = give(lane, b->saved, &s->saved);
    if (status == RAMP_OK) status = write_tiles(lane, s->x, tile->x, (size_t)tile->x_count * size, (size_t)b->x);
    if (status == RAMP_OK) status = write_tiles(lane, s->dy, tile->dy, (size_t)tile->count * size, (size_t)b->dy);
    return status;
}

/* Two at least: the next call's are never those of the last. */
static size_t count_sets(bench_session *s, const bench_lane *lane, const bench_case *c, uint64_t bytes) {
    enum { most_sets = 4096 };
    if (c->cache != CACHE_COLD) return 1;
    const uint64_t wanted = s->rotate > 0 ? s->rotate : memory_cold_bytes(&lane->info);
    uint64_t sets = (wanted + bytes - 1) / bytes;
    if (sets <= most_sets) return sets > 2 ? (size_t)sets : 2;
    char have[16], want[16];
    bench_note(s, "%s at shape %s rotates over %s, not %s: %d sets of buffers are the most, so a cache may hold some of them",
               lane->info.selector, c->shape->text, program_bytes(have, most_sets * bytes), program_bytes(want, wanted), (int)most_sets);
    return most_sets;
}

/* ---- The link: plain copies of the same arrays, for as long as they are large enough to tell ---- */

/* Of a few copies, the median's GB/s; 0 where one failed. */
static double copy_rate(const bench_lane *lane, void *device, void *host, size_t bytes, int is_up) {
    enum { copies = 5 };
    double ms[copies];
    for (int i = 0; i < copies; i++) {
        progress_show("measuring the link of %s", lane->info.selector);
        const double begin = progress_clock();
        const ramp_status status =
            is_up ? ramp_memory_upload(lane->device, device, 0, host, bytes) : ramp_memory_download(lane->device, host, device, 0, bytes);
        ms[i] = (progress_clock() - begin) * 1e3;
        if (status != RAMP_OK) return 0;
    }
    return (double)bytes / stats_of(ms, copies).median * 1e-6;
}

/* The CPU backend has no link: it works on the host's memory. */
static void measure_link(bench_lane *lane, size_t bytes) {
    const size_t most = (size_t)256 << 20;
    void *device = NULL;
    if (strcmp(lane->info.backend, "cpu") == 0) return;
    if (bytes > most) bytes = most;
    if (ramp_memory_alloc(lane->device, bytes, &device) != RAMP_OK) return;
    const double up = copy_rate(lane, device, lane->set[0].x, bytes, 1), down = copy_rate(lane, device, lane->set[0].y, bytes, 0);
    ramp_memory_free(lane->device, device);
    if (up > lane->up_gbs) lane->up_gbs = up;
    if (down > lane->down_gbs) lane->down_gbs = down;
}

double lane_link_ms(const bench_lane *lane, const bench_case *c) {
    const double n = (double)c->shape->count, tensor = n * (double)program_dtype_size(c->dtype), mask = (n + 7) / 8;
    const int has_mask = c->saved == RAMP_SAVED_MASK, is_forward = c->pass == PASS_FORWARD;
    const double in = is_forward ? tensor : tensor + (has_mask ? mask : tensor), out = tensor + (is_forward && has_mask ? mask : 0);
    if (c->memory == MEMORY_DEVICE || !(lane->up_gbs > 0 && lane->down_gbs > 0)) return NAN;
    return fmax(in / lane->up_gbs, out / lane->down_gbs) * 1e-6;
}

void lane_fill(bench_session *s, size_t index, const bench_case *c, const bench_tile *tile, int need_backward) {
    bench_lane *lane = &s->lane[index];
    const buffers b = sizes(c, need_backward);
    const uint64_t bytes = b.x + b.dy + b.y + b.saved;
    const size_t sets = count_sets(s, lane, c, bytes);
    char why[256];
    const int is_host = c->memory != MEMORY_DEVICE;
    lane->absent[0] = '\0';
    lane->memory = c->memory;
    if (is_host ? !memory_fits_host(s, index, bytes, why) : !memory_fits(s, index, sets * bytes, b.x > b.y ? b.x : b.y, why)) {
        snprintf(lane->absent, sizeof lane->absent, "does not fit: %s", why);
        return;
    }
    lane->set = program_resize(NULL, sets, sizeof *lane->set);
    ramp_status status = RAMP_OK;
    while (lane->sets < sets && status == RAMP_OK) status = add_set(lane, &b, tile);
    if (status == RAMP_OK && is_host) measure_link(lane, (size_t)b.x);
    if (status == RAMP_OK) return;
    snprintf(lane->absent, sizeof lane->absent, "%s: %s", ramp_status_name(status), ramp_last_error());
    lane_empty(lane);
}

static ramp_status forward(const bench_lane *lane, const bench_case *c, const ramp_tensor *x, const ramp_tensor *y,
                           const ramp_tensor *mask) {
    return (lane->memory == MEMORY_DEVICE ? ramp_forward : ramp_forward_host)(lane->device, &c->op, x, y, mask);
}

static ramp_status save_set(const bench_lane *lane, const bench_case *c) {
    const bench_set *s = lane_set(lane);
    int is_mask = c->saved == RAMP_SAVED_MASK;
    int64_t count[1] = {(int64_t)layout_extent(c->shape, c->layout, is_mask ? OPERAND_MASK : OPERAND_SAVED)};
    ramp_tensor x = ramp_tensor_dense(s->x, c->dtype, 1, count), y = ramp_tensor_dense(s->y, c->dtype, 1, count);
    ramp_tensor saved = ramp_tensor_dense(s->saved, is_mask ? RAMP_BIT : c->dtype, 1, count);
    return forward(lane, c, &x, is_mask ? &y : &saved, is_mask ? &saved : NULL);
}

ramp_status lane_save(bench_lane *lane, const bench_case *c) {
    ramp_status status = RAMP_OK;
    if (c->pass == PASS_FORWARD || c->saved == RAMP_SAVED_INPUT) return RAMP_OK;
    for (lane->at = 0; lane->at < lane->sets && status == RAMP_OK; lane->at++) status = save_set(lane, c);
    lane->at = 0;
    return status;
}

static ramp_tensor tensor(const bench_case *c, bench_operand operand, void *data) {
    ramp_tensor t = ramp_tensor_dense(data, operand == OPERAND_MASK ? RAMP_BIT : c->dtype, c->shape->ndim, c->shape->size);
    layout_strides(c, operand, t.strides);
    return t;
}

ramp_status lane_run(const bench_lane *lane, const bench_case *c) {
    const bench_set *s = lane_set(lane);
    ramp_tensor y = tensor(c, OPERAND_OUTPUT, s->y), mask = tensor(c, OPERAND_MASK, s->saved);
    int is_mask = c->saved == RAMP_SAVED_MASK;
    if (c->pass == PASS_FORWARD) {
        ramp_tensor x = tensor(c, OPERAND_INPUT, s->x);
        return forward(lane, c, &x, &y, is_mask ? &mask : NULL);
    }
    ramp_tensor dy = tensor(c, OPERAND_GRADIENT, s->dy);
    ramp_tensor saved = tensor(c, OPERAND_SAVED, c->saved == RAMP_SAVED_OUTPUT ? s->saved : s->x);
    return (lane->memory == MEMORY_DEVICE ? ramp_backward : ramp_backward_host)(lane->device, &c->op, c->saved, is_mask ? &mask : &saved,
                                                                                &dy, &y);
}

static ramp_status run_thing(const bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes) {
    const bench_set *s = lane_set(lane);
    if (thing == bench_op) return lane_run(lane, c);
    return ramp_roof_run(lane->device, (ramp_roof)(thing - bench_first_roof), roof_bytes, s->y, s->x, s->dy);
}

ramp_status lane_time(bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms) {
    ramp_status status = RAMP_OK;
    if (c->cache == CACHE_COLD) lane->at = (lane->at + 1) % lane->sets;
    if (c->memory != MEMORY_DEVICE) {
        const double begin = progress_clock();
        status = lane_run(lane, c);
        *ms = (progress_clock() - begin) * 1e3;
        return status;
    }
    if (c->cache == CACHE_HOT) status = run_thing(lane, c, thing, roof_bytes);
    if (status == RAMP_OK) status = ramp_event_record(lane->start, NULL);
    if (status == RAMP_OK) status = run_thing(lane, c, thing, roof_bytes);
    if (status == RAMP_OK) status = ramp_event_record(lane->stop, NULL);
    if (status == RAMP_OK) status = ramp_event_wait(lane->stop);
    if (status == RAMP_OK) status = ramp_event_elapsed(lane->start, lane->stop, ms);
    return status;
}

int lane_clock_calls(double ms) {
    const double wanted = 50 / ms;
    return wanted >= 20000 ? 20000 : wanted >= 1 ? (int)wanted : 1;
}

ramp_status lane_check_clock(bench_lane *lane, const bench_case *c, int calls) {
    double device;
    ramp_status status = ramp_device_synchronize(lane->device);
    const double begin = progress_clock();
    if (status == RAMP_OK) status = ramp_event_record(lane->start, NULL);
    for (int i = 0; i < calls && status == RAMP_OK; i++) status = lane_run(lane, c);
    if (status == RAMP_OK) status = ramp_event_record(lane->stop, NULL);
    if (status == RAMP_OK) status = ramp_event_wait(lane->stop);
    const double host = (progress_clock() - begin) * 1e3;
    if (status == RAMP_OK) status = ramp_event_elapsed(lane->start, lane->stop, &device);
    if (status == RAMP_OK) lane->check = (bench_clock_check){.calls = calls, .device_ms = device, .host_ms = host};
    return status;
}
