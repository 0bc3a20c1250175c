/*
 * singles.cuh: single elements, a few a thread, a block's width apart, wherever they lie. Include apply.cuh first.
 *
 * A warp's elements are 32 neighbours in the job's order, the first of them a multiple of 32: their bits are one word of a mask.
 */
#define RAMP_TURN 4 /* elements that are worked on at once */

/* Element k is number at + k * RAMP_BLOCK of the job; the thread has them where k * RAMP_BLOCK < left. */
struct singles {
    u64 at;
    u32 left;
    stored x[RAMP_SINGLES], dy[RAMP_SINGLES];
    stored *y[RAMP_SINGLES];
    u32 bits; /* bit k: the mask's, where it is read */
};

static __device__ __forceinline__ void begin(singles &s, u64 at, u64 count) {
    u64 left = at < count ? count - at : 0;
    s.at = at;
    s.left = left < RAMP_BLOCK * RAMP_SINGLES ? (u32)left : RAMP_BLOCK * RAMP_SINGLES;
    s.bits = 0;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_SINGLES; k++) s.x[k] = s.dy[k] = 0;
}

static __device__ __forceinline__ void read_mask(singles &s, const unsigned char *mask) {
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_SINGLES; k++)
        if (k * RAMP_BLOCK < s.left) s.bits |= (mask[s.at / 8 + k * (RAMP_BLOCK / 8)] >> s.at % 8 & 1u) << k;
}

/* The whole warp is here. Lane 0 to 3 store a byte each, for a mask may begin on any byte; a byte without an element is not the mask's. */
template <typename Function>
static __device__ __forceinline__ void write_mask(const singles &s, unsigned char *mask, const ramp_params &p) {
    const u32 lane = threadIdx.x % 32;
    mask += s.at / 32 * 4 + lane;
    RAMP_UNROLLED
    for (u32 k = 0; k < RAMP_SINGLES; k++) {
        u32 word = __ballot_sync(0xffffffffu, k * RAMP_BLOCK < s.left && Function::bit(load_stored(s.x[k]), p));
        if (lane < 4 && k * RAMP_BLOCK + 7 * lane < s.left) mask[k * (RAMP_BLOCK / 8)] = (unsigned char)(word >> 8 * lane);
    }
}

template <typename Function> static __device__ __forceinline__ void finish(singles &s, const ramp_params &p) {
    RAMP_ROLLED
    for (u32 k = 0; k < s.left; k += RAMP_BLOCK * RAMP_TURN) {
        real e[RAMP_TURN], g[RAMP_TURN];
        RAMP_UNROLLED
        for (u32 j = 0; j < RAMP_TURN; j++) e[j] = load_stored(s.x[j]), g[j] = load_stored(s.dy[j]);
        compute<Function>(e, g, s.bits, p);
        RAMP_UNROLLED
        for (u32 j = 0; j < RAMP_TURN; j++) {
            if (k + j * RAMP_BLOCK < s.left) *s.y[0] = store_real(e[j]);
            rotate(s.x, s.x[0]);
            rotate(s.dy, s.dy[0]);
            rotate(s.y, s.y[0]);
        }
        s.bits >>= RAMP_TURN;
    }
}
