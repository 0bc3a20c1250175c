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
    if (status == RAMP_OK)
        s->lanes++;
    else
        lane_close(lane);
    return status;
}

void lane_close(bench_lane *lane) {
    lane_empty(lane);
    ramp_event_destroy(lane->stop);
    ramp_event_destroy(lane->start);
    ramp_device_close(lane->device);
    *lane = (bench_lane){.device = NULL};
}

void lane_empty(bench_lane *lane) {
    ramp_memory_free(lane->device, lane->saved);
    ramp_memory_free(lane->device, lane->y);
    ramp_memory_free(lane->device, lane->dy);
    ramp_memory_free(lane->device, lane->x);
    lane->x = lane->dy = lane->y = lane->saved = NULL;
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

void lane_fill(bench_session *s, size_t index, const bench_case *c, const bench_tile *tile, int need_backward) {
    bench_lane *lane = &s->lane[index];
    const buffers b = sizes(c, need_backward);
    size_t size = program_dtype_size(tile->dtype);
    char why[256];
    lane->absent[0] = '\0';
    if (!memory_fits(s, index, b.x + b.dy + b.y + b.saved, b.x > b.y ? b.x : b.y, why)) {
        snprintf(lane->absent, sizeof lane->absent, "does not fit: %s", why);
        return;
    }
    ramp_status status = ramp_memory_alloc(lane->device, (size_t)b.x, &lane->x);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b.y, &lane->y);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b.dy, &lane->dy);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, (size_t)b.saved, &lane->saved);
    if (status == RAMP_OK) status = upload_tiles(lane, lane->x, tile->x, (size_t)tile->x_count * size, (size_t)b.x);
    if (status == RAMP_OK) status = upload_tiles(lane, lane->dy, tile->dy, (size_t)tile->count * size, (size_t)b.dy);
    if (status == RAMP_OK) return;
    snprintf(lane->absent, sizeof lane->absent, "%s: %s", ramp_status_name(status), ramp_last_error());
    lane_empty(lane);
}

ramp_status lane_save(const bench_lane *lane, const bench_case *c) {
    if (c->pass == PASS_FORWARD || c->saved == RAMP_SAVED_INPUT) return RAMP_OK;
    int is_mask = c->saved == RAMP_SAVED_MASK;
    int64_t count[1] = {(int64_t)layout_extent(c->shape, c->layout, is_mask ? OPERAND_MASK : OPERAND_SAVED)};
    ramp_tensor x = ramp_tensor_dense(lane->x, c->dtype, 1, count), y = ramp_tensor_dense(lane->y, c->dtype, 1, count);
    ramp_tensor saved = ramp_tensor_dense(lane->saved, is_mask ? RAMP_BIT : c->dtype, 1, count);
    return is_mask ? ramp_forward(lane->device, &c->op, &x, &y, &saved) : ramp_forward(lane->device, &c->op, &x, &saved, NULL);
}

static ramp_tensor tensor(const bench_case *c, bench_operand operand, void *data) {
    ramp_tensor t = ramp_tensor_dense(data, operand == OPERAND_MASK ? RAMP_BIT : c->dtype, c->shape->ndim, c->shape->size);
    layout_strides(c, operand, t.strides);
    return t;
}

ramp_status lane_run(const bench_lane *lane, const bench_case *c) {
    ramp_tensor y = tensor(c, OPERAND_OUTPUT, lane->y), mask = tensor(c, OPERAND_MASK, lane->saved);
    int is_mask = c->saved == RAMP_SAVED_MASK;
    if (c->pass == PASS_FORWARD) {
        ramp_tensor x = tensor(c, OPERAND_INPUT, lane->x);
        return ramp_forward(lane->device, &c->op, &x, &y, is_mask ? &mask : NULL);
    }
    ramp_tensor dy = tensor(c, OPERAND_GRADIENT, lane->dy);
    ramp_tensor saved = tensor(c, OPERAND_SAVED, c->saved == RAMP_SAVED_OUTPUT ? lane->saved : lane->x);
    return ramp_backward(lane->device, &c->op, c->saved, is_mask ? &mask : &saved, &dy, &y);
}

ramp_status lane_time(const bench_lane *lane, const bench_case *c, int thing, size_t roof_bytes, double *ms) {
    ramp_status status = ramp_event_record(lane->start, NULL);
    if (status != RAMP_OK) return status;
    if (thing == bench_op)
        status = lane_run(lane, c);
    else
        status = ramp_roof_run(lane->device, (ramp_roof)(thing - bench_first_roof), roof_bytes, lane->y, lane->x, lane->dy);
    if (status == RAMP_OK) status = ramp_event_record(lane->stop, NULL);
    if (status == RAMP_OK) status = ramp_event_wait(lane->stop);
    if (status == RAMP_OK) status = ramp_event_elapsed(lane->start, lane->stop, ms);
    return status;
}
