/*
 * elementwise.cl: a flat job without a mask: one kernel, elementwise: load, apply, store. Include apply.cl first.
 *
 * Forward, dy is x and not read. What an element needs is read before it is written, by the same work-item. The global size is rounded up by the host.
 */

#if RAMP_BACKWARD
#define FLAT_JOB global const char *x_buffer, global const char *dy_buffer, global char *y_buffer, ramp_flat job
#define FLAT_DY  FROM(dy_buffer, job.dy)
#else
#define FLAT_JOB global const char *x_buffer, global char *y_buffer, ramp_flat job
#define FLAT_DY  FROM(x_buffer, job.x)
#endif
#define FLAT_X FROM(x_buffer, job.x)
#define FLAT_Y TO(y_buffer, job.y)

#if defined(RAMP_RUN)

/* ---- A CPU: a work-item is RAMP_RUN neighbours, a block at a time ----
 * Through private memory, since a loop whose output may be its input does not vectorise.
 *
 * Of a job of more than RAMP_STREAMS_ABOVE elements, which is larger than the caches, a work-item is RAMP_STREAM_RUNS such runs, and what it makes is stored past
 * the caches, in whole lines: else each line is read before it is written, and light ops take up to half as long again. In 16 bits that gains nothing. */

#if defined(RAMP_STORED_IS_REAL) && defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store) && __has_builtin(__builtin_ia32_sfence)
#define RAMP_CAN_STREAM 1
#endif
#endif
#if !defined(RAMP_CAN_STREAM)
#define RAMP_CAN_STREAM 0
#endif

#if RAMP_CAN_STREAM
typedef union results {
    real each[RAMP_BLOCK];
    ulong8 line[RAMP_BLOCK * sizeof(real) / sizeof(ulong8)];
} results;

static inline void stream_block(global stored *to, const results *from) {
    for (uint i = 0; i < RAMP_BLOCK * sizeof(real) / sizeof(ulong8); i++)
        __builtin_nontemporal_store(from->line[i], (global ulong8 *)to + i);
}

/* Such stores are ordered before what tells others of them by nothing else. */
static inline void stream_fence(void) { __builtin_ia32_sfence(); }
#else
typedef struct results {
    real each[RAMP_BLOCK];
} results;

static inline void stream_block(global stored *to, const results *from) { (void)to, (void)from; }
static inline void stream_fence(void) {}
#endif

#if defined(RAMP_TABLE) && !RAMP_BACKWARD

/* No numbers on the way: a look-up of values is all that there is. Eight indices are read at once, and eight values stored. */
RUN_FN void do_block(global stored *y, global const stored *x, global const stored *dy, uint n, int streams, op_params p) {
    uint k = 0;
    for (; k + 8 <= n; k += 8) {
        const ushort8 at = vload8(0, x + k);
        const ushort8 values = {p.entries[at.s0], p.entries[at.s1], p.entries[at.s2], p.entries[at.s3],
                                p.entries[at.s4], p.entries[at.s5], p.entries[at.s6], p.entries[at.s7]};
        vstore8(values, 0, y + k);
    }
    for (; k < n; k++) y[k] = p.entries[x[k]];
}

#elif defined(RAMP_TABLE)

/* Slopes by the elements themselves, four at a time: a loop over all of them is made of wider vectors, whose parts are looked up no faster, and what is left
 * is told in passing (both together: two thirds of the time). */
RUN_FN void do_block(global stored *y, global const stored *x, global const stored *dy, uint n, int streams, op_params p) {
    real out[RAMP_BLOCK], g[RAMP_BLOCK];
    int4 left = 0;
    uint k = 0;
    load_block(g, dy, n);
    for (; k + 4 <= n; k += 4) {
        const ushort4 at = vload4(0, x + k);
        const float4 product = vload4(0, g + k) * (float4)(p.entries[at.x], p.entries[at.y], p.entries[at.z], p.entries[at.w]);
        left |= IS_LEFT(product);
        vstore4(product, 0, out + k);
    }
    for (; k < n; k++) {
        out[k] = g[k] * p.entries[x[k]];
        left.x |= IS_LEFT(out[k]);
    }
    for (k = 0; any(left != 0) && k < n; k++)
        if (IS_LEFT(out[k])) out[k] = in_full(X(x[k]), g[k], p);
    store_block(y, out, n);
}

#else

RUN_FN void do_block(global stored *y, global const stored *x, global const stored *dy, uint n, int streams, op_params p) {
    results out;
#if RAMP_STORED_IS_REAL
    apply_global(out.each, x, dy, n, p);
#else
    real e[RAMP_BLOCK], g[RAMP_BLOCK];
    load_block(e, x, n);
    if (RAMP_BACKWARD) load_block(g, dy, n);
    apply_block(out.each, e, g, n, p);
#endif
    if (streams) /* a whole block */
        stream_block(y, &out);
    else
        store_block(y, out.each, n);
}

#endif

RUN_KERNEL void elementwise(FLAT_JOB, PARAMETERS) {
    global const stored *x = FLAT_X, *dy = FLAT_DY;
    global stored *y = FLAT_Y;
    const ulong count = job.count;
    op_params p = OP_PARAMS;
    const ulong run = count > RAMP_STREAMS_ABOVE ? RAMP_RUN * RAMP_STREAM_RUNS : RAMP_RUN;
    const int streams = RAMP_CAN_STREAM && count > RAMP_STREAMS_ABOVE && (ulong)y % sizeof(ulong8) == 0;
    ulong first = get_global_id(0) * run;
    ulong end = first + run < count ? first + run : count;
    /* A block's size is a constant, so that its loops have no rest: up to a quarter less time (logsigmoid in f64, PoCL), and no more to build. */
    for (; first + RAMP_BLOCK <= end; first += RAMP_BLOCK) do_block(y + first, x + first, dy + first, RAMP_BLOCK, streams, p);
    if (first < end) do_block(y + first, x + first, dy + first, (uint)(end - first), 0, p);
    if (streams) stream_fence();
}

#elif defined(RAMP_VECTORS)

/* ---- Vector, where the operands agree modulo 16 bytes: a work-item is RAMP_VECTORS 16-byte loads and stores, a local size apart ----
 * That is a constant: then a vector's address is the first one's and a constant (1 to 6 % less time on an H200).
 * Those past the last vector do the elements before the first 16-byte boundary and after the last, one each: the host launches enough for
 * count / TOGETHER + 2 * (TOGETHER - 1) vectors or more. What decides is the addresses here, which the host does not know: a
 * CL_MEM_USE_HOST_PTR buffer may lie anywhere. Where they do not agree, every work-item takes elements a global size apart. */

static inline uint4 applied(uint4 x, uint4 dy, op_params p) {
    vector v, w;
    real e[TOGETHER], g[TOGETHER];
    v.whole = x;
    w.whole = dy;
    EACH e[k] = X(v.element[k]);
    EACH g[k] = DY(w.element[k]);
    apply(e, g, p);
    EACH v.element[k] = Y(e[k]);
    return v.whole;
}

kernel __attribute__((reqd_work_group_size(RAMP_LOCAL, 1, 1))) void elementwise(FLAT_JOB, PARAMETERS) {
    global const stored *x = FLAT_X, *dy = FLAT_DY;
    global stored *y = FLAT_Y;
    const ulong count = job.count;
    op_params p = OP_PARAMS;
    ulong head = 0, vectors = 0, step = get_global_size(0) * RAMP_VECTORS;
    if (((((ulong)x ^ (ulong)y) | ((ulong)dy ^ (ulong)y)) & 15) == 0) {
        head = ((0 - (ulong)y) & 15) / sizeof(stored);
        head = head < count ? head : count;
        vectors = (count - head) / TOGETHER;
        step = count; /* one each: the next would be past the end */
    }
    const ulong local_size = RAMP_LOCAL, start = get_group_id(0) * local_size * RAMP_VECTORS + get_local_id(0);
    const ulong last = start + local_size * (RAMP_VECTORS - 1);
    if (last < vectors) {
        global const uint4 *xs = (global const uint4 *)(x + head) + start, *dys = (global const uint4 *)(dy + head) + start;
        global uint4 *ys = (global uint4 *)(y + head) + start;
        uint4 v[RAMP_VECTORS], w[RAMP_VECTORS];
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) {
            v[n] = xs[n * local_size];
            w[n] = RAMP_BACKWARD ? dys[n * local_size] : v[n];
        }
#if defined(RAMP_TABLE)
        /* All entries are on their way before the first store: without restrict's help a compiler keeps a load behind it. */
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) v[n] = applied(v[n], w[n], p);
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) ys[n * local_size] = v[n];
#else
        _Pragma("unroll") for (uint n = 0; n < RAMP_VECTORS; n++) ys[n * local_size] = applied(v[n], w[n], p);
#endif
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
        for (; at < end; at += next) y[at] = Y(in_full(X(x[at]), DY(dy[at]), p));
    }
}

#else

/* ---- Scalar, whatever the addresses ----
 * A work-item is RAMP_SCALARS elements a local size apart, so that neighbours read neighbours. All are loaded before the first is stored,
 * which the compiler may not do by itself where the output could be the input. */

kernel void elementwise(FLAT_JOB, PARAMETERS) {
    op_params p = OP_PARAMS;
    ulong local_size = get_local_size(0), first = get_group_id(0) * local_size * RAMP_SCALARS + get_local_id(0);
    global const stored *x = FLAT_X + first, *dy = FLAT_DY + first;
    global stored *y = FLAT_Y + first;
    const ulong count = job.count;
    if (first + local_size * (RAMP_SCALARS - 1) < count) {
        real e[RAMP_SCALARS], g[RAMP_SCALARS];
        EACH e[k] = X(x[k * local_size]);
        EACH g[k] = DY(dy[k * local_size]);
        apply(e, g, p);
        EACH y[k * local_size] = Y(e[k]);
        return;
    }
    for (ulong at = 0; first + at < count; at += local_size) y[at] = Y(in_full(X(x[at]), DY(dy[at]), p));
}

#endif
