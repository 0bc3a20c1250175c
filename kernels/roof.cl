/*
 * roof.cl: what moving the bytes alone costs: kernels with the form of elementwise.cl's and no arithmetic to speak of. RAMP_RUN and
 * RAMP_VECTORS are as there. `count` is in floats, a multiple of 4; the buffers start on 16-byte boundaries. `b` is NULL in a copy, and not read.
 */

#if defined(RAMP_RUN)

kernel void copy(global float *to, global const float *a, global const float *b, ulong count) {
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < count ? first + RAMP_RUN : count;
    _Pragma("clang loop vectorize(assume_safety)") for (ulong i = first; i < end; i++) to[i] = a[i];
}

kernel void add(global float *to, global const float *a, global const float *b, ulong count) {
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < count ? first + RAMP_RUN : count;
    _Pragma("clang loop vectorize(assume_safety)") for (ulong i = first; i < end; i++) to[i] = a[i] + b[i];
}

#else

/* As in elementwise.cl: RAMP_VECTORS 16-byte vectors of a work-item, a local size apart, all loaded before the first is stored. */
#define EACH   _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++)
#define KERNEL kernel __attribute__((reqd_work_group_size(RAMP_LOCAL, 1, 1)))
#define MOVE(value)                                                                                                                        \
    const ulong local_size = RAMP_LOCAL, vectors = count / 4;                                                                              \
    ulong start = get_group_id(0) * local_size * RAMP_VECTORS + get_local_id(0);                                                           \
    if (start + local_size * (RAMP_VECTORS - 1) < vectors) {                                                                               \
        float4 v[RAMP_VECTORS];                                                                                                            \
        ulong i = start;                                                                                                                   \
        EACH {                                                                                                                             \
            v[n] = value;                                                                                                                  \
            i += local_size;                                                                                                               \
        }                                                                                                                                  \
        EACH to[start + n * local_size] = v[n];                                                                                            \
        return;                                                                                                                            \
    }                                                                                                                                      \
    for (ulong i = start; i < vectors && i < start + local_size * RAMP_VECTORS; i += local_size) to[i] = value;

KERNEL void copy(global float4 *to, global const float4 *a, global const float4 *b, ulong count){MOVE(a[i])}

KERNEL void add(global float4 *to, global const float4 *a, global const float4 *b, ulong count) {
    MOVE(a[i] + b[i])
}

#endif
