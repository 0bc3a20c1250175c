/* large_memory.c: the memory of large_views.c: the device's, or of addresses that are one small file. */
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L /* close */
#endif
#include "large_views.h"
#include "bits.h"
#include "check.h"
#include "large.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t up_to(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

static int create_sparse(session *s) {
    const int in = sparse_file("ramp-views-in", large_period);
    const int out = sparse_file("ramp-views-out", large_period);
    if (in < 0 || out < 0) return 0;
    s->in = sparse_map(s->in_bytes, in, large_period);
    s->out = sparse_map(s->out_bytes, out, large_period);
    s->mask = calloc(1, s->mask_bytes); /* only what is written becomes memory */
    close(in);
    close(out);
    if (s->in != NULL) memcpy(s->in, s->pattern, s->in_bytes < large_period ? s->in_bytes : large_period);
    return s->in != NULL && s->out != NULL && s->mask != NULL;
}

static ramp_status create_on_device(session *s) {
    ramp_status status = ramp_memory_alloc(s->dev, s->in_bytes, (void **)&s->in);
    if (status == RAMP_OK) status = ramp_memory_alloc(s->dev, s->out_bytes, (void **)&s->out);
    if (status == RAMP_OK) status = ramp_memory_alloc(s->dev, s->mask_bytes, (void **)&s->mask);
    for (size_t at = 0; at < s->in_bytes && status == RAMP_OK; at += large_period)
        status = ramp_memory_upload(s->dev, s->in, at, s->pattern, s->in_bytes - at < large_period ? s->in_bytes - at : large_period);
    return status;
}

int large_create(session *s, int64_t count, int64_t room) {
    uint64_t state = 1;
    s->in_bytes = s->out_bytes = up_to((size_t)room * s->size, stratum * s->size);
    s->mask_bytes = up_to((size_t)count / 8 + stratum, stratum / 8);
    s->pattern = malloc(large_period);
    s->x = malloc(stratum * s->size);
    s->dy = malloc(stratum * s->size);
    s->want = malloc(stratum * s->size);
    s->got = malloc(stratum * s->size);
    s->bits = malloc(stratum / 8);
    if (!CHECK(s->pattern != NULL && s->x != NULL && s->dy != NULL && s->want != NULL && s->got != NULL && s->bits != NULL, "no memory"))
        return 0;
    for (size_t i = 0; i < large_period; i += sizeof state) {
        const uint64_t random = random_next(&state);
        memcpy(s->pattern + i, &random, sizeof random);
    }
    if (s->is_sparse) {
        if (create_sparse(s)) return 1;
        printf("SKIPPED in part: views of %lld elements: mapping 2 x %zu bytes of addresses: %s\n", (long long)room, s->in_bytes,
               strerror(errno));
        return 0;
    }
    const ramp_status status = create_on_device(s);
    if (status == RAMP_ERROR_MEMORY)
        printf("SKIPPED in part: views of %lld elements of %s: %s\n", (long long)room, bits_name(s->dtype), ramp_last_error());
    else
        CHECK_STATUS(status, RAMP_OK);
    return status == RAMP_OK;
}

void large_destroy(session *s) {
    if (s->is_sparse) {
        sparse_unmap(s->in, s->in_bytes);
        sparse_unmap(s->out, s->out_bytes);
        free(s->mask);
    } else {
        ramp_memory_free(s->dev, s->in);
        ramp_memory_free(s->dev, s->out);
        ramp_memory_free(s->dev, s->mask);
    }
    free(s->pattern);
    free(s->x);
    free(s->dy);
    free(s->want);
    free(s->got);
    free(s->bits);
}
