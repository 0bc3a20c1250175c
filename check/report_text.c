#include "devices.h"
#include "judge.h"
#include "plan.h"
#include "program.h"
#include "reference.h"
#include "report.h"

#include <math.h>
#include <string.h>

static const char *const verdict_word[] = {"held", "WRONG", "skipped", "FAILED"};

/* "4,206,629" */
static const char *grouped(char text[32], uint64_t value) {
    char plain[24];
    int digits = snprintf(plain, sizeof plain, "%llu", (unsigned long long)value), at = 0;
    for (int i = 0; i < digits; i++) {
        if (i > 0 && (digits - i) % 3 == 0) text[at++] = ',';
        text[at++] = plain[i];
    }
    text[at] = '\0';
    return text;
}

static int op_width(const check_session *s) {
    size_t width = 2;
    for (size_t i = 0; i < s->entries; i++)
        if (strlen(s->entry[i].text) > width) width = strlen(s->entry[i].text);
    return (int)width;
}

static int pass_width(const check_session *s) {
    size_t width = 8;
    for (size_t i = 0; i < s->subjects; i++)
        if (strlen(pass_names[s->subject[i].pass]) > width) width = strlen(pass_names[s->subject[i].pass]);
    return (int)width;
}

static int lane_width(const check_session *s, size_t lane) {
    size_t width = strlen(s->lane[lane].info.selector);
    return width > 9 ? (int)width : 9;
}

/* Enough digits to be the same number again; NaN without a sign, which says nothing. */
static const char *number(char text[32], ramp_dtype dtype, double value) {
    int digits = dtype == RAMP_F64 ? 17 : dtype == RAMP_F32 ? 9 : 6;
    snprintf(text, 32, "%.*g", digits, value);
    return isnan(value) ? "NaN" : text;
}

/* One cell after the other; rows come while the program runs, so widths are fixed before. */
static void print_line(const check_session *s, FILE *out, const char *const cell[8], char (*lane)[32], const char *last) {
    fprintf(out, "%-*s  %-5s  %-*s  %13s  %9s  %5s  %-13s  %-13s", op_width(s), cell[0], cell[1], pass_width(s), cell[2], cell[3], cell[4],
            cell[5], cell[6], cell[7]);
    for (size_t i = 1; i < s->lanes; i++) fprintf(out, "  %*s", lane_width(s, i), lane[i]);
    fprintf(out, "  %s\n", last);
}

static void print_heading(const check_session *s, FILE *out) {
    static const char dashes[] = "----------------------------------------------------------------";
    static const char *const heading[] = {"op", "dtype", "pass", "inputs", "worst ulp", "limit", "at x", "dy"};
    static const char *const rule[] = {"", "-----", "", "-------------", "---------", "-----", "-------------", "-------------"};
    const char *ruled[8];
    char lane[check_max_lanes][32], op[192], pass[80];
    for (size_t i = 1; i < s->lanes; i++) snprintf(lane[i], sizeof lane[i], "%.31s", s->lane[i].info.selector);
    print_line(s, out, heading, lane, "verdict");
    memcpy(ruled, rule, sizeof ruled);
    snprintf(op, sizeof op, "%.*s", op_width(s), dashes);
    snprintf(pass, sizeof pass, "%.*s", pass_width(s), dashes);
    ruled[0] = op;
    ruled[2] = pass;
    for (size_t i = 1; i < s->lanes; i++) {
        size_t width = (size_t)lane_width(s, i); /* a selector is shorter than 32 */
        memset(lane[i], '-', width);
        lane[i][width] = '\0';
    }
    print_line(s, out, ruled, lane, "-------");
}

void report_begin(const check_session *s, FILE *out) {
    if (s->quiet) return; /* the heading comes when there is something wrong to be told */
    fprintf(out, "ramp-check %s, %s, seed %d%s\n\n", program_version(), s->date, (int)check_seed, s->is_full ? ", full" : "");
    for (size_t i = 0; i < s->lanes; i++) {
        const ramp_device_info *d = &s->lane[i].info;
        fprintf(out, "  %-10s %s (%s)%s\n", d->selector, d->name, d->driver,
                i == 0 && s->lanes > 1 ? ": the others must have its bits" : "");
    }
    for (size_t i = 0; i < s->notes; i++) fprintf(out, "\n  Note: %s.", s->note[i]);
    fputs(s->notes > 0 ? "\n\n" : "\n", out);
    print_heading(s, out);
    fflush(out);
}

/* One line for a group: the sums of its rows, and the worst of them. */
typedef struct group {
    uint64_t inputs, differing[check_max_lanes];
    size_t skipped[check_max_lanes]; /* rows */
    const check_row *worst;
    double limit;
    check_state state;
} group;

static group sum_up(const check_session *s, size_t from, size_t to) {
    group g = {.state = CHECK_SKIPPED};
    size_t checked = 0;
    for (size_t r = from; r < to; r++) {
        const check_row *row = &s->row[r];
        check_state state = check_row_state(s, row);
        double limit = judge_limit(row->what);
        g.inputs += row->inputs;
        if (limit > g.limit) g.limit = limit;
        if (row->inputs > 0 && (g.worst == NULL || row->worst > g.worst->worst)) g.worst = row;
        for (size_t i = 0; i < s->lanes; i++) {
            g.differing[i] += row->lane[i].differing;
            g.skipped[i] += row->lane[i].state == CHECK_SKIPPED || row->lane[i].state == CHECK_FAILED;
        }
        checked += state == CHECK_HELD;
        if (state == CHECK_FAILED || (state == CHECK_WRONG && g.state != CHECK_FAILED)) g.state = state;
    }
    if (g.state == CHECK_SKIPPED && checked > 0) g.state = CHECK_HELD;
    return g;
}

/* What was found wrong on a lane, and how to find it again. */
static void print_fault(const check_session *s, const check_row *row, size_t lane, FILE *out) {
    const check_outcome *o = &row->lane[lane];
    const check_subject *what = row->what;
    const char *selector = s->lane[lane].info.selector;
    char counted[32], inputs[32];
    if (o->state == CHECK_FAILED)
        fprintf(out, "  %s FAILED at %s: %s\n", selector, what->text, o->reason);
    else {
        char x[32], y[32], dy[32], got[32], want[32];
        fprintf(out, "  %s is WRONG at %s: %s\n    x = %s (%a)", selector, what->text, o->reason, number(x, what->dtype, o->first.x),
                o->first.x);
        if (what->pass == PASS_BACKWARD_OUTPUT) fprintf(out, ", y = %s (%a)", number(y, what->dtype, o->first.y), o->first.y);
        if (pass_is_backward(what->pass)) fprintf(out, ", dy = %s (%a)", number(dy, what->dtype, o->first.dy), o->first.dy);
        fprintf(out, ": got %s (%a), nearest to the truth is %s (%a)\n", number(got, what->dtype, o->first.got), o->first.got,
                number(want, what->dtype, o->first.want), o->first.want);
        if (o->differing > 0)
            fprintf(out, "    %s of %s results are %s\n", grouped(counted, o->differing), grouped(inputs, row->inputs),
                    lane == 0 ? "wrong" : "not the CPU's");
        else
            fprintf(out, "    broken promises: %s in %s results\n", grouped(counted, o->wrong), grouped(inputs, row->inputs));
    }
    fprintf(out, "    again: ramp-check --backend %s --op %s --dtype %s --pass %s%s\n", selector, what->text, program_dtype(what->dtype),
            pass_names[what->pass], s->is_full ? " --full" : "");
}

/* The first of each lane, in a group: the others are seldom another fault. */
static void print_faults(const check_session *s, size_t from, size_t to, FILE *out) {
    for (size_t i = 0; i < s->lanes; i++) {
        const check_row *first = NULL;
        size_t more = 0;
        for (size_t r = from; r < to; r++) {
            check_state state = s->row[r].lane[i].state;
            if (state != CHECK_WRONG && state != CHECK_FAILED) continue;
            if (first == NULL)
                first = &s->row[r];
            else
                more++;
        }
        if (first == NULL) continue;
        print_fault(s, first, i, out);
        if (more > 0) fprintf(out, "    and so %zu more of this op's parameter sets and kinds of dy\n", more);
    }
}

void report_group(const check_session *s, size_t from, size_t to, FILE *out) {
    const check_subject *what = &s->subject[from];
    group g = sum_up(s, from, to);
    char lane[check_max_lanes][32], inputs[32], worst[32] = "-", limit[16], x[32] = "", dy[32] = "", last[192];
    static int headed;
    if (s->quiet && (g.state == CHECK_HELD || g.state == CHECK_SKIPPED)) return;
    if (s->quiet && !headed) print_heading(s, out);
    headed = 1;
    int is_bits = what->dtype == RAMP_F16 || what->dtype == RAMP_BF16 || what->pass == PASS_FORWARD_MASK;
    snprintf(limit, sizeof limit, "%g", g.limit);
    if (is_bits) snprintf(limit, sizeof limit, "bits");
    if (g.worst != NULL) {
        const check_row *w = g.worst;
        snprintf(worst, sizeof worst, w->worst == 0 ? "0" : w->worst < 100 ? "%.4f" : "%.2g", w->worst);
        if (is_bits) snprintf(worst, sizeof worst, g.state == CHECK_HELD ? "same" : "-");
        if (!is_bits && w->worst > 0) {
            snprintf(x, sizeof x, "%.6g", w->at.x);
            if (w->at.dy != 1.0) snprintf(dy, sizeof dy, "%.6g", w->at.dy);
        }
    }
    for (size_t i = 1; i < s->lanes; i++) {
        grouped(lane[i], g.differing[i]);
        if (g.skipped[i] == to - from) snprintf(lane[i], sizeof lane[i], "-");
    }
    const char *cell[] = {
        s->entry[what->entry].text, program_dtype(what->dtype), pass_names[what->pass], grouped(inputs, g.inputs), worst, limit, x, dy};
    snprintf(last, sizeof last, "%s", verdict_word[g.state]);
    if (x[0] != '\0' && strchr(s->entry[what->entry].text, ':') == NULL && !g.worst->what->is_default)
        snprintf(last, sizeof last, "%s, worst with %s", verdict_word[g.state], strchr(g.worst->what->text, ':') + 1);
    print_line(s, out, cell, lane, last);
    print_faults(s, from, to, out);
    fflush(out);
}

/* Why rows were skipped: each reason once a lane. */
static void print_skipped(const check_session *s, FILE *out) {
    for (size_t i = 0; i < s->lanes; i++)
        for (size_t r = 0; r < s->subjects; r++) {
            const check_outcome *o = &s->row[r].lane[i];
            int seen = o->state != CHECK_SKIPPED;
            for (size_t k = 0; k < r && !seen; k++)
                seen = s->row[k].lane[i].state == CHECK_SKIPPED && strcmp(s->row[k].lane[i].reason, o->reason) == 0;
            if (!seen) fprintf(out, "%s skipped %s: %s\n", s->lane[i].info.selector, program_dtype(s->row[r].what->dtype), o->reason);
        }
}

/* Ops that were asked for, and have none of the passes that were. */
static void print_left_out(const check_session *s, FILE *out) {
    int any = 0;
    for (size_t i = 0; i < s->entries; i++) {
        int has = 0;
        for (size_t r = 0; r < s->subjects && !has; r++) has = s->subject[r].entry == i;
        if (has) continue;
        fprintf(out, "%s%s", any ? ", " : "Left out, since they have none of these passes: ", s->entry[i].text);
        any = 1;
    }
    if (any) fputs("\n", out);
}

/* `input`: passes were checked that know x alone, and nothing of a mask or an output. */
static void print_f32_share(const check_session *s, int input, FILE *out) {
    const double share = plan_share(s, RAMP_F32, input ? PASS_FORWARD : PASS_BACKWARD_OUTPUT);
    if (input && s->is_full)
        fputs(" f32 all 2^32 (2^26 for dy other than 1, and with masks and outputs)", out);
    else
        fprintf(out, " f32 %.3f %% (every %.0fst of 2^32)", 100 * share, 1 / share);
}

static void print_share(const check_session *s, FILE *out) {
    int has[RAMP_BIT + 1] = {0}, input = 0, usual = 0, given = 0;
    for (size_t i = 0; i < s->subjects; i++) {
        if (s->row[i].inputs == 0) continue;
        has[s->subject[i].dtype] = 1;
        input |= pass_saved(s->subject[i].pass) == RAMP_SAVED_INPUT;
        *(s->subject[i].is_default ? &usual : &given) |= s->subject[i].is_thorough;
    }
    fprintf(out, "Share of all inputs, at the %sparameters%s:", usual ? "default " : "",
            given ? usual ? " and those given" : " given" : "");
    const char *comma = "";
    if (has[RAMP_F16] || has[RAMP_BF16]) {
        fprintf(out, " %s%s%s all 65,536", has[RAMP_F16] ? "f16" : "", has[RAMP_F16] && has[RAMP_BF16] ? " and " : "",
                has[RAMP_BF16] ? "bf16" : "");
        comma = ";";
    }
    if (has[RAMP_F32]) {
        fputs(comma, out);
        print_f32_share(s, input, out);
        comma = ";";
    }
    if (has[RAMP_F64]) fprintf(out, "%s f64 a sample, for nobody can try 2^64", comma);
    fprintf(out, ".%s\n", has[RAMP_F32] && input && !s->is_full ? "\nramp-check --full tries every f32." : "");
}

/* Different ops, and different ops with their parameters, that were checked. */
static void count_ops(const check_session *s, size_t *ops, size_t *sets) {
    *ops = *sets = 0;
    for (size_t i = 0; i < s->subjects; i++) {
        int op_seen = s->row[i].inputs == 0, set_seen = op_seen;
        for (size_t k = 0; k < i && !set_seen; k++) {
            if (s->row[k].inputs == 0) continue;
            op_seen |= s->subject[k].op.id == s->subject[i].op.id;
            set_seen = strcmp(s->subject[k].text, s->subject[i].text) == 0;
        }
        *ops += !op_seen && !set_seen;
        *sets += !set_seen;
    }
}

void report_end(const check_session *s, FILE *out) {
    uint64_t inputs = 0;
    size_t wrong = 0, checked = 0, ops, sets;
    char text[32];
    for (size_t i = 0; i < s->subjects; i++) {
        check_state state = check_row_state(s, &s->row[i]);
        inputs += s->row[i].inputs;
        checked += s->row[i].inputs > 0;
        wrong += state == CHECK_WRONG || state == CHECK_FAILED;
    }
    count_ops(s, &ops, &sets);
    if (!s->quiet || wrong > 0) fputc('\n', out);
    print_skipped(s, out);
    print_left_out(s, out);
    if (wrong > 0)
        fprintf(out, "NOT held: %zu of %zu subjects (an op with its parameters, a dtype, a pass, a kind of dy)", wrong, checked);
    else if (checked > 0)
        fprintf(out, "Held: %zu op%s at %zu parameter set%s, %s results", ops, ops == 1 ? "" : "s", sets, sets == 1 ? "" : "s",
                grouped(text, inputs));
    else
        fputs("Nothing was checked", out);
    if (wrong == 0 && checked > 0 && s->lanes > 1) {
        fputs(", and the same bits from", out);
        for (size_t i = 0; i < s->lanes; i++)
            fprintf(out, "%s %s", i == 0 ? "" : i + 1 == s->lanes ? " and" : ",", s->lane[i].info.selector);
    }
    fprintf(out, ", in %.0f s.\n", s->seconds);
    if (checked > 0) print_share(s, out);
}

void report_choices(FILE *out) {
    devices_print(out);
    fputs("--op\n", out);
    for (size_t i = 0; i < ramp_op_count(); i++) {
        ramp_op_info info;
        ramp_op op;
        char text[128];
        if (ramp_op_describe(i, &info) != RAMP_OK) continue;
        fprintf(out, "  %s", info.name);
        for (size_t k = 0; reference_set(info.id, k, &op); k++)
            if (strchr(ramp_op_format(&op, text, sizeof text) == RAMP_OK ? text : "", ':') != NULL)
                fprintf(out, "%s%s", k == 0 ? ": " : "  ", strchr(text, ':') + 1);
        fputc('\n', out);
    }
    fputs("--dtype\n  f32\n  f64\n  f16\n  bf16\n--pass\n", out);
    for (int pass = 0; pass < check_passes; pass++) fprintf(out, "  %s\n", pass_names[pass]);
}
