/*
 * roof.cl: what moving the bytes alone costs: kernels with the form of elementwise.cl's and no arithmetic to speak of. RAMP_RUN is as
 * there. `count` is in floats, a multiple of 4; the buffers start on 16-byte boundaries. `b` is NULL in a copy, and not read.
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

kernel void copy(global float4 *to, global const float4 *a, global const float4 *b, ulong count) {
    ulong i = get_global_id(0);
    if (i < count / 4) to[i] = a[i];
}

kernel void add(global float4 *to, global const float4 *a, global const float4 *b, ulong count) {
    ulong i = get_global_id(0);
    if (i < count / 4) to[i] = a[i] + b[i];
}

#endif
