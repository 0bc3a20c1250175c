#include "lane.h"
#include "layout.h"
#include "memory.h"
#include "program.h"
#include "progress.h"

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

void lane_empty(bench_lane *lane) {
    while (lane->sets > 0) {
        const bench_set *s = &lane->set[--lane->sets];
        ramp_memory_free(lane->device, s->saved);
        ramp_memory_free(lane->device, s->y);
        ramp_memory_free(lane->device, s->dy);
        ramp_memory_free(lane->device, s->x);
    }
    free(lane->set);
    lane->set = NULL;
    lane->at = 0;
}

static ramp_status upload_tiles(const bench_lane *lane, void *data, const void *tile, size_t tile_bytes, size_t bytes) {
    ramp_status status = RAMP_OK;
    for (size_t at = 0; at < bytes && status == RAMP_OK; at += tile_bytes) {
        progress_show("filling %s's tensors", lane->info.selector);
        status = ramp_memory_upload(lane->device, data, at, tile, bytes - at < tile_bytes ? bytes - at : tile_bytes);
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
    ramp_status status = ramp_memory_alloc(lane->device, (size_t)b->x, &s->x);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b->y, &s->y);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b->dy, &s->dy);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b->saved, &s->saved);
    if (status == RAMP_OK) status = upload_tiles(lane, s->x, tile->x, (size_t)tile->x_count * size, (size_t)b->x);
    if (status == RAMP_OK) status = upload_tiles(lane, s->dy, tile->dy, (size_t)tile->count * size, (size_t)b->dy);
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

void lane_fill(bench_session *s, size_t index, const bench_case *c, const bench_tile *tile, int need_backward) {
    bench_lane *lane = &s->lane[index];
    const buffers b = sizes(c, need_backward);
    const uint64_t bytes = b.x + b.dy + b.y + b.saved;
    const size_t sets = count_sets(s, lane, c, bytes);
    char why[256];
    lane->absent[0] = '\0';
    if (!memory_fits(s, index, sets * bytes, b.x > b.y ? b.x : b.y, why)) {
        snprintf(lane->absent, sizeof lane->absent, "does not fit: %s", why);
        return;
    }
    lane->set = program_resize(NULL, sets, sizeof *lane->set);
    ramp_status status = RAMP_OK;
    while (lane->sets < sets && status == RAMP_OK) status = add_set(lane, &b, tile);
    if (status == RAMP_OK) return;
    snprintf(lane->absent, sizeof lane->absent, "%s: %s", ramp_status_name(status), ramp_last_error());
    lane_empty(lane);
}

static ramp_status save_set(const bench_lane *lane, const bench_case *c) {
    const bench_set *s = lane_set(lane);
    int is_mask = c->saved == RAMP_SAVED_MASK;
    int64_t count[1] = {(int64_t)layout_extent(c->shape, c->layout, is_mask ? OPERAND_MASK : OPERAND_SAVED)};
    ramp_tensor x = ramp_tensor_dense(s->x, c->dtype, 1, count), y = ramp_tensor_dense(s->y, c->dtype, 1, count);
    ramp_tensor saved = ramp_tensor_dense(s->saved, is_mask ? RAMP_BIT : c->dtype, 1, count);
    return is_mask ? ramp_forward(lane->device, &c->op, &x, &y, &saved) : ramp_forward(lane->device, &c->op, &x, &saved, NULL);
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
        return ramp_forward(lane->device, &c->op, &x, &y, is_mask ? &mask : NULL);
    }
    ramp_tensor dy = tensor(c, OPERAND_GRADIENT, s->dy);
    ramp_tensor saved = tensor(c, OPERAND_SAVED, c->saved == RAMP_SAVED_OUTPUT ? s->saved : s->x);
    return ramp_backward(lane->device, &c->op, c->saved, is_mask ? &mask : &saved, &dy, &y);
}

static ramp_status run_thing(const bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes) {
    const bench_set *s = lane_set(lane);
    if (thing == bench_op) return lane_run(lane, c);
    return ramp_roof_run(lane->device, (ramp_roof)(thing - bench_first_roof), roof_bytes, s->y, s->x, s->dy);
}

ramp_status lane_time(bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms) {
    ramp_status status = RAMP_OK;
    if (c->cache == CACHE_COLD) lane->at = (lane->at + 1) % lane->sets;
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
