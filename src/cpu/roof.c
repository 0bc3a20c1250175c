/* roof.c: work that only moves bytes, with the form of the ops' own: what their times are held against. */
#include "launch.h"
#include "pool.h"

#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

void cpu_stream_fence(void) {
#if defined(__SSE2__)
    _mm_sfence();
#endif
}

typedef struct move {
    const cpu_loops *loops;
    char *dst;
    const char *a, *b;
    int streams;
} move;

static void copy_by_memcpy(const void *context, size_t begin, size_t end) {
    const move *m = context;
    memcpy(m->dst + begin, m->a + begin, end - begin);
}

static void copy_by_loop(const void *context, size_t begin, size_t end) {
    const move *m = context;
    if (!m->streams) {
        memcpy(m->dst + begin, m->a + begin, end - begin);
        return;
    }
    m->loops->stream(m->dst + begin, m->a + begin, end - begin);
    cpu_stream_fence();
}

static void add(const void *context, size_t begin, size_t end) {
    enum { block_floats = 128 }; /* as in launch.c */
    const move *m = context;
    _Alignas(64) float block[block_floats];
    for (size_t at = begin; at < end;) {
        size_t n = (end - at) / sizeof(float);
        if (n > block_floats) n = block_floats;
        const float *a = (const float *)(const void *)(m->a + at), *b = (const float *)(const void *)(m->b + at);
        for (size_t i = 0; i < n; i++) block[i] = a[i] + b[i];
        if (m->streams)
            m->loops->stream(m->dst + at, block, n * sizeof(float));
        else
            memcpy(m->dst + at, block, n * sizeof(float));
        at += n * sizeof(float);
    }
    if (m->streams) cpu_stream_fence();
}

ramp_status cpu_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b) {
    const cpu_device *device = self;
    const move m = {.loops = device->isa->loops[0],
                    .dst = dst,
                    .a = a,
                    .b = b,
                    .streams = bytes * (roof == RAMP_ROOF_ADD ? 3u : 2u) > device->cache_bytes && (uintptr_t)dst % 64 == 0};
    /* memcpy passes the caches only in large calls: one for each thread, in whole lines. */
    size_t share = (bytes / cpu_pool_threads() + 64) / 64 * 64;
    switch (roof) {
    case RAMP_ROOF_VENDOR_COPY: cpu_pool_run(copy_by_memcpy, &m, bytes, share); break;
    case RAMP_ROOF_COPY: cpu_pool_run(copy_by_loop, &m, bytes, (size_t)1 << 18); break;
    case RAMP_ROOF_ADD: cpu_pool_run(add, &m, bytes, (size_t)1 << 18); break;
    }
    return RAMP_OK;
}
