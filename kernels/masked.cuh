/*
 * masked.cuh: masks, and a flat job with one. Include apply.cuh first.
 *
 * Where the first element of every operand lies on a 16-byte boundary, a block moves whole vectors, as in flat.cuh. A vector has 8 bits of the
 * mask, or 4 or 2: neighbouring lanes put theirs together, and each byte is stored by one of them: a warp's bytes are neighbours, so this costs
 * no more than words would, and a mask may begin on any byte. What is left of the last block, and all where the boundaries do not meet, goes
 * to blocks that move single elements.
 *
 * A warp's single elements are 32 neighbours in the mask's order, the first of them a multiple of 32: their bits are one word of it.
 */
#define RAMP_SHARES (8 / RAMP_LANES) /* lanes that have bits in one byte of the mask */

/* A thread's vectors, a block's width apart in the job's order: it has those with v * RAMP_BLOCK < left. `bits` are the mask's. */
struct held_vectors {
    u32 left;
    vector x[RAMP_VECTORS], dy[RAMP_VECTORS];
    u32 bits[RAMP_VECTORS];
};

/* The vectors are `at` and on; where there is none, nothing is read. */
template <typename Function> static __device__ __forceinline__ void read_bits(held_vectors &h, const unsigned char *mask, u64 at) {
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_VECTORS; v++) {
        h.bits[v] = 0;
        if (Function::reads_mask && v * RAMP_BLOCK < h.left)
            h.bits[v] = mask[at / RAMP_SHARES + v * (RAMP_BLOCK / RAMP_SHARES)] >> RAMP_LANES * (threadIdx.x % RAMP_SHARES);
    }
}

/* The whole warp is here, and at is threadIdx.x modulo RAMP_SHARES. */
template <typename Function>
static __device__ __forceinline__ void write_bits(const held_vectors &h, unsigned char *mask, u64 at, const ramp_params &p) {
    RAMP_UNROLLED
    for (u32 v = 0; v < RAMP_VECTORS && Function::writes_mask; v++) {
        if constexpr (Function::writes_mask) {
            const real e[] = RAMP_UNPACK(h.x[v]);
            u32 byte = v * RAMP_BLOCK < h.left ? bits_of<Function>(e, p) << RAMP_LANES * (threadIdx.x % RAMP_SHARES) : 0;
            RAMP_UNROLLED
            for (u32 apart = 1; apart < RAMP_SHARES; apart *= 2) byte |= __shfl_xor_sync(0xffffffffu, byte, apart);
            if (threadIdx.x % RAMP_SHARES == 0 && v * RAMP_BLOCK < h.left)
                mask[at / RAMP_SHARES + v * (RAMP_BLOCK / RAMP_SHARES)] = (unsigned char)byte;
        }
    }
}

/* The mask's bits of single elements from number `at` on, n of them a block's width apart: the thread has those with k * RAMP_BLOCK < left. */
template <unsigned n> static __device__ __forceinline__ u32 read_singles(const unsigned char *mask, u64 at, u32 left) {
    u32 bits = 0;
    RAMP_UNROLLED
    for (u32 k = 0; k < n; k++)
        if (k * RAMP_BLOCK < left) bits |= (mask[at / 8 + k * (RAMP_BLOCK / 8)] >> at % 8 & 1u) << k;
    return bits;
}

/* The whole warp is here. Lane 0 to 3 store a byte each; a byte without an element is not the mask's. */
template <typename Function, unsigned n>
static __device__ __forceinline__ void write_singles(const stored (&x)[n], unsigned char *mask, u64 at, u32 left, const ramp_params &p) {
    const u32 lane = threadIdx.x % 32;
    mask += at / 32 * 4 + lane;
    RAMP_UNROLLED
    for (u32 k = 0; k < n; k++) {
        u32 word = __ballot_sync(0xffffffffu, k * RAMP_BLOCK < left && Function::bit(load_stored(x[k]), p));
        if (lane < 4 && k * RAMP_BLOCK + 7 * lane < left) mask[k * (RAMP_BLOCK / 8)] = (unsigned char)(word >> 8 * lane);
    }
}

/* How many of the elements from `at` on are a thread's to look at, `most` at most. */
static __device__ __forceinline__ u32 left_of(u64 at, u64 count, u32 most) {
    u64 left = at < count ? count - at : 0;
    return left < most ? (u32)left : most;
}

/* `first` blocks were launched before this grid; `full` of all move vectors. */
template <typename Function>
static __device__ __forceinline__ void masked(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                              u64 count, u64 first, u64 full) {
    u64 block = first + blockIdx.x;
    if (block < full) {
        const u64 at = block * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x;
        held_vectors h = {RAMP_BLOCK * RAMP_VECTORS};
        read_bits<Function>(h, mask, at);
        RAMP_UNROLLED
        for (u32 v = 0; v < RAMP_VECTORS; v++) {
            if constexpr (Function::reads_x) h.x[v] = ((const vector *)x)[at + v * RAMP_BLOCK];
            if constexpr (Function::reads_dy) h.dy[v] = ((const vector *)dy)[at + v * RAMP_BLOCK];
        }
        write_bits<Function>(h, mask, at, p);
        RAMP_UNROLLED
        for (u32 v = 0; v < RAMP_VECTORS; v++) {
            real e[] = RAMP_UNPACK(h.x[v]), g[] = RAMP_UNPACK(h.dy[v]);
            compute<Function>(e, g, h.bits[v], p);
            ((vector *)y)[at + v * RAMP_BLOCK] = RAMP_PACK(e);
        }
    } else {
        const u64 at = full * (RAMP_BLOCK * RAMP_VECTORS * RAMP_LANES) + (block - full) * (RAMP_BLOCK * RAMP_SINGLES) + threadIdx.x;
        const u32 left = left_of(at, count, RAMP_BLOCK * RAMP_SINGLES);
        stored a[RAMP_SINGLES] = {}, b[RAMP_SINGLES] = {};
        u32 bits = 0;
        RAMP_UNROLLED
        for (u32 k = 0; k < RAMP_SINGLES; k++) {
            if (k * RAMP_BLOCK >= left) continue;
            if constexpr (Function::reads_x) a[k] = x[at + k * RAMP_BLOCK];
            if constexpr (Function::reads_dy) b[k] = dy[at + k * RAMP_BLOCK];
        }
        if constexpr (Function::reads_mask) bits = read_singles<RAMP_SINGLES>(mask, at, left);
        if constexpr (Function::writes_mask) write_singles<Function>(a, mask, at, left, p);
        finish<Function>(a, b, bits, left, RAMP_BLOCK, run{y + at, RAMP_BLOCK}, p);
    }
}
