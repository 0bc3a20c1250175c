#include "lane.h"
#include "memory.h"
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
    ramp_memory_free(lane->device, lane->y);
    ramp_memory_free(lane->device, lane->dy);
    ramp_memory_free(lane->device, lane->x);
    lane->x = lane->dy = lane->y = NULL;
}

static ramp_status upload_tiles(const bench_lane *lane, void *data, const void *tile, size_t tile_bytes, size_t bytes) {
    ramp_status status = RAMP_OK;
    for (size_t at = 0; at < bytes && status == RAMP_OK; at += tile_bytes) {
        progress_show("filling %s's tensors", lane->info.selector);
        status = ramp_memory_upload(lane->device, data, at, tile, bytes - at < tile_bytes ? bytes - at : tile_bytes);
    }
    return status;
}

void lane_fill(bench_session *s, size_t index, const bench_shape *shape, const bench_tile *tile, int need_dy) {
    bench_lane *lane = &s->lane[index];
    size_t size = bench_dtype_size(tile->dtype), bytes = (size_t)shape->count * size, tile_bytes = (size_t)tile->count * size;
    char why[256];
    lane->absent[0] = '\0';
    if (!memory_fits(s, index, bytes, need_dy ? 3 : 2, why)) {
        snprintf(lane->absent, sizeof lane->absent, "does not fit: %s", why);
        return;
    }
    ramp_status status = ramp_memory_alloc(lane->device, bytes, &lane->x);
    if (status == RAMP_OK) status = ramp_memory_alloc(lane->device, bytes, &lane->y);
    if (status == RAMP_OK && need_dy) status = ramp_memory_alloc(lane->device, bytes, &lane->dy);
    if (status == RAMP_OK) status = upload_tiles(lane, lane->x, tile->x, tile_bytes, bytes);
    if (status == RAMP_OK && need_dy) status = upload_tiles(lane, lane->dy, tile->dy, tile_bytes, bytes);
    if (status == RAMP_OK) return;
    snprintf(lane->absent, sizeof lane->absent, "%s: %s", ramp_status_name(status), ramp_last_error());
    lane_empty(lane);
}

ramp_status lane_run(const bench_lane *lane, const bench_case *c) {
    ramp_tensor x = ramp_tensor_dense(lane->x, c->dtype, c->shape->ndim, c->shape->size);
    ramp_tensor y = ramp_tensor_like(&x, lane->y, c->dtype);
    if (c->pass == BENCH_FORWARD) return ramp_forward(lane->device, &c->op, &x, &y, NULL);
    ramp_tensor dy = ramp_tensor_like(&x, lane->dy, c->dtype);
    return ramp_backward(lane->device, &c->op, RAMP_SAVED_INPUT, &x, &dy, &y);
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
