#include "prove.h"
#include "bits.h"
#include "judge.h"
#include "lane.h"
#include "plan.h"
#include "program.h"
#include "progress.h"
#include "traits.h"

#include <stdlib.h>
#include <string.h>

/* Host memory for a chunk, kept between subjects. */
static struct {
    check_batch in, wide_in; /* wide_in: the same numbers in f32 */
    unsigned char *cpu, *wide, *other, *mask, *differs;
} host;

static void allocate(void) {
    unsigned char **const all[] = {&host.in.x,      &host.in.dy, &host.in.y, &host.in.mask, &host.wide_in.x, &host.wide_in.dy,
                                   &host.wide_in.y, &host.cpu,   &host.wide, &host.other,   &host.mask,      &host.differs};
    for (size_t i = 0; i < sizeof all / sizeof all[0] && *all[i] == NULL; i++) *all[i] = program_resize(NULL, check_chunk, 8);
}

static int is_narrow(ramp_dtype dtype) { return dtype == RAMP_F16 || dtype == RAMP_BF16; }

/* A subject without a state yet, on every lane that serves it. */
static void begin(const check_session *s, check_row *row) {
    for (size_t i = 0; i < s->lanes; i++) {
        check_outcome *o = &row->lane[i];
        *o = (check_outcome){.state = CHECK_HELD};
        ramp_status status = ramp_device_supports(s->lane[i].device, &row->what->op, row->what->dtype);
        if (status == RAMP_OK) continue;
        o->state = status == RAMP_ERROR_UNSUPPORTED || status == RAMP_ERROR_ARGUMENT ? CHECK_SKIPPED : CHECK_FAILED;
        snprintf(o->reason, sizeof o->reason, "%s", ramp_last_error());
    }
}

static void fail(check_outcome *o, ramp_status status) {
    o->state = CHECK_FAILED;
    snprintf(o->reason, sizeof o->reason, "%s: %s", ramp_status_name(status), ramp_last_error());
}

/* The first fault of a lane is the one that is told. */
static void blame(check_outcome *o, check_element first, const char *why) {
    if (o->state != CHECK_HELD) return;
    o->state = CHECK_WRONG;
    o->first = first;
    snprintf(o->reason, sizeof o->reason, "%s", why);
}

/* Numbers whose bits are not those in `want`, marked in host.differs. */
static uint64_t compare(const check_subject *what, size_t n, const void *want, const void *got, size_t *first) {
    uint64_t count = 0;
    if (memcmp(want, got, n * program_dtype_size(what->dtype)) == 0) return 0;
    memset(host.differs, 0, n);
    for (size_t i = 0; i < n; i++) {
        if (bits_same(what->dtype, bits_load(what->dtype, want, i), bits_load(what->dtype, got, i))) continue;
        if (count++ == 0) *first = i;
        host.differs[i] = 1;
    }
    return count;
}

static void widen(ramp_dtype dtype, size_t n, void *wide, const void *narrow) {
    for (size_t i = 0; i < n; i++) bits_store(RAMP_F32, wide, i, bits_of(RAMP_F32, bits_value(dtype, bits_load(dtype, narrow, i))));
}

/* What every lane's 16-bit result must be: the CPU's f32 result of the same numbers, rounded once; into host.cpu. */
static ramp_status expect_narrow(const check_session *s, const check_subject *what, check_pass model, unsigned form) {
    const size_t n = host.wide_in.n = host.in.n;
    widen(what->dtype, n, host.wide_in.x, host.in.x);
    if (pass_is_backward(model)) widen(what->dtype, n, host.wide_in.dy, host.in.dy);
    if (model == PASS_BACKWARD_OUTPUT) widen(what->dtype, n, host.wide_in.y, host.in.y);
    ramp_status status = lane_run(&s->lane[0], &what->op, RAMP_F32, model, form, &host.wide_in, host.wide, NULL);
    for (size_t i = 0; i < n && status == RAMP_OK; i++)
        bits_store(what->dtype, host.cpu, i, bits_of(what->dtype, bits_value(RAMP_F32, bits_load(RAMP_F32, host.wide, i))));
    return status;
}

/* The mask that a lane wrote is the oracle's, and the bits after its last are 0. */
static void compare_mask(check_row *row, check_outcome *o) {
    const size_t bytes = batch_mask_bytes(host.in.n);
    uint64_t wrong = 0;
    size_t first = 0;
    if (memcmp(host.mask, host.in.mask, bytes) == 0) return;
    for (size_t i = 0; i < host.in.n; i++)
        if ((host.mask[i / 8] ^ host.in.mask[i / 8]) >> i % 8 & 1 && wrong++ == 0) first = i;
    if (wrong > 0)
        blame(o, judge_bit(row->what, &host.in, host.mask, first), "the mask's bit is not what ramp.h says");
    else
        blame(o, judge_bit(row->what, &host.in, host.mask, host.in.n - 1), "bits after the mask's last are not 0");
    wrong += wrong == 0;
    o->differing += wrong;
    o->wrong += wrong;
}

/* Lane `l` of a chunk whose right bits are in host.cpu. */
static void compare_lane(const check_session *s, check_row *row, size_t l, unsigned form) {
    const check_subject *what = row->what;
    check_outcome *o = &row->lane[l];
    size_t first = 0;
    ramp_status status = lane_run(&s->lane[l], &what->op, what->dtype, what->pass, form, &host.in, host.other, host.mask);
    if (status != RAMP_OK) {
        fail(o, status);
        return;
    }
    if (what->pass == PASS_FORWARD_MASK) compare_mask(row, o);
    uint64_t differing = compare(what, host.in.n, host.cpu, host.other, &first);
    if (differing == 0) return;
    o->differing += differing;
    verdict v = judge_chunk(s->workers, what, &host.in, host.other, host.differs);
    o->wrong += v.wrong;
    if (is_narrow(what->dtype))
        blame(o, judge_element(what, &host.in, host.other, first), "these are not the bits of the CPU's f32 result, rounded once");
    else if (v.wrong > 0)
        blame(o, judge_element(what, &host.in, host.other, v.first_wrong), "the result is not within the limit, and not the CPU's");
    else if (pass_model(what->pass, &what->op) != what->pass)
        blame(o, judge_element(what, &host.in, host.other, first),
              "the result is within the limit, but has not the CPU's bits from the input alone");
    else
        blame(o, judge_element(what, &host.in, host.other, first), "the result is within the limit, but its bits are not the CPU's");
}

/* The CPU's own results, in host.cpu, against the oracle. */
static void judge_cpu(const check_session *s, check_row *row, size_t n) {
    const check_subject *what = row->what;
    check_outcome *o = &row->lane[0];
    char why[512];
    size_t at;
    check_batch judged = host.in;
    judged.n = n;
    verdict v = judge_chunk(s->workers, what, &judged, host.cpu, NULL);
    row->unrounded += v.unrounded;
    if (v.worst > row->worst) {
        row->worst = v.worst;
        row->at = judge_element(what, &host.in, host.cpu, v.worst_at);
    }
    o->wrong += v.wrong;
    if (v.wrong > 0) blame(o, judge_element(what, &host.in, host.cpu, v.first_wrong), "the result is not within the limit");
    if (what->pass != PASS_FORWARD) return;
    uint64_t broken = traits_broken(s, what, n, host.in.x, host.cpu, why, sizeof why, &at);
    o->wrong += broken;
    if (broken > 0) blame(o, judge_element(what, &host.in, host.cpu, at), why);
}

static ramp_status prove_chunk(const check_session *s, check_row *row, const stretch *st, uint64_t from, size_t n, unsigned form) {
    const check_subject *what = row->what;
    const check_pass model = pass_model(what->pass, &what->op);
    host.in.n = n;
    ramp_status status = batch_fill(s, what, st, from, &host.in);
    if (status == RAMP_OK)
        status = is_narrow(what->dtype) ? expect_narrow(s, what, model, form)
                                        : lane_run(&s->lane[0], &what->op, what->dtype, model, form, &host.in, host.cpu, NULL);
    if (status != RAMP_OK) return status;
    for (size_t l = is_narrow(what->dtype) || model != what->pass ? 0 : 1; l < s->lanes; l++)
        if (row->lane[l].state == CHECK_HELD || row->lane[l].state == CHECK_WRONG) compare_lane(s, row, l, form + (unsigned)l);
    /* The values beside a mask are judged as those without. A 16-bit type's later rounds are the same numbers at other places, and with other
     * gradients, of which f32 has seen enough. */
    size_t judged = !is_narrow(what->dtype) || n < stretch_all ? n : stretch_all;
    if (what->pass != PASS_FORWARD_MASK && (!is_narrow(what->dtype) || from == 0)) judge_cpu(s, row, judged);
    row->inputs += n;
    return RAMP_OK;
}

void prove(const check_session *s, check_row *row) {
    const check_subject *what = row->what;
    plan p;
    allocate();
    begin(s, row);
    if (row->lane[0].state != CHECK_HELD) return;
    ramp_status status = plan_new(s, what, &p);
    unsigned form = 0;
    for (size_t i = 0; i < p.count && status == RAMP_OK; i++)
        for (uint64_t from = 0; from < p.list[i].count && status == RAMP_OK; from += check_chunk) {
            size_t n = p.list[i].count - from < check_chunk ? (size_t)(p.list[i].count - from) : check_chunk;
            progress_show("%s %s %s", what->text, program_dtype(what->dtype), pass_names[what->pass]);
            status = prove_chunk(s, row, &p.list[i], from, n, form++);
            progress_add((double)n * what->seconds);
        }
    if (status != RAMP_OK) fail(&row->lane[0], status);
    plan_free(&p);
}
