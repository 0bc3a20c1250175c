/*
 * elementwise.cl: one kernel, elementwise: load, apply, store. Comes last in a program, after the functions.
 *
 * The build defines RAMP_FUNCTION, an op's value or gradient; RAMP_BACKWARD, 0 or 1 accordingly; RAMP_VARIANT, which of the op's formulas
 * (variants.h); and the form, by the elements or vectors of a work-item: RAMP_RUN, RAMP_VECTORS or RAMP_SCALARS.
 *
 * Operands are a buffer and the bytes from its start; `count` is in elements. Forward, dy is x and not read. An output may be the same memory
 * as an input, so nothing is `restrict`, and what an element needs is read before it is written, by the same work-item. The global size is
 * rounded up by the host.
 */

#if RAMP_BITS == 64
typedef double4 numbers;
#else
typedef float4 numbers;
#endif

#define FROM(buffer, at) ((global const stored *)((buffer) + (at)))
#define TO(buffer, at)   ((global stored *)((buffer) + (at)))

#if RAMP_BACKWARD
#define APPLY(x, g, quick) RAMP_FUNCTION((x), (g), p, (quick))
#define DY(element)        load_stored(element)
#else
#define APPLY(x, g, quick) RAMP_FUNCTION((x), p, RAMP_VARIANT, (quick))
#define DY(element)        K(0.0)
#endif

static inline ramp_params params_of(numbers n) {
    ramp_params p = {n.x, n.y, n.z, n.w};
    return p;
}

RAMP_FAR_FN real in_full(real x, real g, ramp_params p) { return APPLY(x, g, 0); }

#if defined(RAMP_RUN)

/* ---- A CPU: a work-item is a loop over RAMP_RUN neighbours, which the compiler vectorises as wide as the processor is ----
 * A block at a time, through private memory, since a loop whose output may be its input does not vectorise; in the quick form, without a
 * branch; what that leaves NaN is made again in full. */

#define RAMP_BLOCK 64
#define EACH       for (uint i = 0; i < n; i++)

#if defined(RAMP_DTYPE_F16)

/* Eight at a time the compiler has fast conversions; one at a time integers do them (storage.h). */
static inline void load_block(real *to, global const stored *from, uint n) {
    uint i = 0;
    for (; i + 8 <= n; i += 8) vstore8(vload_half8(0, (global const half *)(from + i)), 0, to + i);
    for (; i < n; i++) to[i] = load_stored(from[i]);
}

static inline void store_block(global stored *to, const real *from, uint n) {
    uint i = 0;
    for (; i + 8 <= n; i += 8) vstore_half8_rte(vload8(0, from + i), 0, (global half *)(to + i));
    for (; i < n; i++) to[i] = store_real(from[i]);
}

#else

static inline void load_block(real *to, global const stored *from, uint n) { EACH to[i] = load_stored(from[i]); }
static inline void store_block(global stored *to, const real *from, uint n) { EACH to[i] = store_real(from[i]); }

#endif

kernel void elementwise(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *y_buffer,
                        ulong y_at, ulong count, numbers numbers_of_p) {
    global const stored *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global stored *y = TO(y_buffer, y_at);
    ramp_params p = params_of(numbers_of_p);
    ulong first = get_global_id(0) * (ulong)RAMP_RUN;
    ulong end = first + RAMP_RUN < count ? first + RAMP_RUN : count;
    real e[RAMP_BLOCK], g[RAMP_BLOCK], out[RAMP_BLOCK];
    for (; first < end; first += RAMP_BLOCK) {
        uint n = end - first < RAMP_BLOCK ? (uint)(end - first) : RAMP_BLOCK;
        int left = 0;
        load_block(e, x + first, n);
        if (RAMP_BACKWARD) load_block(g, dy + first, n);
        EACH out[i] = APPLY(e[i], g[i], 1);
        EACH left |= out[i] != out[i];
        if (left) EACH if (out[i] != out[i]) out[i] = in_full(e[i], g[i], p);
        store_block(y + first, out, n);
    }
}

#else

/* ---- A GPU ---- */

#if defined(RAMP_VECTORS)
#define TOGETHER (16 / sizeof(stored))
#else
#define TOGETHER RAMP_SCALARS
#endif
#define EACH _Pragma("unroll") for (uint k = 0; k < TOGETHER; k++)

/* So many elements in the quick form, without a branch; what that leaves NaN, one element in a million and true NaNs, is made again in full,
 * by a function apart. */
static inline void apply(real *e, const real *g, ramp_params p) {
    real out[TOGETHER];
    int left = 0;
    EACH out[k] = APPLY(e[k], g[k], 1);
    EACH left |= out[k] != out[k];
    if (left) EACH if (out[k] != out[k]) out[k] = in_full(e[k], g[k], p);
    EACH e[k] = out[k];
}

#if defined(RAMP_VECTORS)

/* ---- Vector, where the operands agree modulo 16 bytes: a work-item is RAMP_VECTORS 16-byte loads and stores, a local size apart ----
 * Loaded as integers, and taken apart in private memory: a load of 16-bit elements from global memory is slow. Those past the last vector do
 * the elements before the first 16-byte boundary and after the last, one each: the host launches enough for count / TOGETHER +
 * 2 * (TOGETHER - 1) vectors or more. What decides is the addresses here, which the host does not know: a CL_MEM_USE_HOST_PTR buffer may lie
 * anywhere. Where they do not agree, every work-item takes elements a global size apart. */

typedef union vector {
    uint4 whole;
    stored element[TOGETHER];
} vector;

static inline uint4 applied(uint4 x, uint4 dy, ramp_params p) {
    vector v, w;
    real e[TOGETHER], g[TOGETHER];
    v.whole = x;
    w.whole = dy;
    EACH e[k] = load_stored(v.element[k]);
    EACH g[k] = DY(w.element[k]);
    apply(e, g, p);
    EACH v.element[k] = store_real(e[k]);
    return v.whole;
}

kernel void elementwise(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *y_buffer,
                        ulong y_at, ulong count, numbers numbers_of_p) {
    global const stored *x = FROM(x_buffer, x_at), *dy = FROM(dy_buffer, dy_at);
    global stored *y = TO(y_buffer, y_at);
    ramp_params p = params_of(numbers_of_p);
    ulong head = 0, vectors = 0, step = get_global_size(0) * RAMP_VECTORS;
    if (((((ulong)x ^ (ulong)y) | ((ulong)dy ^ (ulong)y)) & 15) == 0) {
        head = ((0 - (ulong)y) & 15) / sizeof(stored);
        head = head < count ? head : count;
        vectors = (count - head) / TOGETHER;
        step = count; /* one each: the next would be past the end */
    }
    ulong local_size = get_local_size(0), start = get_group_id(0) * local_size * RAMP_VECTORS + get_local_id(0);
    ulong last = start + local_size * (RAMP_VECTORS - 1);
    if (last < vectors) {
        global const uint4 *xs = (global const uint4 *)(x + head) + start, *dys = (global const uint4 *)(dy + head) + start;
        global uint4 *ys = (global uint4 *)(y + head) + start;
        uint4 v[RAMP_VECTORS], w[RAMP_VECTORS];
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) {
            v[n] = xs[n * local_size];
            w[n] = RAMP_BACKWARD ? dys[n * local_size] : v[n];
        }
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) ys[n * local_size] = applied(v[n], w[n], p);
        return;
    }
    /* The last vectors, and the elements at either end, by the function that is there already: an op is large, and these are few. */
    for (ulong i = start; i <= last; i += local_size) {
        ulong single = i - vectors, at = single < head ? single : single + vectors * TOGETHER, end = count, next = step;
        if (i < vectors) {
            at = head + i * TOGETHER;
            end = at + TOGETHER;
            next = 1;
        }
        for (; at < end; at += next) y[at] = store_real(in_full(load_stored(x[at]), DY(dy[at]), p));
    }
}

#else

/* ---- Scalar, whatever the addresses ----
 * A work-item is RAMP_SCALARS elements a local size apart, so that neighbours read neighbours. All are loaded before the first is stored,
 * which the compiler may not do by itself where the output could be the input. */

kernel void elementwise(global const char *x_buffer, ulong x_at, global const char *dy_buffer, ulong dy_at, global char *y_buffer,
                        ulong y_at, ulong count, numbers numbers_of_p) {
    ramp_params p = params_of(numbers_of_p);
    ulong local_size = get_local_size(0), first = get_group_id(0) * local_size * RAMP_SCALARS + get_local_id(0);
    global const stored *x = FROM(x_buffer, x_at) + first, *dy = FROM(dy_buffer, dy_at) + first;
    global stored *y = TO(y_buffer, y_at) + first;
    if (first + local_size * (RAMP_SCALARS - 1) < count) {
        real e[RAMP_SCALARS], g[RAMP_SCALARS];
        EACH e[k] = load_stored(x[k * local_size]);
        EACH g[k] = DY(dy[k * local_size]);
        apply(e, g, p);
        EACH y[k * local_size] = store_real(e[k]);
        return;
    }
    for (ulong at = 0; first + at < count; at += local_size) y[at] = store_real(in_full(load_stored(x[at]), DY(dy[at]), p));
}

#endif
#endif
