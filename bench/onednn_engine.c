#include "onednn_engine.h"

#if !defined(RAMP_HAVE_ONEDNN)

const char *onednn_version(void) { return NULL; }

onednn_work *onednn_new(const ramp_op *op, ramp_dtype dtype, int from_output, void *x, void *dy, void *y, int64_t n, const char **reason) {
    (void)op, (void)dtype, (void)from_output, (void)x, (void)dy, (void)y, (void)n;
    *reason = "built without oneDNN 2";
    return NULL;
}

int onednn_run(const onednn_work *work) { return work != NULL; }
void onednn_free(onednn_work *work) { (void)work; }

#else

#include "program.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>

enum { most_operands = 3 };

struct onednn_work {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t argument[most_operands];
    int arguments;
};

static dnnl_engine_t engine;
static dnnl_stream_t stream;

const char *onednn_version(void) {
    static char text[32];
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
    return text;
}

/* What oneDNN calls an op, with its parameters. from_output: the form whose gradient is told from the output. 0: it has none. */
static int algorithm(const ramp_op *op, int from_output, dnnl_alg_kind_t *kind, float *alpha, float *beta) {
    const float first = (float)op->param[0], second = (float)op->param[1];
    *alpha = *beta = 0;
    switch (op->id) {
    case RAMP_RELU: *kind = from_output ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu; return 1;
    case RAMP_LEAKY_RELU: *kind = from_output ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu, *alpha = first; return 1;
    case RAMP_ELU: *kind = from_output ? dnnl_eltwise_elu_use_dst_for_bwd : dnnl_eltwise_elu, *alpha = first; return 1;
    case RAMP_TANH: *kind = from_output ? dnnl_eltwise_tanh_use_dst_for_bwd : dnnl_eltwise_tanh; return 1;
    case RAMP_SIGMOID: *kind = from_output ? dnnl_eltwise_logistic_use_dst_for_bwd : dnnl_eltwise_logistic; return 1;
    case RAMP_HARDTANH:
        *kind = from_output ? dnnl_eltwise_clip_v2_use_dst_for_bwd : dnnl_eltwise_clip_v2, *alpha = first, *beta = second;
        return 1;
    case RAMP_RELU6: *kind = from_output ? dnnl_eltwise_clip_v2_use_dst_for_bwd : dnnl_eltwise_clip_v2, *beta = 6; return 1;
    case RAMP_SOFTPLUS: *kind = dnnl_eltwise_soft_relu; return !from_output && first == 1;
    case RAMP_LOGSIGMOID: *kind = dnnl_eltwise_logsigmoid; return !from_output;
    case RAMP_SILU: *kind = dnnl_eltwise_swish, *alpha = first; return !from_output;
    case RAMP_QUICK_GELU: *kind = dnnl_eltwise_swish, *alpha = 1.702f; return !from_output;
    case RAMP_GELU: *kind = dnnl_eltwise_gelu_erf; return !from_output;
    case RAMP_GELU_TANH: *kind = dnnl_eltwise_gelu_tanh; return !from_output;
    case RAMP_MISH: *kind = dnnl_eltwise_mish; return !from_output;
    case RAMP_HARDSWISH: *kind = dnnl_eltwise_hardswish; return !from_output;
    default: return 0;
    }
}

static int start(void) {
    if (engine != NULL) return 1;
    return dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
           dnnl_stream_create(&stream, engine, dnnl_stream_default_flags) == dnnl_success;
}

static int add_argument(onednn_work *work, int which, const dnnl_memory_desc_t *shape, void *data) {
    dnnl_exec_arg_t *a = &work->argument[work->arguments];
    a->arg = which;
    if (dnnl_memory_create(&a->memory, shape, engine, data) != dnnl_success) return 0;
    work->arguments++;
    return 1;
}

static dnnl_status_t describe(dnnl_alg_kind_t kind, float alpha, float beta, const dnnl_memory_desc_t *shape, int is_backward,
                              dnnl_primitive_desc_t *made) {
    dnnl_eltwise_desc_t forward, backward;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status =
        dnnl_eltwise_forward_desc_init(&forward, is_backward ? dnnl_forward_training : dnnl_forward_inference, kind, shape, alpha, beta);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(is_backward ? &hint : made, &forward, NULL, engine, NULL);
    if (status != dnnl_success || !is_backward) return status;
    status = dnnl_eltwise_backward_desc_init(&backward, kind, shape, shape, alpha, beta);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(made, &backward, NULL, engine, hint);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

onednn_work *onednn_new(const ramp_op *op, ramp_dtype dtype, int from_output, void *x, void *dy, void *y, int64_t n, const char **reason) {
    dnnl_alg_kind_t kind;
    float alpha, beta;
    const dnnl_dims_t size = {n};
    dnnl_memory_desc_t shape;
    dnnl_primitive_desc_t description = NULL;
    const dnnl_data_type_t type = dtype == RAMP_F32 ? dnnl_f32 : dtype == RAMP_BF16 ? dnnl_bf16 : dnnl_f16;
    *reason = "oneDNN has no such op";
    if (!algorithm(op, from_output, &kind, &alpha, &beta)) return NULL;
    *reason = "oneDNN's eltwise primitives do not take this dtype here";
    if (dtype == RAMP_F64 || !start()) return NULL;
    if (dnnl_memory_desc_init_by_tag(&shape, 1, size, type, dnnl_a) != dnnl_success) return NULL;
    if (describe(kind, alpha, beta, &shape, dy != NULL, &description) != dnnl_success) return NULL;
    onednn_work *work = program_resize(NULL, 1, sizeof *work);
    *work = (onednn_work){.primitive = NULL};
    int is_made = dnnl_primitive_create(&work->primitive, description) == dnnl_success;
    dnnl_primitive_desc_destroy(description);
    is_made = is_made && add_argument(work, from_output && dy != NULL ? DNNL_ARG_DST : DNNL_ARG_SRC, &shape, x);
    if (dy != NULL) is_made = is_made && add_argument(work, DNNL_ARG_DIFF_DST, &shape, dy);
    is_made = is_made && add_argument(work, dy != NULL ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DST, &shape, y);
    if (is_made) return work;
    *reason = "oneDNN could not make the primitive";
    onednn_free(work);
    return NULL;
}

int onednn_run(const onednn_work *work) {
    return dnnl_primitive_execute(work->primitive, stream, work->arguments, work->argument) == dnnl_success &&
           dnnl_stream_wait(stream) == dnnl_success;
}

void onednn_free(onednn_work *work) {
    if (work == NULL) return;
    for (int i = 0; i < work->arguments; i++) dnnl_memory_destroy(work->argument[i].memory);
    if (work->primitive != NULL) dnnl_primitive_destroy(work->primitive);
    free(work);
}

#endif
